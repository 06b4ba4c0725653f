import asyncio

from haos_voice_bridge.core.call import Room
from haos_voice_bridge.ports import NewArrival

A, B = "!a:hs", "!b:hs"


def new(key, room_id=A, **payload):
    return NewArrival(key, room_id, "matrix", payload)


async def keys_in_order(inbox, store, room_id):
    """Handle all that waits, and say in which order it came."""
    keys = []
    while (arrival := await inbox.next(room_id)) is not None:
        keys.append(arrival.key)
        await store.save(Room(room_id), [], 9, consumed=arrival)
    return keys


async def test_what_is_stored_comes_back_as_it_was(inbox):
    payload = {"text": "Größe \u0000 \ud83d 😀", "deep": [{"n": 2**60}], "none": None}
    await inbox.add([NewArrival("$1", A, "matrix", payload)], 77)
    arrival = await inbox.next(A)
    assert (arrival.key, arrival.room_id, arrival.source) == ("$1", A, "matrix")
    assert (arrival.payload, arrival.received_ts) == (payload, 77)


async def test_an_event_seen_twice_is_one_row(inbox, store):
    assert await inbox.add([new("$1"), new("$1")], 1) == [A]
    assert await inbox.add([new("$1")], 2) == [], "nothing new, so nobody is woken"
    assert await keys_in_order(inbox, store, A) == ["$1"]


async def test_an_event_seen_again_after_it_was_handled_is_not_handled_again(inbox, store):
    await inbox.add([new("$1")], 1)
    assert await keys_in_order(inbox, store, A) == ["$1"]
    assert await inbox.add([new("$1")], 2) == []
    assert await inbox.next(A) is None


async def test_the_same_event_twice_at_the_same_moment_is_one_row(inbox, store):
    await asyncio.gather(*(inbox.add([new("$1"), new("$2", B)], 1) for _ in range(5)))
    assert await keys_in_order(inbox, store, A) == ["$1"]
    assert await keys_in_order(inbox, store, B) == ["$2"]


async def test_each_room_has_its_own_order_of_arrival(inbox, store):
    woken = await inbox.add([new("$1"), new("$2", B), new("$3")], 1)
    assert woken == [A, B]
    await inbox.add([new("$0")], 2)
    assert sorted(await inbox.waiting()) == [A, B]
    assert await keys_in_order(inbox, store, A) == ["$1", "$3", "$0"]
    assert await inbox.waiting() == [B]
    assert await keys_in_order(inbox, store, B) == ["$2"]


async def test_next_does_not_take_the_event_away(inbox):
    await inbox.add([new("$1")], 1)
    assert await inbox.next(A) == await inbox.next(A)


async def test_a_batch_is_stored_whole_or_not_at_all(inbox):
    # A set is no JSON, and it comes last.
    bad = NewArrival("$2", A, "matrix", {"odd": {1}})
    try:
        await inbox.add([new("$1"), bad], 1)
    except TypeError:
        assert await inbox.next(A) is None
    else:
        raise AssertionError("a set cannot be stored")
    assert await inbox.add([new("$1")], 2) == [A], "the homeserver's second try counts"


async def test_a_dropped_event_keeps_its_reason_and_blocks_nobody(inbox, database):
    await inbox.add([new("$1", text="odd"), new("$2")], 1)
    await inbox.drop(await inbox.next(A), "KeyError: 'x'")
    assert (await inbox.next(A)).key == "$2"
    row = await database.fetchrow("SELECT error, payload FROM inbox WHERE key = $1", "$1")
    assert row["error"] == "KeyError: 'x'"
    assert "odd" in row["payload"], "it is kept for the admin"
    assert await inbox.add([new("$1")], 2) == []


async def test_nothing_that_was_said_is_kept_once_it_is_handled(inbox, store, database):
    await inbox.add([new("$1", body="a secret")], 1)
    await store.save(Room(A), [], 2, consumed=await inbox.next(A))
    rows = await database.fetch("SELECT key, payload FROM inbox")
    assert [(row["key"], row["payload"]) for row in rows] == [("$1", "")]


async def test_old_events_are_forgotten_but_for_those_that_wait(inbox, store, database):
    await inbox.add([new("$old"), new("$dropped")], 10)
    await store.save(Room(A), [], 11, consumed=await inbox.next(A))
    await inbox.drop(await inbox.next(A), "odd")
    await inbox.add([new("$waits")], 10)
    await inbox.add([new("$young", B)], 20)
    await store.save(Room(B), [], 21, consumed=await inbox.next(B))
    await inbox.forget_before(20)
    rows = await database.fetch("SELECT key FROM inbox ORDER BY seq")
    assert [row["key"] for row in rows] == ["$waits", "$young"]


async def test_a_backlog_is_what_waits_beyond_the_limit(inbox):
    arrivals = [NewArrival(f"$b{number}", "!b:hs", "matrix", {}) for number in range(3)]
    await inbox.add(arrivals, 1)
    assert await inbox.is_backlogged(2)
    assert not await inbox.is_backlogged(3)
