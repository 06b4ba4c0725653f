"""Owned tasks: none is forgotten, none dies unheard, and a stop waits for what is under way."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from haos_voice_bridge.errors import Unavailable

logger = logging.getLogger(__name__)

K = TypeVar("K", bound=Hashable)


class TaskScope:
    """Tasks with one owner. `close` lets them finish, then cancels what is left."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    @property
    def stopping(self) -> bool:
        """Whether work should come to an end."""
        return self._stopping.is_set()

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Run `work` as a task of this scope."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("task %s failed", task.get_name(), exc_info=error)

    def repeat(self, work: Callable[[], Awaitable[None]], every_s: float, *, name: str) -> None:
        """Do `work` again and again until the stop; a failure is logged and costs one turn.

        An outage is told once, however many turns it costs.
        """

        async def turns() -> None:
            is_out = False
            while await self.pause(every_s):
                try:
                    await work()
                except Unavailable as error:
                    logger.log(logging.DEBUG if is_out else logging.WARNING, "%s: %s", name, error)
                    is_out = True
                except Exception:
                    logger.exception("%s failed", name)
                else:
                    is_out = False

        self.spawn(turns(), name=name)

    async def pause(self, seconds: float, *, or_until: asyncio.Event | None = None) -> bool:
        """Sleep, but not beyond the stop or the event; whether there is more to do afterwards."""
        events = (self._stopping, or_until) if or_until else (self._stopping,)
        waits = [asyncio.ensure_future(event.wait()) for event in events]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return not self.stopping

    async def close(self, timeout_s: float) -> None:
        """Ask all tasks to stop, wait for them, and cancel what still runs after `timeout_s`."""
        self._stopping.set()
        if not self._tasks:
            return
        _, late = await asyncio.wait(set(self._tasks), timeout=timeout_s)
        for task in late:
            logger.warning("task %s did not stop in %.0f s", task.get_name(), timeout_s)
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


class Lanes(Generic[K]):
    """One worker a key: what concerns one key is done in order, keys side by side."""

    def __init__(self, scope: TaskScope, work: Callable[[K], Awaitable[None]], name: str) -> None:
        """`work(key)` does all that is to be done for the key, until nothing is left."""
        self._scope = scope
        self._work = work
        self._name = name
        self._awake: dict[K, bool] = {}

    def wake(self, key: K) -> None:
        """There is something to do for `key`."""
        if self._scope.stopping:
            return
        if key not in self._awake:
            self._scope.spawn(self._run(key), name=f"{self._name} {key}")
        self._awake[key] = True

    async def _run(self, key: K) -> None:
        try:
            while self._awake[key] and not self._scope.stopping:
                self._awake[key] = False
                await self._work(key)
        finally:
            if self._awake.pop(key):  # woken during work that failed
                self.wake(key)
