"""What the running bridge forgets by itself."""

import asyncio

from haos_voice_bridge.adapters.db import history
from haos_voice_bridge.adapters.db.store import SqlStore
from haos_voice_bridge.aio import TaskScope
from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.effects import RecordCall, SendMessage
from haos_voice_bridge.core.history import CallRecord
from haos_voice_bridge.housekeeping import forget_old_calls

ROOM = "!lounge:hs"
DAY_MS = 86_400_000
NOW = 1_790_000_000_000


class Clock:
    def now_ms(self):
        return NOW


def call(name, ended_ts):
    return RecordCall(name, CallRecord(name, ended_ts - 1, ended_ts, "@ana:hs", 1, "empty", ()))


async def test_calls_older_than_the_retention_are_gone_soon_after_the_start(database):
    store = SqlStore(database)
    calls = [call("old", NOW - 3 * DAY_MS), call("new", NOW - DAY_MS)]
    await store.save(Room(ROOM, name="Lounge"), calls, NOW)
    scope = TaskScope()
    forget_old_calls(database, 2, Clock(), scope)
    async with asyncio.timeout(5):
        while len(await history.calls_of_room(database, ROOM)) != 1:
            await asyncio.sleep(0.01)
    await scope.close(1)
    assert [one.call_id for one in await history.calls_of_room(database, ROOM)] == ["new"]


async def test_what_was_set_aside_is_kept_for_a_while_and_what_is_owed_for_ever(database):
    store = SqlStore(database)
    for moment, key in ((1, "old"), (9, "new")):
        await store.save(await store.load(ROOM), [SendMessage(key, {"body": key})], moment)
        await store.park(await store.next_owed(ROOM, "matrix"), "no")
    await store.save(await store.load(ROOM), [SendMessage("owed", {"body": "owed"})], 1)
    await store.forget_parked_before(5)
    rows = await database.fetch("SELECT key, status FROM outbox ORDER BY key")
    assert [(row["key"], row["status"]) for row in rows] == [("new", 2), ("owed", 0)]
