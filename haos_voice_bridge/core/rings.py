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
        key: The key of the notification that rings them; it may ring others too.
    """

    user_id: str
    name: str
    by: str
    caller: str
    key: str
    at: int
    until: int
    state: RingState = "ringing"


@dataclass(frozen=True, slots=True)
class Rung:
    """That somebody was rung, whatever became of it."""

    user_id: str
    at: int


@dataclass(frozen=True, slots=True)
class RungByClient:
    """A ring that a member's own client sent; no `user_id`: it rings the whole room."""

    by: str
    user_id: str
    at: int
