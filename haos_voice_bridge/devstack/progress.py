"""What the terminal shows while things take long."""

import io
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

LINE_EVERY_S = 15
"""How often a step that goes on says so where lines cannot be rewritten (a log of CI)."""

Tick = Callable[[], None]


class Progress:
    """Prints each step when it begins and how long it took; without a stream, nothing."""

    def __init__(
        self, stream: TextIO | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._rewrites = stream is not None and stream.isatty()

    def say(self, text: str = "") -> None:
        """A line of its own."""
        self._write(text + "\n")

    @contextmanager
    def step(self, title: str) -> Iterator[Tick]:
        """A step; call what it yields now and then while waiting."""
        began = self._clock()
        shown = began
        line = f"▸ {title} …"
        self._write(line if self._rewrites else line + "\n")

        def tick() -> None:
            nonlocal shown
            now = self._clock()
            if now - shown < (1 if self._rewrites else LINE_EVERY_S):
                return
            shown = now
            elapsed = f"{now - began:.0f} s"
            self._write(f"\r{line} {elapsed}" if self._rewrites else f"  … {elapsed}\n")

        try:
            yield tick
        except BaseException:
            self._write("\n" if self._rewrites else "")
            raise
        elapsed = f"{self._clock() - began:.1f} s"
        self._write(f"\r{line} done in {elapsed}\n" if self._rewrites else f"  done in {elapsed}\n")

    def _write(self, text: str) -> None:
        if self._stream is not None:
            self._stream.write(text)
            self._stream.flush()


def quiet() -> Progress:
    """For tests."""
    return Progress(None)


def on_terminal() -> Progress:
    """For people."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal without Unicode shows question marks for our signs, instead of an error.
        sys.stdout.reconfigure(errors="replace")
    return Progress(sys.stdout)
