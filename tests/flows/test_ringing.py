"""Ringing through the whole service: who is rung, and a kill at any instant."""

import pytest

from haos_voice_bridge.core.channel import Channel
from haos_voice_bridge.service.entry import Entry
from tests.adapters.raw import event
from tests.fakes.fake_media import FakeTokens
from tests.fakes.people import ANA, BEN, BOT, CLEO, ROOM, SITE
from tests.fakes.virtual_time import in_virtual_time
from tests.flows.bridge import Outside, running, until
from tests.flows.test_crashes import Restarting, tell

RING = "org.matrix.msc4075.rtc.notification"
DECLINE = "org.matrix.msc4310.rtc.decline"


def two_alone(kill_at=None, **settings):
    """A chat of Ana and Ben, without a name, and the bot."""
    outside = Outside(kill_at)
    outside.facts.name = ""
    outside.facts.memberships = {ANA: "join", BEN: "join", BOT: "join"}
    outside.facts.channel = Channel(**settings)
    return outside


def rings(outside):
    return [one for one in outside.bot.messages.values() if one.event_type == RING]


def rung(outside):
    return [user for ring in rings(outside) for user in ring.content["m.mentions"]["user_ids"]]


def declines(outside, user_id, ring):
    relates = {"rel_type": "m.reference", "event_id": ring}
    return outside.raw(event(DECLINE, {"m.relates_to": relates}, sender=user_id))


def direct_messages(outside, user_id):
    room_id = f"!with-{user_id[1:]}"
    return [one.content["body"] for one in outside.bot.sent(room_id)]


async def calls(bridge, *, with_token=True):
    """Ana starts a call."""
    if with_token:
        await bridge.hears(bridge.outside.asks(ANA))
        await until(lambda: bridge.outside.bot.answers(ROOM, ANA))
    ana, came = bridge.outside.connects(ANA)
    await bridge.hears(came)
    return ana


@in_virtual_time
async def test_in_a_chat_of_two_the_other_one_is_rung_at_once(tmp_path):
    outside = two_alone()
    async with running(tmp_path, outside) as bridge:
        began = outside.clock.now_ms()
        await calls(bridge)
        await until(lambda: rings(outside))
        (ring,) = rings(outside)
        assert outside.clock.now_ms() - began < 1500
        assert ring.content["m.mentions"] == {"user_ids": [BEN]}
        (card,) = outside.bot.sent(ROOM, "card")
        assert ring.content["m.relates_to"] == {
            "rel_type": "m.reference",
            "event_id": card.event_id,
        }
        assert card.content["body"].startswith("Ana is calling Ben.")


@in_virtual_time
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda outside: setattr(outside.facts, "name", "Lounge"), []),
        (lambda outside: outside.facts.memberships.update({CLEO: "join"}), []),
        (lambda outside: outside.facts.memberships.update({CLEO: "invite"}), []),
        (lambda outside: setattr(outside.facts, "channel", Channel(ring="never")), []),
        (lambda outside: outside.facts.memberships.update({CLEO: "leave"}), [BEN]),
    ],
)
async def test_rings_by_default_only_in_a_chat_of_two(tmp_path, change, expected):
    outside = two_alone()
    change(outside)
    async with running(tmp_path, outside) as bridge:
        await calls(bridge)
        await until(lambda: outside.bot.roster(ROOM))
        await bridge.scope.pause(5)
        assert rung(outside) == expected


@in_virtual_time
async def test_always_rings_everybody_in_any_room_but_the_quiet(tmp_path):
    outside = two_alone(ring="always")
    outside.facts.name = "Lounge"
    outside.facts.memberships[CLEO] = "join"
    async with running(tmp_path, outside) as bridge:
        await bridge.hears(outside.says("!voice settings quiet on", CLEO))
        await bridge.settles()
        await calls(bridge)
        await until(lambda: rings(outside))
        assert rung(outside) == [BEN]


@in_virtual_time
async def test_a_ring_of_the_callers_own_client_is_not_doubled(tmp_path):
    outside = two_alone()
    async with running(tmp_path, outside) as bridge:
        await calls(bridge, with_token=False)
        await bridge.scope.pause(1)
        content = {"notification_type": "ring", "m.mentions": {"user_ids": [BEN]}}
        await bridge.hears(outside.raw(event(RING, content, sender=ANA)))
        await bridge.scope.pause(10)
        assert rings(outside) == []
        await bridge.hears(outside.says("!voice end"))


@in_virtual_time
async def test_a_token_of_the_token_service_is_for_a_client_that_may_ring_by_itself(tmp_path):
    outside = two_alone()
    async with running(tmp_path, outside) as bridge:
        entry = Entry(bridge.world, FakeTokens(outside.clock), SITE, bridge.rooms.saved)
        await entry.admission(ROOM, ANA, "DEV", "openid:1", rings_itself=True)
        await calls(bridge, with_token=False)
        await bridge.scope.pause(2)
        assert rings(outside) == []
        await until(lambda: rings(outside), 5)


@in_virtual_time
async def test_a_matrixrtc_client_that_does_not_ring_is_helped_after_a_moment(tmp_path):
    outside = two_alone()
    outside.facts.call_members[ANA] = "$member"
    async with running(tmp_path, outside) as bridge:
        await calls(bridge, with_token=False)
        await until(lambda: rings(outside), 5)
        (ring,) = rings(outside)
        assert ring.content["m.relates_to"]["event_id"] == "$member"


@in_virtual_time
async def test_only_a_decline_of_our_ring_by_who_is_rung_declines(tmp_path):
    outside = two_alone()
    async with running(tmp_path, outside) as bridge:
        ana = await calls(bridge)
        await until(lambda: rings(outside))
        ring = rings(outside)[0].event_id
        await bridge.hears(declines(outside, BEN, "$other"), declines(outside, CLEO, ring))
        await bridge.scope.pause(1)
        assert (await bridge.room()).call.rings[0].state == "ringing"
        await bridge.hears(declines(outside, BEN, ring))
        await until(lambda: len(outside.bot.sent(ROOM, "recard")) == 1)
        await bridge.hears(outside.leaves(ana))
        await bridge.settles()
        (end,) = outside.bot.sent(ROOM, "end")
        assert end.content["m.new_content"]["body"] == "Ben declined Ana's call"
        (call,) = await bridge.history()
        assert call.ended_how == "declined"
        assert direct_messages(outside, BEN) == []


@in_virtual_time
async def test_a_decline_that_is_faster_than_our_note_counts(tmp_path):
    """A client that declines by itself, while the ring's request is not answered yet."""
    outside = two_alone()
    async with running(tmp_path, outside) as bridge:
        sending = bridge.delivery._store.strike_off

        async def strike_off_late(owed, event_id=""):
            if owed.effect.kind == "send_event":
                await bridge.hears(declines(outside, BEN, event_id))
                await bridge.scope.pause(1)
            await sending(owed, event_id)

        bridge.store.strike_off = strike_off_late
        await calls(bridge)
        await until(lambda: outside.bot.sent(ROOM, "recard"))
        assert (await bridge.room()).call.rings[0].state == "declined"


@in_virtual_time
async def test_declined_by_a_word_in_the_direct_chat(tmp_path):
    outside = two_alone()
    async with running(tmp_path, outside) as bridge:
        chat = f"!with-{BEN[1:]}"
        await calls(bridge)
        await until(lambda: len(direct_messages(outside, BEN)) == 1)  # missed: the chat is made
        await bridge.hears(outside.bot_joins(chat))
        await bridge.scope.pause(1)
        assert (await bridge.room(chat)).direct == BEN
        ended = outside.says("!voice end", ANA)
        outside.facts.level = 50
        await bridge.hears(ended)
        await bridge.settles()
        outside.media.here.clear()
        await calls(bridge)
        await until(lambda: len(rings(outside)) == 2)
        await bridge.hears(outside.says("decline", BEN, chat))

        async def declined():
            return (await bridge.room()).call.rings[0].state == "declined"

        await until(declined)
        assert any("You declined Ana's call." in body for body in direct_messages(outside, BEN))


async def story(bridge, ana_leaves_after=35):
    """Ana calls Ben, who does not come."""
    outside = bridge.outside
    await tell(bridge, outside.bot_joins())
    ana, came = outside.connects(ANA)
    await bridge.guarded(bridge.running.hears(came))
    await bridge.guarded(bridge.running.scope.pause(ana_leaves_after))
    await bridge.running.hears(came)
    await tell(bridge, outside.leaves(ana))


async def told(path, kill_at):
    bridge = Restarting(two_alone(kill_at), path)
    await bridge.ensure()
    await story(bridge)
    await bridge.running.settles()
    return bridge


async def check(bridge):
    outside = bridge.outside
    assert rung(outside) == [BEN]
    kinds = [one.key.partition(":")[0] for one in outside.bot.sent(ROOM)]
    assert kinds.count("card") == 1
    assert kinds.count("end") == 1
    (end,) = outside.bot.sent(ROOM, "end")
    assert end.content["m.new_content"]["body"] == "Missed call from Ana"
    (missed,) = direct_messages(outside, BEN)
    assert missed.startswith("You missed a call from Ana: https://")
    (call,) = await bridge.running.history()
    assert call.ended_how == "missed"
    assert await bridge.running.set_aside() == {}
    assert await bridge.running.given_up() == {}


@in_virtual_time
async def test_a_kill_at_any_instant_rings_once_and_tells_once(tmp_path):
    bridge = await told(tmp_path / "unharmed.db", None)
    await check(bridge)
    instants = bridge.outside.fate.instants
    await bridge.running.stop()
    assert instants > 25
    for kill_at in range(1, instants + 1):
        bridge = await told(tmp_path / f"{kill_at}.db", kill_at)
        try:
            await check(bridge)
        except AssertionError as error:
            pytest.fail(f"killed at instant {kill_at} of {instants}: {error}")
        finally:
            await bridge.running.stop()
