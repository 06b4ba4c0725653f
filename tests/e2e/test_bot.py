"""How the bot comes into a room, and what it does when told to."""

import pytest

from tests.e2e.history import bot_is_in
from tests.e2e.person import delete_bot_device, until

pytestmark = pytest.mark.e2e


async def membership(person, room_id, user_id):
    return await person.state(room_id, "m.room.member", user_id)


async def test_the_bot_declines_who_may_not_invite_it_and_says_why(stack, person):
    """The stack's config lets nobody of another role in: mallory is blocked there."""
    mallory = await person("mallory")
    room_id = await mallory.create_room()
    await mallory.invite(room_id, stack.info.bot_user_id)

    async def declined():
        member = await membership(mallory, room_id, stack.info.bot_user_id)
        return member if member["membership"] == "leave" else None

    assert "permission" in (await until(declined))["reason"]


async def test_enable_makes_a_channel_of_a_room_and_sets_its_levels(stack, alice, bob):
    bot = stack.info.bot_user_id
    room_id = await alice.create_room(
        power_level_content_override={"users": {bot: 100}}, invite=[bot, bob.user_id]
    )
    await bob.join(room_id)

    await bot_is_in(alice, room_id, stack)
    said = await alice.say(room_id, "!voice enable")
    assert "Voice is on" in await alice.reply_to(room_id, said)
    assert await alice.state(room_id, "io.haos.voice.channel") == {"enabled": True}
    levels = await alice.state(room_id, "m.room.power_levels")
    assert levels["events"]["org.matrix.msc3401.call.member"] == 0
    assert levels["events"]["io.haos.voice.moderate"] == 50
    assert levels["users"][bot] == 100
    assert levels["state_default"] == 50, "nothing else was touched"
    assert (await bob.admission(room_id))["jwt"]

    said = await bob.say(room_id, "!voice disable")
    assert "you have 0" in await bob.reply_to(room_id, said)
    said = await alice.say(room_id, "!voice disable")
    assert "Voice is off" in await alice.reply_to(room_id, said)
    assert (await alice.state(room_id, "io.haos.voice.channel"))["enabled"] is False


async def test_a_bot_without_power_says_what_to_give_it(stack, alice):
    bot = stack.info.bot_user_id
    room_id = await alice.create_room(invite=[bot])

    await bot_is_in(alice, room_id, stack)
    said = await alice.say(room_id, "!voice enable")
    reply = await alice.reply_to(room_id, said)
    assert "need 50" in reply
    assert bot in reply


async def test_a_moderator_bot_says_which_levels_to_set(stack, alice):
    bot = stack.info.bot_user_id
    room_id = await alice.create_room(
        power_level_content_override={"users": {bot: 50}}, invite=[bot]
    )

    await bot_is_in(alice, room_id, stack)
    said = await alice.say(room_id, "!voice enable")
    reply = await alice.reply_to(room_id, said)
    assert "org.matrix.msc3401.call.member to 0" in reply
    assert (await alice.state(room_id, "io.haos.voice.channel"))["enabled"] is True


async def test_a_bad_setting_is_named_in_the_room(alice, bob, channel):
    room_id = await channel()
    event_id = await alice.set_state(
        room_id, "io.haos.voice.channel", {"enabled": True, "bitrate": "loud"}
    )
    assert "bitrate" in await alice.reply_to(room_id, event_id)
    assert (await bob.admission(room_id))["jwt"], "the last good settings stay"


async def test_a_bot_that_lost_its_power_asks_for_it(stack, alice, bob, channel):
    room_id = await channel()
    levels = await alice.state(room_id, "m.room.power_levels")
    levels["users"].pop(stack.info.bot_user_id)
    await alice.set_state(room_id, "m.room.power_levels", levels)
    await bob.ask(room_id)

    async def asked():
        bodies = [m["content"]["body"] for m in await alice.bot_messages(room_id)]
        return any("may not write state events" in body for body in bodies)

    await until(asked)


async def test_the_bot_answers_no_notice_and_no_other_bot(alice, channel):
    room_id = await channel()
    content = {"msgtype": "m.notice", "body": "!voice help"}
    await alice.send(room_id, "m.room.message", content)
    said = await alice.say(room_id, "!voice help")
    await alice.reply_to(room_id, said)
    assert len(await alice.bot_messages(room_id)) == 1


async def test_the_bot_goes_on_when_an_admin_deletes_its_device(stack, http, alice, channel):
    room_id = await channel()
    await delete_bot_device(http, stack)
    said = await alice.say(room_id, "!voice help")
    assert "!voice enable" in await alice.reply_to(room_id, said)
