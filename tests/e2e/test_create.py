"""`!voice create`: a new voice channel, with and without a space."""

import re
from urllib.parse import unquote

import pytest

from haos_voice_bridge.core.effects import CreateChannel
from haos_voice_bridge.service.channels import _room
from tests.e2e.history import bot_is_in
from tests.e2e.person import MatrixRefusal, until

pytestmark = pytest.mark.e2e


def made_room(answer):
    return unquote(re.search(r"https://matrix\.to/#/([^?\s]+)", answer)[1])


async def test_a_channel_is_made_and_governed_by_who_asked(alice, bob, channel, stack):
    lounge = await channel()
    said = await bob.say(lounge, "!voice create Game night in Berlin")
    room_id = made_room(await bob.reply_to(lounge, said))
    await bob.join(room_id)
    create = await bob.state(room_id, "m.room.create")
    assert create["type"] == "org.matrix.msc3417.call"
    assert (await bob.state(room_id, "m.room.name"))["name"] == "Game night in Berlin"
    assert (await bob.state(room_id, "io.haos.voice.channel"))["enabled"] is True
    levels = await bob.state(room_id, "m.room.power_levels")
    assert levels["events"]["org.matrix.msc3401.call.member"] == 0
    await bob.set_state(room_id, "m.room.power_levels", {**levels, "invite": 50})

    async def is_let_in():
        return (await bob.admission(room_id))["jwt"]

    await until(is_let_in)


async def test_in_a_space_its_members_may_join(alice, bob, channel, stack):
    bot = stack.info.bot_user_id
    lounge = await channel()
    space = await alice.create_room(
        name="Friends",
        creation_content={"type": "m.space"},
        invite=[bot, bob.user_id],
        power_level_content_override={"users": {bot: 100}},
    )
    await bob.join(space)
    await bot_is_in(alice, space, stack)
    said = await bob.say(lounge, f"!voice create Chess in {space}")
    assert "takes power level 50" in await bob.reply_to(lounge, said)
    said = await alice.say(lounge, "!voice create Chess in Friends")
    answer = await alice.reply_to(lounge, said)
    assert "It is in the space" in answer
    room_id = made_room(answer)
    assert (await alice.state(space, "m.space.child", room_id))["via"] == ["localhost"]
    await bob.join(room_id)  # not invited: a member of the space
    assert (await bob.state(room_id, "m.space.parent", space))["via"] == ["localhost"]


async def test_where_the_bot_may_not_it_says_what_to_do(alice, channel, stack):
    bot = stack.info.bot_user_id
    lounge = await channel()
    space = await alice.create_room(
        name="Closed", creation_content={"type": "m.space"}, invite=[bot]
    )
    await bot_is_in(alice, space, stack)
    said = await alice.say(lounge, f"!voice create Tea in {space}")
    answer = await alice.reply_to(lounge, said)
    assert "Add it there yourself" in answer
    await alice.join(made_room(answer))


@pytest.mark.parametrize("version", [11, 12])
async def test_the_levels_are_right_in_rooms_of_every_version(alice, bob, version):
    effect = CreateChannel("create:$1", bob.user_id, "Attic", "", "$1")
    room = _room(effect, alice.user_id, version, "localhost")
    room_id = await alice.create_room(**room, room_version=str(version))
    await bob.join(room_id)
    levels = await bob.state(room_id, "m.room.power_levels")
    await bob.set_state(room_id, "m.room.power_levels", {**levels, "kick": 60})
    if version == 12:
        with pytest.raises(MatrixRefusal):
            await alice.kick(room_id, bob.user_id)
