"""Two people hear each other, and the room tells it."""

import asyncio

import pytest

from tests.e2e.history import history_of
from tests.e2e.person import until
from tests.e2e.voice import in_call

pytestmark = pytest.mark.e2e


async def test_two_people_hear_each_other_and_the_room_tells_it(stack, alice, bob, channel):
    room_id = await channel()

    async def roster_with(count):
        async def matches():
            roster = await bob.state(room_id, "io.haos.voice.call")
            return roster if roster and roster.get("count") == count else None

        return await until(matches, 5)

    admitted = await alice.admission(room_id)
    assert admitted["identity"] == f"{alice.user_id}:{alice.device_id}"
    assert admitted["call_id"] == ""
    async with in_call(admitted, tone=440) as hers:
        roster = await roster_with(1)
        assert roster["started_by"] == alice.user_id
        later = await bob.admission(room_id)
        assert later["call_id"] == roster["call_id"]
        async with in_call(later, tone=1000) as his:
            await roster_with(2)

            async def both_hear():
                by_her = hers.tone_from(later["identity"])
                by_him = his.tone_from(admitted["identity"])
                return (by_her, by_him) if min(by_her[1], by_him[1]) > 0.5 else None

            by_her, by_him = await until(both_hear, 15)
            assert by_her[0] == pytest.approx(1000, abs=10)
            assert by_him[0] == pytest.approx(440, abs=10)

            async def unmuted():
                roster = await bob.state(room_id, "io.haos.voice.call")
                return [p["muted"] for p in roster["participants"]] == [False, False]

            await until(unmuted, 10)
        await roster_with(1)

    async def ended():
        return await bob.state(room_id, "io.haos.voice.call") == {}

    await until(ended, 10)
    await asyncio.sleep(0.5)
    card, *rest = [
        m for m in await bob.bot_messages(room_id) if "io.haos.voice.card" in m["content"]
    ]
    # The homeserver shows the edit in place of the card's first text, or beside it.
    (edit,) = rest
    assert edit["content"]["m.relates_to"] == {
        "rel_type": "m.replace",
        "event_id": card["event_id"],
    }
    new = edit["content"]["m.new_content"]
    assert new["body"].startswith("Call ended after ")
    assert new["body"].endswith("Alice, Bob")
    assert new["io.haos.voice.card"]["state"] == "ended"
    assert new["io.haos.voice.card"]["call_id"] == roster["call_id"]
    assert [p["user_id"] for p in new["io.haos.voice.card"]["participants"]] == [
        alice.user_id,
        bob.user_id,
    ]
    lines = [
        m["content"]
        for m in await bob.bot_messages(room_id)
        if m["content"].get("m.relates_to", {}).get("rel_type") == "m.thread"
    ]
    assert all(line["m.relates_to"]["event_id"] == card["event_id"] for line in lines)
    changes = [change for line in lines for change in line["io.haos.voice.presence"]["changes"]]
    assert [(c["user_id"], c["action"]) for c in changes] == [
        (alice.user_id, "joined"),
        (bob.user_id, "joined"),
        (bob.user_id, "left"),
        (alice.user_id, "left"),
    ]
    calls, stays = await asyncio.to_thread(history_of, stack, room_id)
    ((call_id, started_by, peak, ended_how, lasted),) = calls
    assert (call_id, started_by, peak, ended_how) == (
        roster["call_id"],
        alice.user_id,
        2,
        "empty",
    )
    assert [user_id for user_id, _ in stays] == [alice.user_id, bob.user_id]
    assert 0 < stays[1][1] < stays[0][1] == lasted
