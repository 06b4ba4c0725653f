"""What the border could read of an arrival, and which facts are still to be asked for."""

from collections.abc import Callable
from dataclasses import dataclass

from haos_voice_bridge.core.events import CommandGiven, Event
from haos_voice_bridge.core.membership import Said
from haos_voice_bridge.core.permissions import Standing


@dataclass(frozen=True, slots=True)
class WithStanding:
    """An event that depends on what the user is in the room, at the moment it is handled.

    `is_late`: it may not be true any more, so the SFU is asked right afterwards.
    """

    user_id: str
    event: Callable[[Standing], Event | CommandGiven]
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class WithSettings:
    """The bot is in the room: read its settings."""

    event_id: str


@dataclass(frozen=True, slots=True)
class Recount:
    """Something may differ from what we know: ask the SFU who is there."""


@dataclass(frozen=True, slots=True)
class Recheck:
    """Rights may have changed: ask what those in the call are in the room now."""


@dataclass(frozen=True, slots=True)
class Declines:
    """A user declines a ring: the notification with this event id, which may be any event."""

    user_id: str
    event_id: str
    at: int


@dataclass(frozen=True, slots=True)
class RangByClient:
    """A member's own client rings people; `rings_all`: the whole room."""

    event_id: str
    by: str
    user_ids: tuple[str, ...]
    rings_all: bool
    at: int
    lifetime: int


@dataclass(frozen=True, slots=True)
class Redacted:
    """Somebody wants this event to be emptied; the homeserver knows whether they may."""

    event_id: str
    at: int


@dataclass(frozen=True, slots=True)
class CameBack:
    """A user is joined to the Matrix room, maybe anew."""

    user_id: str


Hint = (
    Event
    | WithStanding
    | WithSettings
    | Recount
    | Recheck
    | Declines
    | RangByClient
    | CameBack
    | Redacted
    | Said
)
