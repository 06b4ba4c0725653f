"""What changes while a call runs: rights, the bot's place in the room, the room itself."""

import asyncio

import pytest

from tests.e2e.history import history_of
from tests.e2e.person import until
from tests.e2e.voice import in_call

pytestmark = pytest.mark.e2e


async def set_level(person, room_id, right, level):
    levels = await person.state(room_id, "m.room.power_levels")
    levels["events"][right] = level
    await person.set_state(room_id, "m.room.power_levels", levels)


async def test_who_loses_the_right_to_speak_is_silent_at_once(alice, bob, channel):
    room_id = await channel()
    hers, theirs = await alice.admission(room_id), await bob.admission(room_id)
    async with in_call(hers) as ear, in_call(theirs, tone=1000) as mouth:

        async def heard():
            return ear.tone_from(theirs["identity"])[1] > 0.5

        await until(heard, 15)
        await set_level(alice, room_id, "io.haos.voice.speak", 50)

        async def is_cut():
            return not ear.is_subscribed_to(theirs["identity"])

        await until(is_cut, 5)
        assert mouth.room.isconnected()
        await set_level(alice, room_id, "io.haos.voice.speak", 0)

        async def may_speak():
            return mouth.room.local_participant.permissions.can_publish

        await until(may_speak, 5)


async def test_who_loses_the_right_to_join_is_out(alice, bob, channel):
    room_id = await channel()
    async with in_call(await bob.admission(room_id)) as his:
        await set_level(alice, room_id, "io.haos.voice.join", 50)
        await asyncio.wait_for(his.disconnected.wait(), 5)


async def test_a_bot_that_was_kicked_and_is_back_sets_the_room_right(stack, alice, bob, channel):
    bot = stack.info.bot_user_id
    room_id = await channel()
    async with in_call(await bob.admission(room_id)) as his:

        async def has_roster():
            roster = await alice.state(room_id, "io.haos.voice.call")
            return roster and roster["count"] == 1

        await until(has_roster)
        await alice.kick(room_id, bot)
        await asyncio.wait_for(his.disconnected.wait(), 5)
    calls, _ = await asyncio.to_thread(history_of, stack, room_id)
    assert [how for _, _, _, how, _ in calls] == ["bot_removed"]
    await alice.invite(room_id, bot)

    async def is_right():
        if await alice.state(room_id, "io.haos.voice.call") != {}:
            return False
        bodies = [m["content"]["body"] for m in await alice.bot_messages(room_id)]
        return any(body.startswith("* Call ended after") for body in bodies)

    await until(is_right)
    async with in_call(await bob.admission(room_id)):
        await until(has_roster)


async def test_the_channel_moves_with_an_upgraded_room(stack, alice, bob, channel):
    room_id = await channel(settings={"enabled": True, "user_limit": 7}, room_version="11")
    async with in_call(await bob.admission(room_id)) as his:
        upgraded = await alice.request(
            "POST", "rooms", room_id, "upgrade", content={"new_version": "12"}
        )
        new_id = upgraded["replacement_room"]
        await alice.invite(new_id, stack.info.bot_user_id)

        async def is_channel():
            settings = await alice.state(new_id, "io.haos.voice.channel")
            return settings and settings["user_limit"] == 7

        await until(is_channel, 20)
        assert his.room.isconnected(), "the call in the old room goes on"
        assert (await alice.admission(new_id))["livekit_room"]
