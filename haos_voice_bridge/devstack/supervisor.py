"""Starts parts again that end while nobody asked them to."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from haos_voice_bridge.errors import StartupError

LONGEST_WAIT_S = 30
STABLE_AFTER_S = 60


class Supervised(Protocol):
    """What the supervisor needs of a part."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""

    @property
    def ending(self) -> str:
        """How it ended, for people."""

    def start(self) -> None:
        """Start it and wait until it is ready."""

    def kill(self) -> None:
        """End it."""


@dataclass(slots=True)
class _Watch:
    """A part, and what to do about it next."""

    part: Supervised
    started_at: float
    wait_s: float = 1
    start_at: float | None = None


class Supervisor:
    """Call `look` often; it starts again what has ended, each time after a longer wait."""

    def __init__(
        self,
        parts: Sequence[Supervised],
        *,
        say: Callable[[str], None],
        restarted: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._say = say
        self._restarted = restarted
        self._clock = clock
        self._watches = [_Watch(part, clock()) for part in parts]

    def look(self) -> None:
        """See to each part, in the order of their start."""
        for watch in self._watches:
            self._see_to(watch)

    def _see_to(self, watch: _Watch) -> None:
        now = self._clock()
        if watch.start_at is None:
            if not watch.part.is_running:
                self._plan(watch, watch.part.ending)
            return
        if now < watch.start_at:
            return
        watch.start_at = None
        watch.started_at = now
        try:
            watch.part.start()
        except StartupError as error:
            watch.part.kill()
            self._plan(watch, str(error))
            return
        self._say(f"▸ {watch.part.name} is running again")
        self._restarted()

    def _plan(self, watch: _Watch, what: str) -> None:
        now = self._clock()
        if now - watch.started_at > STABLE_AFTER_S:
            watch.wait_s = 1
        watch.start_at = now + watch.wait_s
        self._say(f"▸ {what}\n  starting it again in {watch.wait_s:.0f} s")
        watch.wait_s = min(watch.wait_s * 2, LONGEST_WAIT_S)
