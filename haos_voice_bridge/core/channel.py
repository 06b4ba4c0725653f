"""`io.haos.voice.channel`: what a room's admin set for its voice channel (docs/protocol.md §2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

Kind = Literal["voice", "stage"]
Ring = Literal["never", "dm", "always"]
Timeline = Literal["card", "thread", "quiet"]

CALL_ROOM_TYPES = frozenset({"org.matrix.msc3417.call", "m.call", "io.element.video"})
"""`m.room.create` types that make a room a voice channel without the state event (MSC3417)."""

STATUS_LIMIT = 500
BITRATES = (8_000, 510_000)
LIMITS = (0, 100_000)


@dataclass(frozen=True, slots=True)
class Channel:
    """A voice channel's settings; the defaults are those of docs/protocol.md."""

    enabled: bool = True
    kind: Kind = "voice"
    user_limit: int = 0
    bitrate: int = 64_000
    status: str = ""
    locked: bool = False
    ring: Ring = "dm"
    timeline: Timeline = "thread"
    afk_timeout: int = 0
    media_encryption: bool = True
    """Where the room is encrypted, its calls are from end to end; elsewhere it says nothing."""


@dataclass(frozen=True, slots=True)
class BadField:
    """A value that the protocol does not allow; `reason` is for the room."""

    field: str
    reason: str


def channel_from(content: Mapping[str, object]) -> Channel | BadField:
    """Read the state event's content; unknown fields are left alone."""
    default = Channel()
    try:
        return Channel(
            enabled=_flag(content, "enabled", default=default.enabled),
            kind=_choice(content, "kind", default.kind, get_args(Kind)),
            user_limit=_number(content, "user_limit", default.user_limit, LIMITS),
            bitrate=_number(content, "bitrate", default.bitrate, BITRATES),
            status=_text(content, "status", default.status, STATUS_LIMIT),
            locked=_flag(content, "locked", default=default.locked),
            ring=_choice(content, "ring", default.ring, get_args(Ring)),
            timeline=_choice(content, "timeline", default.timeline, get_args(Timeline)),
            afk_timeout=_number(content, "afk_timeout", default.afk_timeout, (0, 86_400)),
            media_encryption=_flag(content, "media_encryption", default=default.media_encryption),
        )
    except _BadValueError as bad:
        return bad.field


_T = TypeVar("_T", bound=str)


class _BadValueError(Exception):
    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name)
        self.field = BadField(name, reason)


def _flag(content: Mapping[str, object], name: str, *, default: bool) -> bool:
    value = content.get(name, default)
    if not isinstance(value, bool):
        raise _BadValueError(name, "must be true or false")
    return value


def _number(content: Mapping[str, object], name: str, default: int, span: tuple[int, int]) -> int:
    value = content.get(name, default)
    low, high = span
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _BadValueError(name, f"must be a whole number from {low} to {high}")
    return value


def _text(content: Mapping[str, object], name: str, default: str, limit: int) -> str:
    value = content.get(name, default)
    if not isinstance(value, str) or len(value) > limit:
        raise _BadValueError(name, f"must be text of at most {limit} characters")
    return value


def _choice(content: Mapping[str, object], name: str, default: _T, choices: tuple[_T, ...]) -> _T:
    value = content.get(name, default)
    for choice in choices:
        if value == choice:
            return choice
    raise _BadValueError(name, "must be one of " + ", ".join(choices))
