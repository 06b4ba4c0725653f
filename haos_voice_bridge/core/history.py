"""What is remembered of a call: who was in it, from when to when."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

HowEnded = Literal["empty", "disabled", "bot_removed", "stopped", "missed", "declined"]


@dataclass(frozen=True, slots=True)
class Span:
    """One stay of one device in a call; times in ms since the epoch."""

    user_id: str
    device_id: str
    name: str
    joined_ts: int
    left_ts: int


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call that is over."""

    call_id: str
    started_ts: int
    ended_ts: int
    started_by: str
    peak: int
    ended_how: HowEnded
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Attendance:
    """All stays of one user in a call, put together."""

    user_id: str
    name: str
    joined_ts: int
    left_ts: int
    seconds: int


def attendance(spans: Iterable[Span]) -> tuple[Attendance, ...]:
    """Who was there, in order of arrival; overlapping devices of one user count once."""
    by_user: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda span: (span.joined_ts, span.left_ts)):
        by_user.setdefault(span.user_id, []).append(span)
    return tuple(
        Attendance(
            user_id=user_id,
            name=stays[0].name,
            joined_ts=stays[0].joined_ts,
            left_ts=max(stay.left_ts for stay in stays),
            seconds=round(_covered_ms(stays) / 1000),
        )
        for user_id, stays in by_user.items()
    )


def _covered_ms(stays: Iterable[Span]) -> int:
    covered = 0
    until = 0
    for stay in stays:  # sorted by arrival
        covered += max(0, stay.left_ts - max(stay.joined_ts, until))
        until = max(until, stay.left_ts)
    return covered
