"""Frames, given back a while after they came."""

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Delay(Generic[T]):
    """Holds at most `seconds` of frames and a little more; times are seconds of one clock."""

    def __init__(self, seconds: float, *, slack: float = 0.3) -> None:
        """`slack`: a frame that is later than this is dropped, so that no lag builds up."""
        self._seconds = seconds
        self._slack = slack
        self._held: deque[tuple[float, T]] = deque()

    def put(self, frame: T, now: float) -> None:
        """A frame that came just now."""
        self._held.append((now + self._seconds, frame))
        while self._held and self._held[0][0] < now - self._slack:
            self._held.popleft()

    def take(self, now: float) -> list[T]:
        """The frames whose time has come, oldest first."""
        due = []
        while self._held and self._held[0][0] <= now:
            moment, frame = self._held.popleft()
            if moment >= now - self._slack:
                due.append(frame)
        return due
