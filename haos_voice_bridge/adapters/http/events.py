"""Server-sent events (WHATWG HTML, section 9.2): what is now, and each change."""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, cast

from aiohttp import web

from haos_voice_bridge.adapters.http import cors
from haos_voice_bridge.core.request import Refusal
from haos_voice_bridge.errors import NotLetIn, Unavailable
from haos_voice_bridge.ports import Session, Told

logger = logging.getLogger(__name__)

STREAMS = 3
"""Streams of one session at a time: two tabs, and one that is about to be noticed as gone."""
HEADERS = {
    **cors.CORS,
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would keep events back
}


class Streams:
    """The streams that are open."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def close(self) -> None:
        """End all of them: a stop does not wait for people to leave."""
        for task in list(self._tasks):
            task.cancel()

    async def follow(
        self,
        request: web.Request,
        session: Session,
        changes: AsyncIterator[Told | None],
    ) -> web.StreamResponse:
        """Send what comes until it ends or the other side is gone."""
        if self._open[session.key] >= STREAMS:
            raise NotLetIn(Refusal("RATE_LIMITED", "Too many streams of one session.", 15_000))
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._open[session.key] += 1
        self._tasks.add(task)
        try:
            return await _sent(request, changes)
        finally:
            self._tasks.discard(task)
            self._open[session.key] -= 1
            self._open += Counter()  # forgets who has none


async def _sent(request: web.Request, changes: AsyncIterator[Told | None]) -> web.StreamResponse:
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    generator = cast("Any", changes)
    try:
        async with aclosing(generator):
            async for told in generator:
                await response.write(_written(told).encode())
    except ConnectionError:
        return response  # they are gone
    except Unavailable as error:
        logger.info("a stream ends: %s", error)  # the client comes again
    return response


def _written(told: Told | None) -> str:
    return ":\n\n" if told is None else f"event: {told[0]}\ndata: {json.dumps(told[1])}\n\n"
