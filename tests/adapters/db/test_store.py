import asyncio
from dataclasses import replace

import pytest

from haos_voice_bridge.adapters.db.claims import claims_for
from haos_voice_bridge.adapters.db.history import calls_of_room
from haos_voice_bridge.adapters.db.store import SqlStore
from haos_voice_bridge.core.admission import refuse
from haos_voice_bridge.core.call import RETURN_MS, Active, Room, due
from haos_voice_bridge.core.effects import (
    CloseMediaRoom,
    JoinRoom,
    MergeState,
    RecordCall,
    RemoveParticipant,
    SendMessage,
    SetState,
)
from haos_voice_bridge.core.history import CallRecord, Span
from haos_voice_bridge.core.ids import livekit_room
from haos_voice_bridge.core.request import JoinRequest, Refusal
from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.ports import NewArrival
from tests.adapters.db.saving import Saving
from tests.fakes.people import ANA, BEN, NOW, ROOM, joined, left, lounge, play

OTHER = "!other:hs"


def message(key, **content):
    return SendMessage(key, content or {"body": key})


def roster(key, **content):
    return SetState(key, "io.haos.voice.call", "", content)


def record(call_id="C1", spans=2):
    stays = tuple(Span(ANA, f"D{n}", "Ana", NOW + n, NOW + 10 + n) for n in range(spans))
    return RecordCall(
        f"record:{call_id}", CallRecord(call_id, NOW, NOW + 20, ANA, 1, "empty", stays)
    )


async def owed_keys(store, room_id, queue):
    """Do all that a queue owes, and say in which order."""
    keys = []
    while (owed := await store.next_owed(room_id, queue)) is not None:
        keys.append(owed.effect.key)
        await store.strike_off(owed)
    return keys


# Rooms


async def test_an_unknown_room_is_a_new_one(store):
    assert await store.loaded(ROOM) == Room(ROOM)


async def test_a_room_is_found_as_it_was_saved(store):
    room, _ = play(lounge(user_limit=3), joined(ANA), joined(BEN), left(BEN, NOW + 5, "dropped"))
    await store.save(room, [], NOW)
    assert await store.loaded(ROOM) == room
    again = replace(room, name="Kitchen")
    await store.save(again, [], NOW)
    assert await store.loaded(ROOM) == again


async def test_nothing_is_kept_of_a_room_that_nothing_is_known_of(store, database):
    await store.save(lounge(), [], NOW)
    await store.save(Room(ROOM), [message("m")], NOW)
    assert await database.fetchval("SELECT COUNT(*) FROM rooms") == 0
    assert await owed_keys(store, ROOM, "matrix") == ["m"], "but what it owes is"


async def test_rooms_with_a_call_and_rooms_with_something_due_are_found(store):
    active, _ = play(lounge(), joined(ANA))
    quiet, _ = play(lounge(timeline="quiet"), joined(ANA))
    waiting, _ = play(lounge(), joined(ANA), left(ANA, NOW + 5, "dropped"))
    await store.save(replace(lounge(), room_id="!idle:hs"), [], NOW)
    await store.save(replace(active, room_id="!active:hs"), [], NOW)
    await store.save(replace(waiting, room_id="!waiting:hs"), [], NOW)
    assert sorted(await store.active_rooms()) == ["!active:hs", "!waiting:hs"]
    assert dict(await store.due_rooms()) == {
        "!active:hs": due(active),
        "!waiting:hs": due(waiting),
    }
    assert isinstance(quiet.call, Active)
    await store.save(replace(lounge(), room_id="!active:hs"), [], NOW)
    assert await store.active_rooms() == ["!waiting:hs"], "the call is over"
    assert [room_id for room_id, _ in await store.due_rooms()] == ["!waiting:hs"]
    assert due(waiting) <= NOW + 5 + RETURN_MS


async def test_a_room_is_found_by_the_name_of_its_livekit_room(store):
    await store.save(lounge(), [], NOW)
    assert await store.room_of_livekit(livekit_room(ROOM)) == ROOM
    assert await store.room_of_livekit(livekit_room(OTHER)) is None
    assert await store.room_of_livekit("") is None


# All or nothing


async def test_a_save_that_fails_in_the_middle_changes_nothing(store, inbox, database):
    before = lounge()
    await store.save(before, [], NOW)
    await inbox.add([NewArrival("$1", ROOM, "matrix", {"body": "x"})], NOW)
    arrival = await inbox.next(ROOM)
    odd = message("odd", body=object())  # cannot be encoded, and comes after others
    with pytest.raises(Exception, match="serializ"):
        await store.save(
            replace(before, name="Changed"),
            [record(), message("first"), odd],
            NOW,
            consumed=arrival,
        )
    assert await store.loaded(ROOM) == before
    assert await store.next_owed(ROOM, "matrix") is None
    assert await calls_of_room(database, ROOM) == []
    assert await inbox.next(ROOM) == arrival, "the event is still to be handled"


async def test_a_save_without_a_database_changes_nothing_and_says_so(uri, store, inbox, database):
    await inbox.add([NewArrival("$1", ROOM, "matrix", {})], NOW)
    arrival = await inbox.next(ROOM)
    await database.execute("ALTER TABLE outbox RENAME TO elsewhere")
    with pytest.raises(Exception, match="outbox"):
        await store.save(lounge(), [message("m")], NOW, consumed=arrival)
    await database.execute("ALTER TABLE elsewhere RENAME TO outbox")
    assert await store.loaded(ROOM) == Room(ROOM)
    assert await inbox.next(ROOM) == arrival
    await store.save(lounge(), [message("m")], NOW, consumed=arrival)
    assert await owed_keys(store, ROOM, "matrix") == ["m"]


async def test_state_effects_history_and_the_event_are_saved_together(store, inbox, database):
    await inbox.add([NewArrival("$1", ROOM, "matrix", {})], NOW)
    effects = [message("m"), record(), RemoveParticipant("gone", "x")]
    await store.save(lounge(), effects, NOW, consumed=await inbox.next(ROOM))
    assert await store.loaded(ROOM) == lounge()
    assert await inbox.next(ROOM) is None
    assert sorted(await store.owing()) == [(ROOM, "matrix"), (ROOM, "media")]
    assert [call.call_id for call in await calls_of_room(database, ROOM)] == ["C1"]


# What is owed


async def test_each_queue_of_each_room_keeps_its_own_order(store):
    await store.save(
        lounge(), [message("m1"), CloseMediaRoom("c1"), message("m2"), JoinRoom("j")], NOW
    )
    await store.save(replace(lounge(), room_id=OTHER), [message("o1")], NOW)
    await store.save(lounge(), [CloseMediaRoom("c2"), message("m0")], NOW)
    assert await owed_keys(store, ROOM, "matrix") == ["m1", "m2", "j", "m0"]
    assert await owed_keys(store, ROOM, "media") == ["c1", "c2"]
    assert await owed_keys(store, OTHER, "matrix") == ["o1"]
    assert await store.owing() == []


async def test_an_effect_is_owed_once_however_often_it_is_decided(store):
    await store.save(lounge(), [message("m", body="first")], NOW)
    await store.save(lounge(), [message("m", body="second")], NOW)
    owed = await store.next_owed(ROOM, "matrix")
    assert owed.effect.content == {"body": "first"}
    assert await owed_keys(store, ROOM, "matrix") == ["m"]


async def test_two_rooms_may_owe_effects_of_the_same_key(store):
    await store.save(lounge(), [message("m")], NOW)
    await store.save(replace(lounge(), room_id=OTHER), [message("m")], NOW)
    assert await owed_keys(store, ROOM, "matrix") == ["m"]
    assert await owed_keys(store, OTHER, "matrix") == ["m"]


async def test_a_newer_roster_replaces_the_one_that_is_still_owed(store):
    await store.save(lounge(), [message("card"), roster("r1", n=1)], NOW)
    await store.save(lounge(), [roster("r2", n=2)], NOW)
    await store.save(lounge(), [message("line"), roster("r3", n=3)], NOW)
    assert await owed_keys(store, ROOM, "matrix") == ["card", "line", "r3"]


async def test_states_of_another_type_key_or_room_are_not_replaced(store):
    await store.save(
        lounge(),
        [
            roster("r1"),
            SetState("t1", "io.haos.voice.token", f"_{ANA}", {}),
            SetState("t2", "io.haos.voice.token", f"_{BEN}", {}),
        ],
        NOW,
    )
    await store.save(replace(lounge(), room_id=OTHER), [roster("r1")], NOW)
    assert await owed_keys(store, ROOM, "matrix") == ["r1", "t1", "t2"]
    assert await owed_keys(store, OTHER, "matrix") == ["r1"]


async def test_a_roster_that_is_being_written_and_replaced_meanwhile_is_struck_off(store):
    await store.save(lounge(), [roster("r1", n=1)], NOW)
    under_way = await store.next_owed(ROOM, "matrix")
    await store.save(lounge(), [roster("r2", n=2)], NOW)
    await store.strike_off(under_way)
    assert await owed_keys(store, ROOM, "matrix") == ["r2"]


async def test_answers_for_two_devices_do_not_replace_each_other(store):
    refusal = Refusal("FULL", "full")
    answers = [
        refuse(JoinRequest(f"${device}", "r1", ANA, device, NOW, {}), refusal)
        for device in ("PHONE", "LAPTOP")
    ]
    await store.save(lounge(), answers, NOW)
    assert await owed_keys(store, ROOM, "matrix") == ["token:$PHONE", "token:$LAPTOP"]


async def test_what_a_message_became_is_remembered(store):
    await store.save(lounge(), [message("card")], NOW)
    owed = await store.next_owed(ROOM, "matrix")
    assert await store.sent_event(ROOM, "card") is None
    await store.strike_off(owed, "$event")
    await store.strike_off(owed, "$another")  # a second time after a crash
    assert await store.sent_event(ROOM, "card") == "$event"
    assert await store.sent_event(OTHER, "card") is None


async def test_a_message_that_was_sent_is_not_owed_again(store):
    await store.owe(ROOM, message("refused:1"), NOW)
    await store.owe(ROOM, message("refused:1"), NOW)
    await store.strike_off(await store.next_owed(ROOM, "matrix"), "$event")
    await store.owe(ROOM, message("refused:1"), NOW)
    assert await store.next_owed(ROOM, "matrix") is None
    await store.owe(ROOM, message("refused:2"), NOW)
    assert await owed_keys(store, ROOM, "matrix") == ["refused:2"]


async def test_tries_are_counted(store):
    await store.save(lounge(), [message("m")], NOW)
    for tries in range(3):
        owed = await store.next_owed(ROOM, "matrix")
        assert owed.attempts == tries
        await store.tried(owed)


async def test_an_effect_that_is_set_aside_keeps_its_reason_and_blocks_nobody(store, database):
    await store.save(lounge(), [message("bad"), message("good")], NOW)
    await store.park(await store.next_owed(ROOM, "matrix"), "M_FORBIDDEN no")
    assert await owed_keys(store, ROOM, "matrix") == ["good"]
    assert await store.owing() == []
    row = await database.fetchrow("SELECT key, error FROM outbox")
    assert (row["key"], row["error"]) == ("bad", "M_FORBIDDEN no")
    await store.save(lounge(), [message("bad")], NOW)
    assert await store.next_owed(ROOM, "matrix") is None, "deciding it again does not revive it"


async def test_a_roster_that_was_set_aside_does_not_keep_newer_ones_away(store):
    await store.save(lounge(), [roster("r1")], NOW)
    await store.park(await store.next_owed(ROOM, "matrix"), "M_FORBIDDEN")
    await store.save(lounge(), [roster("r2")], NOW)
    assert await owed_keys(store, ROOM, "matrix") == ["r2"]


async def test_a_merge_with_its_answer_survives_the_outbox(store):
    merge = MergeState("k", "t", "", {"events": {"a": 0}}, "$cmd", {"body": "done"})
    await store.save(lounge(), [merge], NOW)
    assert (await store.next_owed(ROOM, "matrix")).effect == merge


# History


async def test_a_call_is_in_the_history_once(store, database):
    await store.save(lounge(), [record("C1")], NOW)
    await store.save(lounge(), [record("C1", spans=1)], NOW)
    (call,) = await calls_of_room(database, ROOM)
    assert call == record("C1").record
    assert await database.fetchval("SELECT COUNT(*) FROM call_spans") == 2


async def test_history_is_newest_first_and_each_rooms_own(store, database):
    for number in range(3):
        effect = record(f"C{number}")
        later = replace(effect, record=replace(effect.record, started_ts=NOW + number))
        await store.save(lounge(), [later], NOW)
    await store.save(replace(lounge(), room_id=OTHER), [record("D")], NOW)
    calls = await calls_of_room(database, ROOM, limit=2)
    assert [call.call_id for call in calls] == ["C2", "C1"]


# Cut in two


async def test_a_write_whose_task_is_cancelled_leaves_the_database_usable(store, inbox):
    """Cancelled at every instant of its way, as far as the event loop can tell them apart."""
    for turns in range(25):
        arrival = NewArrival(f"${turns}", ROOM, "matrix", {})
        writing = asyncio.ensure_future(inbox.add([arrival], NOW))
        saving = asyncio.ensure_future(store.save(lounge(), [message(f"m{turns}")], NOW))
        for _ in range(turns):
            await asyncio.sleep(0)
        if turns % 2:
            await asyncio.sleep(0.002)
        writing.cancel()
        saving.cancel()
        await asyncio.gather(writing, saving, return_exceptions=True)
        await store.save(lounge(), [roster(f"r{turns}")], NOW)
    last = [NewArrival("$last", OTHER, "matrix", {})]
    assert await inbox.add(last, NOW) == [OTHER]
    assert (await inbox.next(OTHER)).key == "$last"


async def test_a_question_whose_task_is_cancelled_leaves_the_database_usable(sqlite):
    store = Saving(sqlite)
    for turns in range(25):
        asking = asyncio.ensure_future(store.sent_event(ROOM, "card"))
        for _ in range(turns):
            await asyncio.sleep(0)
        if turns % 2:
            await asyncio.sleep(0.001)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await store.save(lounge(), [message(f"m{turns}")], NOW)


# Several bridges on one database


async def test_of_two_bridges_the_slower_one_saves_nothing(database, inbox):
    store = SqlStore(database)
    await inbox.add([NewArrival("$e", ROOM, "matrix", {})], NOW)
    arrival = await inbox.next(ROOM)
    await store.save(lounge(), [], NOW)
    here = there = await store.load(ROOM)
    await store.save(here, [message("from here")], NOW, consumed=arrival)
    with pytest.raises(Unavailable, match="faster"):
        await store.save(there, [message("from there")], NOW, consumed=arrival)
    owed = await store.next_owed(ROOM, "matrix")
    assert owed.effect.key == "from here"
    await store.strike_off(owed)
    assert await store.next_owed(ROOM, "matrix") is None


async def test_an_event_that_another_bridge_handled_is_not_handled_again(database, inbox):
    store = SqlStore(database)
    await inbox.add([NewArrival("$e", ROOM, "matrix", {})], NOW)
    arrival = await inbox.next(ROOM)
    await store.save(lounge(), [], NOW, consumed=arrival)
    known = await store.load(ROOM)
    with pytest.raises(Unavailable):
        await store.save(known, [message("twice")], NOW, consumed=arrival)
    assert await store.load(ROOM) == known
    assert await store.owing() == []


async def test_of_two_bridges_that_meet_a_new_room_one_keeps_it(database):
    store = SqlStore(database)
    await store.save(lounge(), [], NOW)
    with pytest.raises(Unavailable):
        await store.save(lounge(), [message("again")], NOW)
    assert await store.owing() == []


async def test_a_claim_is_one_bridges_until_it_lets_go_or_dies(postgres_url):
    here, there = claims_for(postgres_url), claims_for(postgres_url)
    try:
        assert await here.take("room a")
        assert not await there.take("room a")
        assert await there.take("room b")
        await here.release("room a")
        assert await there.take("room a")
        await there.close()  # as when its process ends
        assert await here.take("room a")
        assert await here.take("room b")
    finally:
        await here.close()
        await there.close()


async def test_a_bridge_that_is_alone_has_every_claim():
    assert await claims_for("sqlite:x.db").take("room a")
