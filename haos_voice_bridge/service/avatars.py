"""Pictures of people for the web client, kept for a while."""

import asyncio
from collections import OrderedDict

from haos_voice_bridge.ports import Clock, Picture, Pictures

KEPT_BYTES = 16 * 1024 * 1024
KEPT_MS = 3_600_000
"""An address never changes what it stands for, but a homeserver may delete it."""
MISSING_MS = 60_000
ENTRIES = 4_000
AT_ONCE = 4
"""Requests to the homeserver: pictures must not hold up what matters."""


class Avatars:
    """By their mxc addresses, the least lately used forgotten first."""

    def __init__(self, pictures: Pictures, clock: Clock) -> None:
        self._pictures = pictures
        self._clock = clock
        self._kept: OrderedDict[str, tuple[int, Picture | None]] = OrderedDict()
        self._bytes = 0
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def of(self, mxc: str) -> Picture | None:
        """The picture, or None where there is none to show.

        Raises:
            Unavailable: The homeserver does not answer.
        """
        if (kept := self._look(mxc)) is not None:
            return kept[1]
        async with self._turn:
            # Somebody else's request may have brought it meanwhile.
            if (kept := self._look(mxc)) is not None:
                return kept[1]
            found = await self._pictures.thumbnail(mxc)
            self._keep(mxc, found)
            return found

    def _look(self, mxc: str) -> tuple[int, Picture | None] | None:
        kept = self._kept.get(mxc)
        if kept is None:
            return None
        age = self._clock.now_ms() - kept[0]
        if not 0 <= age < (MISSING_MS if kept[1] is None else KEPT_MS):
            self._forget(mxc)
            return None
        self._kept.move_to_end(mxc)
        return kept

    def _keep(self, mxc: str, picture: Picture | None) -> None:
        self._forget(mxc)
        self._kept[mxc] = (self._clock.now_ms(), picture)
        self._bytes += _size(picture)
        while self._bytes > KEPT_BYTES or len(self._kept) > ENTRIES:
            self._forget(next(iter(self._kept)))

    def _forget(self, mxc: str) -> None:
        _, picture = self._kept.pop(mxc, (0, None))
        self._bytes -= _size(picture)


def _size(picture: Picture | None) -> int:
    return 0 if picture is None else len(picture.content)
