"""Ringing as data. The rules that change it are in `rules/ringing.py`."""

from dataclasses import dataclass
from typing import Literal

RING_MS = 30_000
"""So long a phone rings; whoever does not answer by then has missed the call."""
MOST_RUNG = 20
"""People who are rung for one call."""

OFTEN = 3
OFTEN_MS = 10 * 60_000
"""Nobody is rung more often than this in a room, however many calls are started there."""

RingState = Literal["ringing", "answered", "declined", "missed"]


@dataclass(frozen=True, slots=True)
class Callee:
    """Somebody to be rung."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class RingPlan:
    """Whom to ring, and when.

    Attributes:
        target: The caller's MatrixRTC membership, to which the ring refers; empty: the call's card.
        at: Not before this moment (ms).
    """

    callees: tuple[Callee, ...]
    target: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class Ring:
    """One person, rung once in a call.

    Attributes:
        by: The caller, and `caller`, their name.
        key: The key of the notification that rings them, or the event id (`$…`) of the one by which
            the caller's own client does; it may ring others too.
        tells: Word is left for them if they miss the call.
    """

    user_id: str
    name: str
    by: str
    caller: str
    key: str
    at: int
    until: int
    state: RingState = "ringing"
    tells: bool = True

    @property
    def is_by_client(self) -> bool:
        """The caller's own client rings them, not the bot."""
        return self.key.startswith("$")


@dataclass(frozen=True, slots=True)
class Rung:
    """That somebody was rung, whatever became of it."""

    user_id: str
    at: int


@dataclass(frozen=True, slots=True)
class RungByClient:
    """One person whom a member's own client rings.

    Attributes:
        event_id: The notification, which a decline names.
        tells: Word is left for them if they miss the call.
        declined: They declined, perhaps before the bridge knew of the call.
    """

    by: str
    user_id: str
    at: int
    event_id: str = ""
    name: str = ""
    lifetime: int = RING_MS
    tells: bool = False
    declined: bool = False
