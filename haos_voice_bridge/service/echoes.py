"""Starts and stops echo tests, and tells who asked what became of theirs."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.echo import EchoNews, told
from haos_voice_bridge.core.effects import Queue, SendMessage, StartEcho, StopEcho
from haos_voice_bridge.ports import Clock, EchoTests, Store


class Echoes:
    """Does the two effects; each may be done twice."""

    def __init__(
        self,
        tests: EchoTests,
        names: Callable[[str, str], Awaitable[Sequence[str]]],
        store: Store,
        clock: Clock,
        owed: Callable[[str, Queue], None],
    ) -> None:
        """Wire it.

        Args:
            tests: Runs them.
            names: `names(room_id, identity)`: what the SFU calls a device.
            store: Where answers are owed.
            clock: The time.
            owed: `owed(room_id, queue)` is called when a queue has something new to do.
        """
        self._tests = tests
        self._names = names
        self._store = store
        self._clock = clock
        self._owed = owed

    async def start(self, room_id: str, effect: StartEcho) -> None:
        """Begin; the answer follows when it plays, or cannot."""
        news = partial(self._tell, room_id, effect)
        listeners = await self._names(room_id, effect.listener)
        await self._tests.start(room_id, effect.echo, listeners, news)

    async def stop(self, room_id: str, effect: StopEcho) -> None:
        """End it."""
        await self._tests.stop(room_id, effect.echo)

    async def _tell(self, room_id: str, effect: StartEcho, news: EchoNews) -> None:
        # The first is the reply; what comes after it is another message.
        first = news not in ("silent", "failed")
        key = f"reply:{effect.reply_to}" if first else f"echo-{news}:{effect.reply_to}"
        content = contents.notice(told(news, effect.stop))
        message = SendMessage(key, content, "reply", effect.reply_to, effect.thread)
        await self._store.owe(room_id, message, self._clock.now_ms())
        self._owed(room_id, "matrix")
