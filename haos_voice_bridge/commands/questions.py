"""What a command may ask before it decides. It asks by `yield`, and stays pure.

people = yield from ask(People(request.room.room_id))
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.history import CallRecord
from haos_voice_bridge.core.permissions import Standing
from haos_voice_bridge.core.widget import Sent

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Question(Generic[T_co]):
    """A question whose answer is a `T_co`."""

    __slots__ = ()


Asking = Generator[Question[Any], Any, T]
"""Work that may ask, and comes to a `T`."""


def ask(question: Question[T]) -> Asking[T]:
    """Ask, and go on with the answer."""
    answer = yield question
    return cast("T", answer)


@dataclass(frozen=True, slots=True)
class People(Question[tuple[Standing, ...]]):
    """Everybody who is joined to the room."""

    room_id: str


@dataclass(frozen=True, slots=True)
class StandingIn(Question[Standing]):
    """What a user is in a room."""

    room_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class PastCalls(Question[tuple[CallRecord, ...]]):
    """The room's newest calls, newest first."""

    room_id: str
    limit: int


@dataclass(frozen=True, slots=True)
class QuietAmong(Question[frozenset[str]]):
    """Who of these users does not want to be rung."""

    user_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallMember(Question[str]):
    """The event id of the MatrixRTC membership of one of a user's devices, or empty."""

    room_id: str
    user_id: str
    device_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RingingFor(Question[tuple[Room, ...]]):
    """The rooms whose calls ring this user just now."""

    user_id: str


@dataclass(frozen=True, slots=True)
class RoomOfAlias(Question[str | None]):
    """The room ID that an alias stands for."""

    alias: str


@dataclass(frozen=True, slots=True)
class StateEvent(Question[Sent | None]):
    """A state event of the room, and who sent it; None: it was never sent."""

    room_id: str
    event_type: str
    state_key: str


@dataclass(frozen=True, slots=True)
class Rooms(Question[tuple[Room, ...]]):
    """All rooms that the bot is in."""


@dataclass(frozen=True, slots=True)
class Flag(Question[str]):
    """A switch of the whole installation; empty: it was never set."""

    name: str
