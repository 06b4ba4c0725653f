"""A peer that does not answer: whoever waits for it goes on as soon as it is back.

Waits grow to spare a server that struggles. Without this, the longest of them would still lie
ahead at the moment at which the server is up again.
"""

import asyncio
from collections.abc import Awaitable, Callable

from haos_voice_bridge.aio import TaskScope
from haos_voice_bridge.errors import Rejected, Unavailable

ASK_EVERY_S = 1.0


class Outage:
    """One peer. While somebody waits for it, one question a second finds out whether it is back."""

    def __init__(self, name: str, ask: Callable[[], Awaitable[object]], scope: TaskScope) -> None:
        """`ask` raises `Unavailable` while the peer is down."""
        self._name = name
        self._ask = ask
        self._scope = scope
        self._back: asyncio.Event | None = None

    async def wait(self, seconds: float) -> None:
        """Wait so long, or until an outage that was seen is over, or until the stop."""
        if self._back is None:
            self._back = asyncio.Event()
            self._scope.spawn(self._watch(self._back), name=f"wait for {self._name}")
        await self._scope.pause(seconds, or_until=self._back)

    async def _watch(self, back: asyncio.Event) -> None:
        was_down = False
        while await self._scope.pause(ASK_EVERY_S):
            try:
                await self._ask()
            except Unavailable:
                was_down = True
            except Rejected:
                break  # it answers
            else:
                break
        self._back = None
        if was_down:
            back.set()  # else whatever failed was no outage: the growing waits stand
