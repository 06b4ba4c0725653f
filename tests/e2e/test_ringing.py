"""Phones that ring: what a client sees of it, on real servers."""

import asyncio
import time
import uuid

import pytest

from tests.e2e.history import bot_is_in, history_of
from tests.e2e.person import until
from tests.e2e.voice import in_call

pytestmark = pytest.mark.e2e

RING = "org.matrix.msc4075.rtc.notification"
DECLINE = "org.matrix.msc4310.rtc.decline"


@pytest.fixture
def people(person):
    """`alice, bob = await people()`: new ones, with no direct chats and no pushes yet."""

    async def made(*names):
        return [await person(f"{name}{uuid.uuid4().hex[:6]}") for name in names or ("ann", "ben")]

    return made


@pytest.fixture
def chat(stack):
    """`await chat(ann, ben)`: a chat of theirs without a name, with the bot in it."""
    bot = stack.info.bot_user_id

    async def made(owner, *others, settings=None):
        room_id = await owner.create_room(
            name="",
            initial_state=[
                {"type": "io.haos.voice.channel", "content": settings or {"enabled": True}}
            ],
            power_level_content_override={
                "users": {bot: 100},
                "events": {"org.matrix.msc3401.call.member": 0},
            },
            invite=[bot, *(other.user_id for other in others)],
        )
        for other in others:
            await other.join(room_id)

        await bot_is_in(owner, room_id, stack)
        return room_id

    return made


async def rings(person, room_id):
    return [event for event in await person.timeline(room_id) if event["type"] == RING]


async def ring(person, room_id):
    """The room's one ring."""

    async def found():
        return await rings(person, room_id)

    (one,) = await until(found)
    return one


async def card(person, room_id):
    """`(state, text)` of the room's card, as clients show it."""
    shown = None
    for event in await person.bot_messages(room_id):
        content = event["content"]
        content = content.get("m.new_content", content)
        if data := content.get("io.haos.voice.card"):
            shown = data["state"], content["body"].partition(" Join:")[0]
    return shown


async def card_becomes(person, room_id, expected, timeout_s=10):
    async def matches():
        return await card(person, room_id) == expected

    await until(matches, timeout_s)


async def is_over(person, room_id):
    async def over():
        return await person.state(room_id, "io.haos.voice.call") == {}

    await until(over)


async def highlights(person, room_id):
    """The event ids for which the homeserver would make the person's phone ring."""
    found = await person.request("GET", "notifications", only="highlight")
    return [one["event"]["event_id"] for one in found["notifications"] if one["room_id"] == room_id]


async def direct_messages(stack, person):
    """What the bot says in the person's direct chat: joined if they were invited."""
    # Without `since`, the homeserver answers from a cache for two minutes.
    since = {"since": person.since} if person.since else {}
    sync = await person.request("GET", "sync", timeout="0", **since)
    person.since = sync["next_batch"]
    rooms = sync.get("rooms", {})
    for room_id, room in rooms.get("invite", {}).items():
        events = room["invite_state"]["events"]
        if any(event["content"].get("is_direct") for event in events):
            await person.join(room_id)
    bodies = []
    for room_id in (await person.request("GET", "joined_rooms"))["joined_rooms"]:
        members = await person.request("GET", "rooms", room_id, "joined_members")
        if set(members["joined"]) == {person.user_id, stack.info.bot_user_id}:
            bodies += [m["content"]["body"] for m in await person.bot_messages(room_id)]
    return bodies


async def test_the_other_one_rings_and_answers_with_a_second_device(people, chat, stack):
    ann, ben = await people()
    room_id = await chat(ann, ben)
    async with in_call(await ann.admission(room_id)):
        one = await ring(ben, room_id)
        content = one["content"]
        assert one["sender"] == stack.info.bot_user_id
        assert content["m.mentions"] == {"user_ids": [ben.user_id]}
        assert (content["notification_type"], content["lifetime"]) == ("ring", 30_000)
        assert abs(content["sender_ts"] - one["origin_server_ts"]) < 5_000
        cards = await ben.bot_messages(room_id)
        assert content["m.relates_to"] == {
            "rel_type": "m.reference",
            "event_id": cards[0]["event_id"],
        }
        assert (await card(ben, room_id))[0] == "ringing"
        assert one["event_id"] in await highlights(ben, room_id), "the push rule for mentions"
        assert await highlights(ann, room_id) == []
        async with in_call(await ben.admission(room_id, device_id="TABLET")):
            name = (await card(ben, room_id))[1].split()[0]
            await card_becomes(ben, room_id, ("active", f"{name} started a call."))
    await is_over(ann, room_id)
    await card_starts(ann, room_id, "ended")
    assert len(await rings(ann, room_id)) == 1
    assert history_of(stack, room_id)[0][0][3] == "empty"
    assert await direct_messages(stack, ben) == []


async def test_declined_by_an_event(people, chat, stack):
    ann, ben = await people()
    room_id = await chat(ann, ben)
    async with in_call(await ann.admission(room_id)):
        one = await ring(ben, room_id)
        relates = {"rel_type": "m.reference", "event_id": one["event_id"]}
        await ben.send(room_id, DECLINE, {"m.relates_to": relates})

        async def declined():
            return "declined" in (await card(ann, room_id))[1]

        await until(declined)
    await is_over(ann, room_id)
    await card_starts(ann, room_id, "declined")
    assert history_of(stack, room_id)[0][0][3] == "declined"
    assert await direct_messages(stack, ben) == []


async def test_declined_by_a_command(people, chat):
    ann, ben = await people()
    room_id = await chat(ann, ben)
    async with in_call(await ann.admission(room_id)):
        await ring(ben, room_id)
        said = await ben.say(room_id, "!voice decline")
        assert "You declined" in await ben.reply_to(room_id, said)
    await is_over(ann, room_id)
    await card_starts(ann, room_id, "declined")


async def test_not_answered_in_30_s_is_missed_and_found_in_the_direct_chat(people, chat, stack):
    ann, ben = await people()
    room_id = await chat(ann, ben)
    async with in_call(await ann.admission(room_id)):
        await ring(ben, room_id)
        await asyncio.sleep(25)
        assert (await card(ann, room_id))[0] == "ringing"

        async def told():
            return await direct_messages(stack, ben)

        (missed,) = await until(told, 15)
        assert missed.startswith("You missed a call from")
        assert room_id.replace("!", "%21").replace(":", "%3A") in missed
        state, text = await card(ann, room_id)
        assert (state, "did not answer" in text) == ("active", True)
    await is_over(ann, room_id)
    await card_starts(ann, room_id, "missed")
    assert (await card(ann, room_id))[1].startswith("Missed call from")
    assert history_of(stack, room_id)[0][0][3] == "missed"
    assert len(await direct_messages(stack, ben)) == 1

    # The next time, the same chat is used, and no prefix is needed there.
    async with in_call(await ann.admission(room_id)):
        await until(lambda: _second(ben, room_id))
        joined = (await ben.request("GET", "joined_rooms"))["joined_rooms"]
        (direct,) = [one for one in joined if one != room_id]
        said = await ben.say(direct, "decline")
        assert "You declined" in await ben.reply_to(direct, said)
    await is_over(ann, room_id)
    await card_starts(ann, room_id, "declined")


async def _second(person, room_id):
    return len(await rings(person, room_id)) == 2


async def test_a_caller_who_hangs_up_leaves_word(people, chat, stack):
    ann, ben = await people()
    room_id = await chat(ann, ben)
    async with in_call(await ann.admission(room_id)):
        await ring(ben, room_id)
    await is_over(ann, room_id)
    await card_starts(ann, room_id, "missed")

    async def told():
        return await direct_messages(stack, ben)

    await until(told)


async def test_ring_by_command_in_a_room_with_a_name(people, chat):
    ann, ben, cleo = await people("ann", "ben", "cleo")
    room_id = await chat(ann, ben, cleo)
    said = await ann.say(room_id, f"!voice ring {ben.user_id}")
    assert "There is no call here" in await ann.reply_to(room_id, said)
    async with in_call(await ann.admission(room_id)):
        await until(lambda: ann.state(room_id, "io.haos.voice.call"))
        said = await cleo.say(room_id, f"!voice ring {ben.user_id}")
        assert "not in the call" in await cleo.reply_to(room_id, said)
        assert await rings(ann, room_id) == []
        said = await ann.say(room_id, f"!voice ring {ben.user_id}")
        assert (await ann.reply_to(room_id, said)).startswith("Ringing ")
        one = await ring(ben, room_id)
        assert one["content"]["m.mentions"] == {"user_ids": [ben.user_id]}
        assert one["event_id"] in await highlights(ben, room_id)
        assert await highlights(cleo, room_id) == []
        said = await ann.say(room_id, f"!voice ring {ben.user_id}")
        assert "was rung already" in await ann.reply_to(room_id, said)
    await is_over(ann, room_id)


async def test_a_ring_refers_to_the_callers_membership_and_none_follows_their_own(people, chat):
    """Ann's client speaks MatrixRTC: it says that she is in the call, and rings Ben by itself."""
    ann, ben = await people()
    cleo, dan = await people("cleo", "dan")
    room_id = await chat(ann, ben)
    key = f"_{ann.user_id}_{ann.device_id}_m.call"
    membership = {"application": "m.call", "call_id": "", "device_id": ann.device_id}
    member = await ann.set_state(room_id, "org.matrix.msc3401.call.member", membership, key)
    content = {
        "notification_type": "ring",
        "m.mentions": {"user_ids": [ben.user_id]},
        "m.relates_to": {"rel_type": "m.reference", "event_id": member},
        "sender_ts": round(time.time() * 1000),
        "lifetime": 30_000,
    }
    own = await ann.send(room_id, RING, content)
    for person in (cleo, dan):
        await ann.invite(room_id, person.user_id)
        await person.join(room_id)
    async with in_call(await ann.admission(room_id)):
        await card_starts(ann, room_id, "ringing")
        said = await ann.say(room_id, f"!voice ring {ben.user_id} {cleo.user_id}")
        assert "was rung already" in await ann.reply_to(room_id, said)
        first, second = await until(lambda: _two(ann, room_id))
        assert first["event_id"] == own
        assert second["content"]["m.mentions"] == {"user_ids": [cleo.user_id]}
        assert second["content"]["m.relates_to"]["event_id"] == member
    await is_over(ann, room_id)


async def _two(person, room_id):
    found = await rings(person, room_id)
    return found if len(found) == 2 else None


async def test_quiet_and_never(people, chat):
    ann, ben = await people()
    room_id = await chat(ann, ben)
    said = await ben.say(room_id, "!voice settings quiet on")
    assert "Quiet is on" in await ben.reply_to(room_id, said)
    async with in_call(await ann.admission(room_id)):
        await card_starts(ann, room_id, "active")
        said = await ann.say(room_id, f"!voice ring {ben.user_id}")
        reply = await ann.reply_to(room_id, said)
        assert reply.endswith("is not rung.")
        assert "quiet" not in reply.lower()
    await is_over(ann, room_id)
    assert await rings(ann, room_id) == []
    await card_starts(ann, room_id, "ended")

    said = await ben.say(room_id, "!voice settings quiet off")
    await ben.reply_to(room_id, said)
    said = await ann.say(room_id, "!voice settings ring never")
    await ann.reply_to(room_id, said)
    async with in_call(await ann.admission(room_id)):
        await card_starts(ann, room_id, "active")
        await asyncio.sleep(1)
    await is_over(ann, room_id)
    assert await rings(ann, room_id) == []


async def card_starts(person, room_id, state):
    async def shows():
        shown = await card(person, room_id)
        return shown and shown[0] == state

    await until(shows)


async def test_always_rings_a_group_but_not_the_caller(people, chat):
    ann, ben, cleo = await people("ann", "ben", "cleo")
    room_id = await chat(ann, ben, cleo, settings={"enabled": True, "ring": "always"})
    async with in_call(await ann.admission(room_id)):
        one = await ring(ben, room_id)
        assert set(one["content"]["m.mentions"]["user_ids"]) == {ben.user_id, cleo.user_id}
    await is_over(ann, room_id)
