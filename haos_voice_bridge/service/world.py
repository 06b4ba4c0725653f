"""What the lanes ask of the world."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from haos_voice_bridge.core.hints import Hint
from haos_voice_bridge.core.site import Site
from haos_voice_bridge.ports import (
    Arrival,
    Claims,
    Clock,
    Inbox,
    MediaServer,
    People,
    RoomFacts,
    Store,
)
from haos_voice_bridge.service.encrypted import Encrypted
from haos_voice_bridge.service.outage import Outage

Translator = Callable[[Arrival], Hint | None]
"""Reads a stored arrival; None: it says nothing to us."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the rooms must know of this installation.

    Attributes:
        admins: Users and servers to whom the config gives the role `admin`.
    """

    site: Site
    bot_user_id: str
    admins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """What the rooms ask of the world."""

    inbox: Inbox
    store: Store
    facts: RoomFacts
    media: MediaServer
    clock: Clock
    claims: Claims
    people: People
    translators: Mapping[str, Translator]
    homeserver: Outage
    encrypted: Encrypted | None = None
