"""Work that one bridge at a time does, where several share a database."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from haos_voice_bridge.aio import TaskScope
from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.ports import Claims

logger = logging.getLogger(__name__)
K = TypeVar("K")

BUSY_S = 0.1
"""Whoever has it may be about to stop looking, so what is new to us is looked at again."""


async def claimed(
    claims: Claims, scope: TaskScope, what: str, work: Callable[[K], Awaitable[None]], key: K
) -> None:
    """Do `work(key)` once no other bridge is at it."""
    more = True
    while more:
        try:
            if await claims.take(what):
                break
        except Unavailable as error:
            logger.warning("%s waits: %s", what, error)
            more = await scope.pause(1.0)
        else:
            more = await scope.pause(BUSY_S)
    if not more:
        return
    try:
        await work(key)
    finally:
        try:
            await claims.release(what)
        except Unavailable as error:  # the claim went with its connection
            logger.debug("%s: %s", what, error)
