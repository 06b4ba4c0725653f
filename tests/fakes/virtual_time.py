"""An event loop whose clock jumps to the next timer: half a minute of a call takes milliseconds.

It waits for real only while SQLite's thread is at work.
"""

import asyncio
import functools
import selectors
from unittest.mock import patch

from aiosqlite import Connection

from tests.fakes.people import NOW


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time is a number here."""

    def __init__(self):
        self.seconds = 0.0
        self.busy = 0
        super().__init__(_Jumping(self))

    def time(self):
        return self.seconds


class _Jumping(selectors.DefaultSelector):
    def __init__(self, loop):
        super().__init__()
        self._loop = loop

    def select(self, timeout=None):
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        if self._loop.busy:
            return super().select(None)
        events = super().select(0)
        if not events:
            self._loop.seconds += timeout
        return events


def _counted(method):
    @functools.wraps(method)
    async def counting(*args, **kwargs):
        loop = asyncio.get_running_loop()
        loop.busy += 1
        try:
            return await method(*args, **kwargs)
        finally:
            loop.busy -= 1

    return counting


def in_virtual_time(test):
    """Run an async test, at most an hour of its own time."""

    @functools.wraps(test)
    def run(*args, **kwargs):
        async def limited():
            async with asyncio.timeout(3600):
                return await test(*args, **kwargs)

        with (
            patch.object(Connection, "_execute", _counted(Connection._execute)),
            patch.object(Connection, "_connect", _counted(Connection._connect)),
            patch.object(Connection, "close", _counted(Connection.close)),
            asyncio.Runner(loop_factory=VirtualLoop) as runner,
        ):
            return runner.run(limited())

    return run


class VirtualClock:
    """The running loop's time, as the bridge asks for it."""

    jump_ms = 0

    def now_ms(self):
        return NOW + round(asyncio.get_running_loop().time() * 1000) + self.jump_ms
