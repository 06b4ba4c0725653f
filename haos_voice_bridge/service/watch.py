"""Tells when a room was saved: by this process at once, by another bridge within a second."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

LOOK_S = 1.0


class Watch:
    """Any number may wait for a room; together they look once a second."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._known: dict[str, tuple[float, int]] = {}
        self._any: set[asyncio.Event] = set()

    def saved(self, room_id: str) -> None:
        """This process saved the room."""
        self._known.pop(room_id, None)
        for event in (*self._waiting.get(room_id, ()), *self._any):
            event.set()

    async def anything(self) -> None:
        """Return once any room was saved; another bridge may have done so within each second."""
        event = asyncio.Event()
        self._any.add(event)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await event.wait()
        finally:
            self._any.discard(event)

    async def changed(
        self,
        room_id: str,
        seen: int,
        patience_s: float,
        version: Callable[[str], Awaitable[int]],
    ) -> int:
        """The room's version, as soon as it is not `seen`, or after `patience_s`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience_s
        event = asyncio.Event()
        self._waiting.setdefault(room_id, set()).add(event)
        try:
            while True:
                event.clear()
                now = await self._version(room_id, version)
                rest_s = deadline - loop.time()
                if now != seen or rest_s <= 0:
                    return now
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(LOOK_S, rest_s)):
                        await event.wait()
        finally:
            self._waiting[room_id].discard(event)
            if not self._waiting[room_id]:
                del self._waiting[room_id]
                self._known.pop(room_id, None)

    async def _version(self, room_id: str, ask: Callable[[str], Awaitable[int]]) -> int:
        loop = asyncio.get_running_loop()
        looked, version = self._known.get(room_id, (float("-inf"), 0))
        if loop.time() - looked < LOOK_S / 2:
            return version
        began = loop.time()
        version = await ask(room_id)
        self._known[room_id] = (began, version)
        return version
