"""A call from its first word to its last, with all peers up."""

from tests.fakes.people import ANA, BEN, ROOM
from tests.fakes.virtual_time import in_virtual_time
from tests.flows.bridge import DROPPED, running, until


@in_virtual_time
async def test_a_call_has_its_card_its_roster_its_end_and_its_row(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        ana, came = outside.connects(ANA)
        await bridge.hears(came)
        ben, came = outside.connects(BEN)
        await bridge.hears(came)
        await bridge.settles()
        assert outside.bot.roster(ROOM) == {f"{ANA}:DEV", f"{BEN}:DEV"}
        (card,) = outside.bot.sent(ROOM, "card:")
        assert "Ana started a call" in card.content["body"]

        await bridge.hears(outside.leaves(ana), outside.leaves(ben))
        await bridge.settles()
        assert outside.bot.roster(ROOM) == set()
        (end,) = outside.bot.sent(ROOM, "end:")
        assert end.content["m.relates_to"] == {"rel_type": "m.replace", "event_id": card.event_id}
        (call,) = await bridge.history()
        assert (call.peak, call.ended_how) == (2, "empty")


@in_virtual_time
async def test_who_asks_gets_a_token_in_an_open_room(tmp_path):
    async with running(tmp_path) as bridge:
        await bridge.hears(bridge.outside.asks(ANA))
        await bridge.settles()
        (answer,) = bridge.outside.bot.answers(ROOM, ANA)
        assert answer["token"] == f"token for {ANA}:DEV"
        assert ROOM in bridge.outside.media.rooms


@in_virtual_time
async def test_who_asks_the_bot_alone_is_answered_alone(tmp_path):
    async with running(tmp_path) as bridge:
        await bridge.hears(bridge.outside.asks(ANA, reply="to_device"))
        await bridge.settles()
        ((user_id, device_id, answer),) = bridge.outside.bot.to_device.values()
        assert (user_id, device_id, answer["room_id"]) == (ANA, "DEV", ROOM)
        assert bridge.outside.bot.answers(ROOM, ANA) == []


@in_virtual_time
async def test_who_is_kicked_from_the_room_is_out_of_its_call(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        for user_id in (ANA, BEN):
            await bridge.hears(outside.connects(user_id)[1])
        await bridge.settles()
        await bridge.hears(outside.is_kicked(BEN))
        await bridge.settles()
        assert outside.media.removed == [f"{BEN}:DEV"]
        assert outside.bot.roster(ROOM) == {f"{ANA}:DEV"}


@in_virtual_time
async def test_who_comes_back_soon_never_left_and_who_does_not_left_then(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        ana, came = outside.connects(ANA)
        await bridge.hears(came)
        await bridge.settles()
        await bridge.hears(outside.leaves(ana, reason=DROPPED))
        await until(lambda: outside.bot.roster(ROOM) == set())
        ana, came = outside.connects(ANA)
        await bridge.hears(came)
        await bridge.settles()
        assert outside.bot.roster(ROOM) == {f"{ANA}:DEV"}
        await bridge.hears(outside.leaves(ana, reason=DROPPED))
        await bridge.settles()
        (call,) = await bridge.history()
        assert len(call.spans) == 1
        assert len(outside.bot.sent(ROOM, "card:")) == 1


@in_virtual_time
async def test_a_command_is_answered_once_however_often_it_comes(tmp_path):
    async with running(tmp_path) as bridge:
        command = bridge.outside.says("!voice help")
        for _ in range(3):
            await bridge.hears(command)
            await bridge.settles()
        (answer,) = bridge.outside.bot.sent(ROOM, "reply:")
        assert "!voice help" in answer.content["body"]


@in_virtual_time
async def test_rooms_found_at_start_are_taken_up(tmp_path):
    async with running(tmp_path, in_room=False) as bridge:
        bridge.outside.facts.joined = [ROOM]
    async with running(tmp_path, bridge.outside, in_room=False) as bridge:
        await bridge.settles()
        assert (await bridge.room()).bot == "joined"


@in_virtual_time
async def test_a_status_is_shown_once_for_two_devices_and_given_back_after_the_last(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        outside.presence.statuses[ANA] = "gardening"
        first, came = outside.connects(ANA, device="A")
        await bridge.hears(came)
        second, came = outside.connects(ANA, device="B")
        await bridge.hears(came)
        await bridge.settles()
        assert outside.presence.statuses[ANA] == "In voice: Lounge"
        await bridge.hears(outside.leaves(first))
        await bridge.settles()
        assert outside.presence.statuses[ANA] == "In voice: Lounge"
        await bridge.hears(outside.leaves(second))
        await bridge.settles()
        assert outside.presence.statuses[ANA] == "gardening"
