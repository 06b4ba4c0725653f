"""What the fakes of other servers have in common: outages, refusals, and the moment of a crash."""

import asyncio
from contextlib import asynccontextmanager

from haos_voice_bridge.errors import Rejected, Unavailable


class Fate:
    """Kills the process at the `kill_at`-th instant at which it talks to a peer.

    Each request has two: before the peer has heard it, and before we have heard the answer.
    """

    def __init__(self, kill_at=None):
        self.kill_at = kill_at
        self.instants = 0
        self.fallen = asyncio.Event()

    async def instant(self):
        self.instants += 1
        if self.instants == self.kill_at:
            self.fallen.set()
            await asyncio.Event().wait()


class Peer:
    """A server that answers, unless it `is_down`, `hangs_s`, or refuses an operation."""

    def __init__(self, name, fate):
        self.name = name
        self.fate = fate
        self.is_down = False
        self.hangs_s = 0.0
        self.refuses = {}
        self.asked = []

    @asynccontextmanager
    async def doing(self, operation, about=""):
        self.asked.append(operation)
        await asyncio.sleep(0)
        await self.fate.instant()
        if self.hangs_s:
            await asyncio.sleep(self.hangs_s)
            raise Unavailable(f"{self.name} does not answer: TimeoutError")
        if self.is_down:
            raise Unavailable(f"{self.name} does not answer: refused")
        for key in (operation, f"{operation} {about}"):
            if key in self.refuses:
                raise Rejected("no", errcode=self.refuses[key])
        yield
        await self.fate.instant()
