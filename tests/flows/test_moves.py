"""A move between two rooms of one bridge, with the notes that they leave each other."""

import json
from contextlib import asynccontextmanager

from tests.fakes.people import ANA, BEN, ROOM
from tests.fakes.virtual_time import in_virtual_time
from tests.flows.bridge import running, until

KITCHEN = "!kitchen:hs"
ANAS = f"{ANA}:DEV"


@asynccontextmanager
async def a_call(tmp_path):
    """Ana and Ben are in the Lounge's call; the bot is in the Kitchen too; all moderate."""
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        outside.facts.level = 50
        outside.facts.memberships = {ANA: "join", BEN: "join"}
        await bridge.hears(outside.bot_joins(KITCHEN))
        ana, came = outside.connects(ANA)
        await bridge.hears(came, outside.connects(BEN)[1])
        await bridge.settles()
        yield bridge, ana


def says_move(outside):
    return outside.says(f"!voice move {ANA} to {KITCHEN}")


def lines(outside, room_id):
    return [one.content["body"] for one in outside.bot.sent(room_id, "presence:")]


@in_virtual_time
async def test_a_device_is_called_over_and_both_rooms_tell_it(tmp_path):
    async with a_call(tmp_path) as (bridge, ana):
        outside = bridge.outside
        await bridge.hears(says_move(outside))
        await until(lambda: outside.media.data)
        ((room_id, identity, topic, data),) = outside.media.data
        assert (room_id, identity, topic) == (ROOM, ANAS, "io.haos.voice.move")
        assert json.loads(data)["jwt"] == f"token for {ANAS} in {KITCHEN}"
        assert KITCHEN in outside.media.rooms
        _, came = outside.connects(ANA, KITCHEN)
        await bridge.hears(came, outside.leaves(ana))
        await bridge.settles()
        assert lines(outside, ROOM)[-1] == "Ana was moved to Lounge."
        assert lines(outside, KITCHEN) == ["Ana was moved here from Lounge."]
        assert outside.media.removed == []
        assert await bridge.in_call(KITCHEN) == {ANAS}


@in_virtual_time
async def test_the_same_command_told_twice_calls_once(tmp_path):
    async with a_call(tmp_path) as (bridge, _):
        said = says_move(bridge.outside)
        await bridge.hears(said, said)
        await bridge.settles()
        assert len(bridge.outside.media.data) == 1


@in_virtual_time
async def test_who_does_not_go_is_taken_out_by_the_bridge(tmp_path):
    async with a_call(tmp_path) as (bridge, _):
        outside = bridge.outside
        await bridge.hears(says_move(outside))
        await bridge.settles()
        assert outside.media.removed == [ANAS]
        assert lines(outside, ROOM)[-1] == "Ana was removed."
        assert lines(outside, KITCHEN) == []


@in_virtual_time
async def test_a_call_server_that_does_not_answer_costs_nobody_their_place(tmp_path):
    async with a_call(tmp_path) as (bridge, _):
        outside = bridge.outside
        outside.media.is_down = True
        said = says_move(outside)
        await bridge.hears(said)

        def is_told():
            return outside.bot.sent(ROOM, "move-failed:")

        await until(is_told)
        (told,) = is_told()
        assert "the call server does not answer" in told.content["body"]
        assert told.content["m.relates_to"] == {"m.in_reply_to": {"event_id": said.key}}
        outside.media.is_down = False
        await bridge.settles()
        assert outside.media.removed == []
        assert ANAS in await bridge.in_call()
