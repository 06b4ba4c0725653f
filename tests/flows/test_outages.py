"""A peer is down, slow or says no: what is owed is done later, once, and blocks nobody."""

import asyncio

import pytest

from haos_voice_bridge.core.admission import DECISION_MS
from haos_voice_bridge.ports import NewArrival
from tests.fakes.people import ANA, BEN, CLEO, ROOM
from tests.fakes.virtual_time import in_virtual_time
from tests.flows.bridge import Bridge, running, until

KITCHEN = "!kitchen:hs"


def code(answer):
    return answer.get("error", {}).get("code")


@in_virtual_time
async def test_a_call_opened_while_the_homeserver_is_down_gets_its_card_later_and_once(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        outside.bot.is_down = True
        await bridge.hears(outside.connects(ANA)[1])
        await asyncio.sleep(300)
        assert outside.bot.sent(ROOM) == []
        assert outside.bot.asked.count("send") > 5, "it kept trying"
        outside.bot.is_down = False
        await bridge.settles(within_s=60)
        assert len(outside.bot.sent(ROOM, "card:")) == 1
        assert outside.bot.roster(ROOM) == {f"{ANA}:DEV"}


@in_virtual_time
async def test_rosters_do_not_pile_up_in_an_outage(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        await bridge.hears(outside.connects(ANA)[1])
        await bridge.settles()
        written = len(outside.bot.written)
        outside.bot.is_down = True
        for _ in range(5):
            ben, came = outside.connects(BEN)
            await bridge.hears(came)
            await asyncio.sleep(5)
            await bridge.hears(outside.leaves(ben))
            await asyncio.sleep(5)
        rows = await bridge.database.fetch("SELECT slot FROM outbox WHERE slot IS NOT NULL")
        assert len(rows) == 1
        outside.bot.is_down = False
        await bridge.settles()
        assert len(outside.bot.written) <= written + 2
        assert outside.bot.roster(ROOM) == {f"{ANA}:DEV"}


@in_virtual_time
async def test_events_wait_for_a_homeserver_that_cannot_be_asked(tmp_path):
    """Nobody is judged by what could not be asked, and nothing is lost."""
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        outside.homeserver_is_down = True
        await bridge.hears(outside.connects(ANA)[1], outside.says("!voice help"))
        await asyncio.sleep(100)
        assert await bridge.in_call() == set()
        outside.homeserver_is_down = False
        await bridge.settles()
        assert await bridge.in_call() == {f"{ANA}:DEV"}
        assert len(outside.bot.sent(ROOM, "reply:")) == 1


@in_virtual_time
async def test_an_outage_of_the_homeserver_holds_up_no_removal(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        await bridge.hears(outside.connects(ANA)[1], outside.connects(BEN)[1])
        await bridge.settles()
        outside.bot.is_down = True
        await bridge.hears(outside.is_kicked(BEN))
        await until(lambda: outside.media.removed == [f"{BEN}:DEV"], within_s=5)


@in_virtual_time
async def test_a_device_hears_that_the_call_server_is_down(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        outside.media.is_down = True
        await bridge.hears(outside.asks(ANA))
        await until(lambda: outside.bot.answers(ROOM, ANA), within_s=10)
        (answer,) = outside.bot.answers(ROOM, ANA)
        assert code(answer) == "SFU_UNAVAILABLE"
        assert answer["error"]["retry_after_ms"] > 0
        assert outside.media.asked.count("open_room") == 3
        outside.media.is_down = False
        await bridge.hears(outside.asks(ANA))
        await bridge.settles()
        assert "token" in outside.bot.answers(ROOM, ANA)[-1]


@in_virtual_time
async def test_a_device_hears_that_the_call_server_hangs(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        outside.media.hangs_s = 5.0  # LiveKitServer's timeout
        await bridge.hears(outside.asks(ANA))
        await until(lambda: outside.bot.answers(ROOM, ANA), within_s=100)
        assert code(outside.bot.answers(ROOM, ANA)[0]) == "SFU_UNAVAILABLE"


@in_virtual_time
async def test_an_outage_of_the_call_server_holds_up_no_command(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        seen, came = outside.connects(ANA)
        await bridge.hears(came)
        await bridge.settles()
        outside.media.is_down = True
        await bridge.hears(outside.told("track_published", seen), outside.says("!voice help"))
        await until(lambda: outside.bot.sent(ROOM, "reply:"), within_s=30)


@in_virtual_time
async def test_a_running_call_outlives_an_outage_of_the_call_server(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        await bridge.hears(outside.connects(ANA)[1])
        await bridge.settles()
        outside.media.is_down = True
        await asyncio.sleep(120)
        assert await bridge.in_call() == {f"{ANA}:DEV"}, "no answer is not an empty list"
        outside.media.is_down = False
        await asyncio.sleep(30)
        assert outside.bot.roster(ROOM) == {f"{ANA}:DEV"}
        assert len(outside.bot.sent(ROOM, "card:")) == 1


# Stale decisions


@in_virtual_time
async def test_a_decision_that_waited_is_made_anew(tmp_path):
    """Ana was let in, was kicked while the answer was held up, and must not get the token."""
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        outside.bot.is_down = True
        await bridge.hears(outside.asks(ANA), outside.asks(BEN))
        await asyncio.sleep(DECISION_MS / 1000 + 5)
        await bridge.hears(outside.is_kicked(ANA))
        outside.bot.is_down = False
        await bridge.settles()
        assert [code(answer) for answer in outside.bot.answers(ROOM, ANA)] == ["NOT_A_MEMBER"]
        (ben,) = outside.bot.answers(ROOM, BEN)
        assert "token" in ben, "who still may is let in"


@in_virtual_time
async def test_a_request_that_nobody_waits_for_any_more_is_let_go(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        outside.bot.is_down = True
        await bridge.hears(outside.asks(ANA))
        await asyncio.sleep(90)
        outside.bot.is_down = False
        await bridge.settles()
        assert outside.bot.answers(ROOM, ANA) == []


# Refusals


@in_virtual_time
async def test_an_effect_that_is_refused_is_set_aside_and_blocks_nobody(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        await bridge.hears(outside.bot_joins(KITCHEN))
        outside.bot.refuses["set_state io.haos.voice.call"] = "M_FORBIDDEN"
        await bridge.hears(outside.connects(ANA)[1])
        await bridge.hears(outside.connects(BEN, KITCHEN)[1])
        await bridge.settles()
        assert len(outside.bot.sent(ROOM, "card:")) == 1
        assert len(outside.bot.sent(KITCHEN, "card:")) == 1
        await bridge.hears(outside.says("!voice help"))
        await bridge.settles()
        assert len(outside.bot.sent(ROOM, "reply:")) == 1
        assert all(error.startswith("M_FORBIDDEN") for error in (await bridge.set_aside()).values())


@in_virtual_time
async def test_a_room_hears_once_a_day_what_level_the_bot_needs(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        outside.bot.refuses["set_state"] = "M_FORBIDDEN"
        for _ in range(3):
            await bridge.hears(outside.asks(ANA), outside.asks(BEN))
            await asyncio.sleep(60)
        await bridge.settles()
        (notice,) = outside.bot.sent(ROOM, "refused:")
        assert "moderator (50)" in notice.content["body"]


@in_virtual_time
async def test_the_next_day_it_hears_it_again(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        outside.bot.refuses["set_state"] = "M_FORBIDDEN"
        await bridge.hears(outside.asks(ANA))
        await bridge.settles()
        day = 86_400_000
        tomorrow = outside.clock.now_ms() + day
        bridge.outside.clock.now_ms = lambda: tomorrow
        await bridge.hears(outside.asks(ANA))
        await until(lambda: len(outside.bot.sent(ROOM, "refused:")) == 2)


@in_virtual_time
async def test_a_notice_that_is_refused_too_does_not_go_round_in_circles(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        outside.bot.refuses = {"set_state": "M_FORBIDDEN", "send": "M_FORBIDDEN"}
        await bridge.hears(outside.asks(ANA))
        await bridge.settles()
        assert outside.bot.asked.count("send") == 1


@in_virtual_time
async def test_a_command_that_cannot_be_carried_out_says_why(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        outside.facts.level = 100
        outside.bot.refuses["merge_state"] = "M_FORBIDDEN"
        await bridge.hears(outside.says("!voice disable"))
        await bridge.settles()
        (answer,) = outside.bot.sent(ROOM, "reply:")
        assert "could not change io.haos.voice.channel" in answer.content["body"]


# Faults of our own


@pytest.mark.parametrize("source", ["livekit", "internal", "unheard of"])
@in_virtual_time
async def test_one_bad_arrival_costs_only_itself(tmp_path, source):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        bad = NewArrival("$bad", ROOM, source, {"kind": "odd", "event": "participant_left"})
        await bridge.hears(bad, outside.connects(ANA)[1])
        await bridge.settles()
        assert await bridge.in_call() == {f"{ANA}:DEV"}
        assert list(await bridge.given_up()) == ["$bad"]


@in_virtual_time
async def test_an_arrival_that_the_homeserver_refuses_to_explain_costs_only_itself(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        outside.facts.refuses[f"standing {CLEO}"] = "M_UNKNOWN"
        await bridge.hears(outside.connects(CLEO)[1], outside.connects(ANA)[1])
        await until(bridge.in_call)
        assert await bridge.in_call() == {f"{ANA}:DEV"}
        assert len(await bridge.given_up()) == 1


@in_virtual_time
async def test_an_effect_that_trips_over_a_bug_is_set_aside_after_three_tries(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside

        async def trips(*_):
            outside.bot.asked.append("tripped")
            raise KeyError("event_id")

        outside.bot.send = trips
        await bridge.hears(outside.connects(ANA)[1])
        await bridge.settles()
        assert outside.bot.asked.count("tripped") >= 3
        assert outside.bot.roster(ROOM) == {f"{ANA}:DEV"}, "the queue went on"
        assert "failed, see the log" in (await bridge.set_aside()).values()


@in_virtual_time
async def test_a_hiccup_of_the_database_does_not_end_the_recounts(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        seen, came = outside.connects(ANA)
        await bridge.hears(came)
        await bridge.settles()
        real, bridge.store.active_rooms = bridge.store.active_rooms, hiccup
        await asyncio.sleep(7)
        bridge.store.active_rooms = real
        outside.media.disconnect(ROOM, seen)  # and LiveKit's webhook is lost
        await until(lambda: outside.bot.sent(ROOM, "end:"), within_s=120)


@in_virtual_time
async def test_a_hiccup_of_the_database_does_not_leave_a_queue_asleep(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        real, bridge.store.next_owed = bridge.store.next_owed, hiccup
        await bridge.hears(outside.says("!voice help"))
        await asyncio.sleep(1)
        bridge.store.next_owed = real
        await until(lambda: outside.bot.sent(ROOM, "reply:"), within_s=120)


async def hiccup(*_):
    raise ConnectionError("the database restarts")


@in_virtual_time
async def test_a_stop_in_the_middle_of_an_outage_is_quick_and_loses_nothing(tmp_path):
    outside = None
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        outside.bot.is_down = True
        await bridge.hears(outside.connects(ANA)[1])
        await asyncio.sleep(60)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 5
    outside.bot.is_down = False
    again = Bridge(outside, tmp_path / "bridge.db")
    await again.start()
    try:
        await again.settles()
        assert len(outside.bot.sent(ROOM, "card:")) == 1
    finally:
        await again.stop()
