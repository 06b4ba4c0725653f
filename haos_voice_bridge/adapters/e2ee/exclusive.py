"""One turn at a time with the device's keys, among all bridges on the database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from haos_voice_bridge.ports import Claims

WHAT = "the device's keys"
BUSY_S = 0.05


class Exclusive:
    """Olm's ratchets only ever go forward: two who turn one at the same time break it."""

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for it, have it, let go of it."""
        async with self._turn:
            while not await self._claims.take(WHAT):  # noqa: ASYNC110 (the database has no event)
                await asyncio.sleep(BUSY_S)
            try:
                yield
            finally:
                await self._claims.release(WHAT)
