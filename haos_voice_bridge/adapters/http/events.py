"""Server-sent events (WHATWG HTML, section 9.2): what is now, and each change."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, cast

from aiohttp import web

from haos_voice_bridge.adapters.http import cors
from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.ports import Session, Told

logger = logging.getLogger(__name__)

STREAMS = 6
"""Streams of one session at a time: two for each tab. Those of a page that was reloaded are noticed
as gone only after a while, so the oldest makes way."""
HEADERS = {
    **cors.CORS,
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would keep events back
}


class Streams:
    """The streams that are open."""

    def __init__(self) -> None:
        self._open: dict[str, list[asyncio.Task[Any]]] = {}

    async def close(self) -> None:
        """End all of them: a stop does not wait for people to leave."""
        for task in [task for tasks in self._open.values() for task in tasks]:
            task.cancel()

    async def follow(
        self,
        request: web.Request,
        session: Session,
        changes: AsyncIterator[Told | None],
    ) -> web.StreamResponse:
        """Send what comes until it ends or the other side is gone."""
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        tasks = self._open.setdefault(session.key, [])
        if len(tasks) >= STREAMS:
            tasks.pop(0).cancel()
        tasks.append(task)
        try:
            return await _sent(request, changes)
        finally:
            if task in tasks:
                tasks.remove(task)
            if not tasks:
                self._open.pop(session.key, None)


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
