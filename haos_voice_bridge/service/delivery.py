"""The outbox: owed effects are done in order per room and queue, until they are done.

An effect that is down to an outage is tried again, slower and slower; one that can never succeed
is parked with its reason, and blocks nobody. All ids come from the effect's key, so a try that
succeeded before a crash is the same request afterwards.
"""

import logging
from collections.abc import Mapping

from haos_voice_bridge.aio import Lanes, TaskScope
from haos_voice_bridge.core.effects import Queue, queue_of
from haos_voice_bridge.errors import Rejected, Unavailable
from haos_voice_bridge.ports import Claims, Owed, Store
from haos_voice_bridge.service.claimed import claimed
from haos_voice_bridge.service.outage import Outage
from haos_voice_bridge.service.perform import Performer

logger = logging.getLogger(__name__)

MAX_BACKOFF_S = 30.0
PATROL_S = 2.0
TRIES_AFTER_BUG = 3


class Delivery:
    """Does what the rooms owe."""

    def __init__(
        self,
        store: Store,
        performer: Performer,
        claims: Claims,
        scope: TaskScope,
        outages: Mapping[Queue, Outage],
    ) -> None:
        """`outages`: the peer that each queue talks to."""
        self._store = store
        self._outages = outages
        self._claims = claims
        self._performer = performer
        self._scope = scope
        self._lanes = Lanes[tuple[str, Queue]](scope, self._claimed, "owed")

    async def start(self) -> None:
        """Take up what was owed when the process ended."""
        await self._patrol()
        self._scope.repeat(self._patrol, PATROL_S, name="look for what is owed")

    async def _patrol(self) -> None:
        """No queue stays asleep, whatever failed."""
        for room_id, queue in await self._store.owing():
            self.wake(room_id, queue)

    def wake(self, room_id: str, queue: Queue) -> None:
        """There is something new to do."""
        self._lanes.wake((room_id, queue))

    async def _claimed(self, lane: tuple[str, Queue]) -> None:
        await claimed(self._claims, self._scope, f"owed {lane}", self._work, lane)

    async def _work(self, lane: tuple[str, Queue]) -> None:
        while not self._scope.stopping:
            try:
                owed = await self._store.next_owed(*lane)
                if owed is None:
                    return
                await self._do(owed)
            except Unavailable as error:  # the database's
                logger.warning("queue %s waits: %s", lane, error)
                await self._scope.pause(error.retry_after_s or 1.0)

    async def _do(self, owed: Owed) -> None:
        try:
            event_id = await self._performer.perform(owed)
        except Unavailable as error:
            await self._store.tried(owed)
            pause = error.retry_after_s or min(MAX_BACKOFF_S, 0.25 * 2 ** min(owed.attempts, 10))
            self._say_waiting(owed, pause, error)
            await self._outages[queue_of(owed.effect)].wait(pause)
        except Rejected as error:
            await self._park(owed, f"{error.errcode} {error}".strip())
            await self._performer.explain(owed, error, self.wake)
        except Exception:
            logger.exception("effect %s of %s failed", owed.effect.kind, owed.room_id)
            if owed.attempts + 1 >= TRIES_AFTER_BUG:
                await self._park(owed, "failed, see the log")
            else:
                await self._store.tried(owed)
                await self._scope.pause(1.0)
        else:
            await self._store.strike_off(owed, event_id)

    async def _park(self, owed: Owed, reason: str) -> None:
        logger.warning(
            "effect %s of %s can never succeed, set aside: %s",
            owed.effect.kind,
            owed.room_id,
            reason,
        )
        await self._store.park(owed, reason)

    def _say_waiting(self, owed: Owed, pause: float, error: Unavailable) -> None:
        level = logging.WARNING if owed.attempts in (0, 5) else logging.DEBUG
        logger.log(
            level,
            "effect %s of %s waits %.1f s: %s",
            owed.effect.kind,
            owed.room_id,
            pause,
            error,
        )
