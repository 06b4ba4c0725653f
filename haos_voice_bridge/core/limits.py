"""How often somebody may ask for something in a room."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, kept for the rate limit; `at` in ms since the epoch."""

    user_id: str
    at: int


def counted(
    asked: tuple[Asked, ...], user_id: str, now: int, *, limit: int, span_ms: int
) -> tuple[tuple[Asked, ...], int]:
    """Note one more request, as far as the count matters, and say how many there were.

    At `limit + 1` somebody may be told so; beyond it they are not answered, or they could make us
    talk without end.
    """
    recent = tuple(one for one in asked if one.at > now - span_ms)
    mine = sum(one.user_id == user_id for one in recent)
    if mine <= limit:
        recent = (*recent, Asked(user_id, now))
    return recent, mine + 1


def wait_ms(asked: tuple[Asked, ...], user_id: str, now: int, *, span_ms: int) -> int:
    """How long until the oldest request counts no more."""
    first = min(one.at for one in asked if one.user_id == user_id)
    return max(1, first + span_ms - now)
