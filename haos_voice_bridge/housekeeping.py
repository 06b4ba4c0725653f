"""What is done with is forgotten, at the start and once an hour."""

import logging

from mautrix.util.async_db import Database

from haos_voice_bridge.adapters.db import history
from haos_voice_bridge.adapters.db.inbox import SqlInbox
from haos_voice_bridge.adapters.db.store import SqlStore
from haos_voice_bridge.aio import TaskScope
from haos_voice_bridge.ports import Clock, Identities, Links
from haos_voice_bridge.service.identities import forget_unused

logger = logging.getLogger(__name__)

EVERY_S = 3600
KEEP_HANDLED_MS = 3 * 86_400_000
"""How long a handled event's key is kept, to know a redelivery."""
KEEP_PARKED_MS = 30 * 86_400_000
"""How long an admin can read what could not be done, and why."""


async def forget_hourly(
    inbox: SqlInbox,
    store: SqlStore,
    links: Links,
    identities: Identities,
    clock: Clock,
    scope: TaskScope,
) -> None:
    """What is done with, now and once an hour."""

    async def forget() -> None:
        await inbox.forget_before(clock.now_ms() - KEEP_HANDLED_MS)
        await store.forget_parked_before(clock.now_ms() - KEEP_PARKED_MS)
        await links.forget_before(clock.now_ms())
        await forget_unused(identities, store, clock.now_ms())

    await forget()
    scope.repeat(forget, EVERY_S, name="forget what is done with")


def forget_old_calls(database: Database, keep_days: int, clock: Clock, scope: TaskScope) -> None:
    """Now and once an hour, beside what else is done: the first time it may take a while."""

    async def forget() -> None:
        if calls := await history.prune(database, keep_days, clock.now_ms()):
            logger.info("forgot %d calls that ended more than %d days ago", calls, keep_days)

    scope.spawn(forget(), name="forget old calls")
    scope.repeat(forget, EVERY_S, name="forget old calls")
