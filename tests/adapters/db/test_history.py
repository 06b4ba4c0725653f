"""Calls that are over: read in order, kept as long as they should be, forgotten on request."""

import asyncio

import asyncpg
import pytest

from haos_voice_bridge.adapters.db import history
from haos_voice_bridge.adapters.db.connection import open_database, transaction
from haos_voice_bridge.adapters.db.history import DAY_MS, RoomCall
from haos_voice_bridge.adapters.db.links import SqlLinks
from haos_voice_bridge.adapters.db.people import SqlPeople
from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.effects import RecordCall
from haos_voice_bridge.core.history import CallRecord, Span
from haos_voice_bridge.errors import Unavailable
from tests.fakes.people import ANA, BEN, CLEO, NOW, ROOM, lounge

OTHER = "!other:hs"


def stay(user_id=ANA, joined_ts=NOW, left_ts=NOW + 10, device="D"):
    return Span(user_id, device, user_id[1:4].title(), joined_ts, left_ts)


def call(call_id="C1", *stays, started=NOW, by=ANA):
    return CallRecord(call_id, started, started + 20, by, len(stays), "empty", stays)


async def remember(database, *calls, room_id=ROOM):
    async with transaction(database) as conn:
        for each in calls:
            await history.record(conn, room_id, each)


async def remembered(database, *arguments, **wanted):
    return [item.call async for item in history.calls(database, *arguments, **wanted)]


async def ids(database, *arguments, **wanted):
    return [each.call_id for each in await remembered(database, *arguments, **wanted)]


# Reading


async def test_calls_come_with_their_room_and_stays_in_order_of_start(database):
    late = call("A", stay(BEN, NOW + 9), stay(ANA, NOW + 7), started=NOW + 5)
    early = call("Z", stay(CLEO))
    await remember(database, late)
    await remember(database, early, room_id=OTHER)
    found = [item async for item in history.calls(database)]
    in_order = call("A", stay(ANA, NOW + 7), stay(BEN, NOW + 9), started=NOW + 5)
    assert found == [RoomCall(OTHER, early), RoomCall(ROOM, in_order)]


async def test_nothing_is_read_where_there_was_no_call(database):
    assert await remembered(database) == []


async def test_a_call_without_any_stay_is_read(database):
    await remember(database, call("C1"), call("C2", stay()))
    assert await remembered(database) == [call("C1"), call("C2", stay())]


async def test_calls_are_read_of_one_room_and_between_two_moments(database):
    for number in range(4):
        await remember(database, call(f"C{number}", stay(), started=NOW + number))
    await remember(database, call("D", stay(), started=NOW + 1), room_id=OTHER)
    assert await ids(database, ROOM) == ["C0", "C1", "C2", "C3"]
    assert await ids(database, since=NOW + 1, until=NOW + 3) == ["C1", "D", "C2"]
    assert await ids(database, ROOM, since=NOW + 1, until=NOW + 3) == ["C1", "C2"]
    assert await ids(database, OTHER, NOW + 2) == []
    assert await ids(database, "!nowhere:hs") == []


@pytest.mark.parametrize("number", [1, 3, 4, 9])
async def test_more_calls_than_one_batch_are_all_read_once(database, number, monkeypatch):
    """Even those that started at the same moment, where one batch ends and the next begins."""
    monkeypatch.setattr(history, "BATCH", 3)
    expected = [call(f"C{n}", *[stay(device=f"D{m}") for m in range(n % 3)]) for n in range(number)]
    await remember(database, *reversed(expected))
    assert await remembered(database) == expected


async def test_calls_that_come_and_go_while_others_are_read_disturb_nothing(database, monkeypatch):
    monkeypatch.setattr(history, "BATCH", 2)
    await remember(database, *(call(f"C{n}", stay(), started=NOW + n) for n in range(6)))
    seen = []
    async for item in history.calls(database):
        seen.append(item.call.call_id)
        if item.call.call_id == "C1":
            await history.forget_calls_before(database, NOW + 23)
            await remember(database, call("C9", stay(), started=NOW + 9))
    assert seen == ["C0", "C1", "C3", "C4", "C5", "C9"]


async def test_the_history_survives_that_the_bot_leaves_the_room(database, store):
    await store.save(lounge(), [RecordCall("record:C1", call("C1", stay()))], NOW)
    await store.save(Room(ROOM), [], NOW + 1)
    assert await database.fetchval("SELECT COUNT(*) FROM rooms") == 0
    assert await remembered(database, ROOM) == [call("C1", stay())]


# Retention


async def test_calls_that_ended_before_a_moment_are_forgotten_with_their_stays(database):
    await remember(
        database,
        call("C1", stay(), stay(BEN), started=NOW - 20),
        call("C2", stay(), started=NOW),
    )
    assert await history.forget_calls_before(database, NOW) == 0, "C1 ended at that moment"
    assert await history.forget_calls_before(database, NOW + 1) == 1
    assert await ids(database) == ["C2"]
    assert await database.fetchval("SELECT COUNT(*) FROM call_spans") == 1


async def test_more_calls_than_one_batch_are_all_forgotten(database, monkeypatch):
    monkeypatch.setattr(history, "BATCH", 3)
    await remember(database, *(call(f"C{number}", stay()) for number in range(10)))
    assert await history.forget_calls_before(database, NOW + 100) == 10
    assert await database.fetchval("SELECT COUNT(*) FROM call_spans") == 0


async def test_calls_are_pruned_when_they_ended_longer_ago_than_the_days_to_keep(database):
    now = NOW + 30 * DAY_MS
    await remember(database, call("C1", stay(), started=NOW - 21), call("C2", stay(), started=NOW))
    assert await history.prune(database, 31, now) == 0
    assert await history.prune(database, 30, now) == 1
    assert await ids(database) == ["C2"]


async def test_nothing_is_pruned_when_calls_are_kept_for_ever(database):
    await remember(database, call("C1", stay(), started=0))
    assert await history.prune(database, 0, NOW) == 0
    assert await ids(database) == ["C1"]


# A user's request


async def test_a_users_stays_are_deleted_everywhere_and_nobody_elses(database):
    await remember(database, call("C1", stay(ANA), stay(BEN), stay(ANA, device="E"), by=ANA))
    await remember(database, call("C2", stay(ANA), by=BEN), room_id=OTHER)
    assert await history.forget_user(database, ANA) == 3
    first, second = await remembered(database)
    assert (first.spans, first.started_by, first.peak) == ((stay(BEN),), "", 3)
    assert (second.spans, second.started_by) == ((), BEN)
    assert await history.forget_user(database, ANA) == 0


async def test_a_users_links_sessions_and_wish_for_quiet_are_deleted(database):
    people, links = SqlPeople(database), SqlLinks(database)
    for user_id in (ANA, BEN):
        await people.set_quiet(user_id, quiet=True)
        await links.add(user_id, user_id=user_id, room_id=ROOM, name="", now=NOW, life_ms=1)
    await history.forget_user(database, ANA)
    assert list(await people.quiet_among([ANA, BEN])) == [BEN]
    assert [row["user_id"] for row in await database.fetch("SELECT user_id FROM links")] == [BEN]


async def test_a_user_who_is_a_prefix_or_a_pattern_of_another_is_somebody_else(database):
    await remember(database, call("C1", stay("@ana:hs2"), stay("@anna:hs"), by="@ANA:hs"))
    for user_id in (ANA, "@an%:hs", "@ana:hs_", ""):
        assert await history.forget_user(database, user_id) == 0
    assert (await remembered(database))[0].started_by == "@ANA:hs"


async def test_a_room_with_a_call_that_goes_on_is_not_touched(database, store):
    room = lounge()
    await store.save(room, [], NOW)
    await history.forget_user(database, ANA)
    assert await store.loaded(ROOM) == room


# Without a database


async def test_a_server_that_cuts_the_connection_is_unavailable_and_nothing_is_changed(
    postgres_url,
):
    database = await open_database(postgres_url)
    admin = await asyncpg.connect(postgres_url)
    try:
        await remember(database, call("C1", stay()))
        for work in (
            lambda: remembered(database),
            lambda: history.forget_user(database, ANA),
            lambda: history.forget_calls_before(database, NOW + 100),
        ):
            async with admin.transaction():
                await admin.execute("LOCK TABLE calls IN ACCESS EXCLUSIVE MODE")
                under_way = asyncio.ensure_future(work())
                cut = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted"
                while not await admin.fetchval(cut):
                    await asyncio.sleep(0.01)
                with pytest.raises(Unavailable):
                    await under_way
            assert await remembered(database) == [call("C1", stay())]
    finally:
        await admin.close()
        await database.stop()


async def test_a_request_whose_task_is_cancelled_is_done_whole_or_not_at_all(sqlite):
    for turns in range(12):
        await remember(sqlite, call(f"C{turns}", stay(ANA), by=ANA))
        forgetting = asyncio.ensure_future(history.forget_user(sqlite, ANA))
        for _ in range(turns):
            await asyncio.sleep(0)
        forgetting.cancel()
        await asyncio.gather(forgetting, return_exceptions=True)
        assert await history.forget_user(sqlite, BEN) == 0, "the database is usable"
        for each in await remembered(sqlite):
            assert bool(each.spans) == (each.started_by == ANA)
        await history.forget_user(sqlite, ANA)
