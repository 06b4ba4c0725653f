"""MatrixRTC memberships through the whole service: ghosts, calls on another SFU, rings."""

import asyncio
from dataclasses import replace

import pytest

from haos_voice_bridge.core.call import Idle
from haos_voice_bridge.core.membership import state_said
from tests.adapters.raw import event, state
from tests.fakes.memberships import (
    OURS,
    STATE,
    STICKY,
    THEIRS,
    state_content,
    state_key,
    sticky_content,
)
from tests.fakes.people import ANA, BEN, BOT, ROOM
from tests.fakes.virtual_time import in_virtual_time
from tests.flows.bridge import LEFT, Bridge, Outside, running, until
from tests.flows.test_ringing import DECLINE, RING, declines, direct_messages, rings, two_alone


def says(outside, user_id, device="DEV", focus=OURS, **changes):
    """Somebody's client writes a membership."""
    content = state_content(device, focus, **changes)
    return outside.raw(state(STATE, content, state_key(user_id, device), sender=user_id))


def unsays(outside, user_id, device="DEV", by=""):
    return outside.raw(state(STATE, {}, state_key(user_id, device), sender=by or user_id))


def says_stickily(outside, user_id, lasts_ms, focus=THEIRS, key="m1"):
    content = sticky_content(user_id, "DEV", focus, key)
    sticky = {"msc4354_sticky": {"duration_ms": lasts_ms}}
    return outside.raw(event(STICKY, content, sender=user_id, **sticky))


def cleared(outside):
    return [key for _, key, _ in outside.bot.cleared]


def cards(outside):
    return [one.content["io.haos.voice.card"]["state"] for one in outside.bot.sent(ROOM, "card")]


@in_virtual_time
async def test_a_ghost_is_cleared_after_half_a_minute_and_once(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        seen, came = outside.connects(BEN)
        await bridge.hears(came, says(outside, BEN), says(outside, ANA))
        began = outside.clock.now_ms()
        await until(lambda: cleared(outside))
        assert 30_000 <= outside.clock.now_ms() - began <= 31_000
        await bridge.hears(unsays(outside, ANA, by=BOT))
        await asyncio.sleep(60)
        assert cleared(outside) == [state_key(ANA)]
        await bridge.hears(outside.leaves(seen))


@in_virtual_time
async def test_a_device_that_is_lost_without_a_word_leaves_a_ghost_for_half_a_minute(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        seen, came = outside.connects(ANA)
        await bridge.hears(came, says(outside, ANA))
        await asyncio.sleep(60)
        assert cleared(outside) == []
        outside.media.disconnect(ROOM, seen)
        began = outside.clock.now_ms()
        await until(lambda: cleared(outside))
        assert 30_000 <= outside.clock.now_ms() - began <= 37_000, "found by a recount"


@in_virtual_time
async def test_while_livekit_is_down_nobody_is_a_ghost(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        await bridge.hears(says(outside, ANA))
        await asyncio.sleep(20)
        outside.media.is_down = True
        await asyncio.sleep(90)
        assert cleared(outside) == []
        outside.media.is_down = False
        back = outside.clock.now_ms()
        await until(lambda: cleared(outside))
        assert outside.clock.now_ms() - back >= 30_000, "devices need their time to come back"


@in_virtual_time
async def test_a_clearing_that_the_homeserver_held_up_is_thought_over(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        await bridge.hears(says(outside, ANA))
        await asyncio.sleep(29)
        outside.homeserver_is_down = True
        await asyncio.sleep(20)
        seen = outside.media.connect(ROOM, ANA, outside.clock.now_ms())
        outside.homeserver_is_down = False
        await asyncio.sleep(120)
        assert cleared(outside) == [], "she was there by then"
        outside.media.disconnect(ROOM, seen)
        await until(lambda: cleared(outside))


@in_virtual_time
async def test_a_ghost_that_the_bot_may_not_clear_holds_up_nothing(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        outside.bot.refuses["clear_state"] = "M_FORBIDDEN"
        await bridge.hears(says(outside, ANA))
        await until(lambda: "clear_state" in outside.bot.asked)
        await bridge.hears(outside.asks(BEN))
        await until(lambda: outside.bot.answers(ROOM, BEN))
        await asyncio.sleep(90)
        assert outside.bot.asked.count("clear_state") == 1
        assert await bridge.set_aside() == {}


@in_virtual_time
async def test_a_bridge_that_was_killed_finds_the_ghost_again(tmp_path):
    outside = Outside()
    async with running(tmp_path, outside) as bridge:
        await bridge.hears(says(outside, ANA))
        await asyncio.sleep(20)
        await bridge.dies()
        again = Bridge(outside, tmp_path / "bridge.db")
        await again.start()
        await until(lambda: cleared(outside))
        await again.stop()
        await bridge.start()


@in_virtual_time
async def test_a_call_on_another_sfu_has_card_roster_and_history(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        await bridge.hears(says(outside, ANA, focus=THEIRS))
        await bridge.hears(says_stickily(outside, BEN, 40_000))
        await until(lambda: outside.bot.roster(ROOM) == {f"{ANA}:DEV", f"{BEN}:DEV"})
        assert cards(outside) == ["active"]
        await asyncio.sleep(60)
        await until(lambda: outside.bot.roster(ROOM) == {f"{ANA}:DEV"})
        await bridge.hears(unsays(outside, ANA))
        await bridge.settles()
        (call,) = await bridge.history()
        assert {span.user_id for span in call.spans} == {ANA, BEN}
        assert [one.left_ts - one.joined_ts for one in call.spans if one.user_id == BEN] == [40_000]
        assert outside.bot.roster(ROOM) == set()
        assert cleared(outside) == []


@in_virtual_time
async def test_a_mixed_call_counts_people_once_and_ends_with_the_last(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        seen, came = outside.connects(BEN)
        await bridge.hears(came, says(outside, BEN), says(outside, ANA, focus=THEIRS))
        await until(lambda: outside.bot.roster(ROOM) == {f"{ANA}:DEV", f"{BEN}:DEV"})
        await bridge.hears(outside.leaves(seen, reason=LEFT), unsays(outside, BEN))
        await until(lambda: outside.bot.roster(ROOM) == {f"{ANA}:DEV"})
        await asyncio.sleep(100)
        assert await bridge.history() == []
        await bridge.hears(unsays(outside, ANA))
        await bridge.settles()
        (call,) = await bridge.history()
        assert (call.peak, len(call.spans), cards(outside)) == (2, 2, ["active"])


@in_virtual_time
async def test_the_bot_finds_a_call_that_runs_when_it_comes(tmp_path):
    outside = Outside()
    at = outside.clock.now_ms() - 60_000
    content = state_content(focus=THEIRS)
    outside.facts.told = [state_said(STATE, state_key(ANA), ANA, "$m", content, at)]
    async with running(tmp_path, outside, in_room=False) as bridge:
        await bridge.hears(outside.bot_joins())
        await until(lambda: outside.bot.roster(ROOM) == {f"{ANA}:DEV"})
        assert (await bridge.room()).call.started_ts == at
        await bridge.hears(unsays(outside, ANA))
        await bridge.settles()


@in_virtual_time
async def test_a_room_from_before_the_bridge_read_memberships_is_read_at_its_start(tmp_path):
    outside = Outside()
    outside.facts.joined = [ROOM]
    async with running(tmp_path, outside) as bridge:
        room = await bridge.room()
        old = replace(room, knows_memberships=False)
        await bridge.store.save(old, [], outside.clock.now_ms())
        await bridge.dies()
        at = outside.clock.now_ms()
        content = state_content(focus=THEIRS)
        outside.facts.told = [state_said(STATE, state_key(ANA), ANA, "$m", content, at)]
        again = Bridge(outside, tmp_path / "bridge.db")
        await again.start()
        await until(lambda: outside.bot.roster(ROOM) == {f"{ANA}:DEV"})
        await again.hears(unsays(outside, ANA))
        await again.settles()
        await again.stop()
        await bridge.start()


@in_virtual_time
async def test_who_comes_back_to_the_matrix_room_counts_again(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        await bridge.hears(says(outside, ANA, focus=THEIRS), says(outside, BEN, focus=THEIRS))
        await bridge.hears(outside.is_kicked(ANA))
        await until(lambda: outside.bot.roster(ROOM) == {f"{BEN}:DEV"})
        outside.facts.memberships[ANA] = "join"
        await bridge.hears(outside.raw(state("m.room.member", {"membership": "join"}, ANA)))
        await until(lambda: outside.bot.roster(ROOM) == {f"{ANA}:DEV", f"{BEN}:DEV"})
        await bridge.hears(unsays(outside, ANA), unsays(outside, BEN))
        await bridge.settles()


def redacts(outside, user_id, target):
    return outside.raw(event("m.room.redaction", {"redacts": target}, sender=user_id))


@in_virtual_time
@pytest.mark.parametrize("how", ["state", "sticky"])
async def test_a_membership_that_is_redacted_is_over(tmp_path, how):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        if how == "state":
            await bridge.hears(says(outside, ANA, focus=THEIRS))
        else:
            await bridge.hears(says_stickily(outside, ANA, 3_600_000))
        await bridge.hears(says(outside, BEN, focus=THEIRS))
        await until(lambda: outside.bot.roster(ROOM) == {f"{ANA}:DEV", f"{BEN}:DEV"})
        (hers, _) = (await bridge.room()).memberships
        # The homeserver did not let them.
        await bridge.hears(redacts(outside, BEN, hers.event_id), redacts(outside, BEN, "$other"))
        await until(bridge.owes_nothing)
        assert len((await bridge.room()).memberships) == 2
        outside.facts.redacted = {hers.event_id, "$other"}
        await bridge.hears(redacts(outside, ANA, hers.event_id))
        await until(lambda: outside.bot.roster(ROOM) == {f"{BEN}:DEV"})
        await bridge.hears(unsays(outside, BEN))
        await bridge.settles()


@in_virtual_time
async def test_odd_memberships_change_nothing(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        before = await bridge.room()
        odd = [{"memberships": [state_content()]}, {"device_id": 5}, {"application": "m.call"}]
        for number, content in enumerate(odd):
            await bridge.hears(outside.raw(state(STATE, content, f"_k{number}", sender=ANA)))
            await bridge.hears(outside.raw(event(STICKY, content, sender=ANA)))
        await bridge.settles()
        assert replace(await bridge.room(), version=0) == replace(before, version=0)
        assert await bridge.given_up() == {}


# Rings of people's own clients


def ring_of(outside, user_id, **mentions):
    content = {
        "notification_type": "ring",
        "m.mentions": mentions,
        "sender_ts": outside.clock.now_ms(),
        "lifetime": 30_000,
        "m.relates_to": {"rel_type": "m.reference", "event_id": "$member"},
    }
    return outside.raw(event(RING, content, sender=user_id))


@in_virtual_time
@pytest.mark.parametrize("mentions", [{"user_ids": [BEN]}, {"user_ids": [], "room": True}])
async def test_a_call_that_a_client_rings_is_missed(tmp_path, mentions):
    outside = two_alone()
    async with running(tmp_path, outside) as bridge:
        await bridge.hears(says(outside, ANA, focus=THEIRS), ring_of(outside, ANA, **mentions))
        await until(lambda: "calling Ben" in str(outside.bot.sent(ROOM)))
        await asyncio.sleep(31)
        await bridge.hears(unsays(outside, ANA))
        await bridge.settles()
        (call,) = await bridge.history()
        assert call.ended_how == "missed"
        assert rings(outside) == [], "her own client rang"
        assert direct_messages(outside, BEN)[0].startswith("You missed a call from Ana")


@in_virtual_time
@pytest.mark.parametrize("way", ["event", "early", "command"])
async def test_a_call_that_a_client_rings_is_declined(tmp_path, way):
    outside = two_alone()
    async with running(tmp_path, outside) as bridge:
        ring = ring_of(outside, ANA, user_ids=[BEN])
        decline = declines(outside, BEN, ring.key)
        if way == "early":
            await bridge.hears(ring, decline, says(outside, ANA, focus=THEIRS))
        elif way == "event":
            await bridge.hears(says(outside, ANA, focus=THEIRS), ring, decline)
        else:
            await bridge.hears(says(outside, ANA, focus=THEIRS), ring)
            await bridge.hears(outside.says("!voice decline", BEN))
        await asyncio.sleep(3)
        await bridge.hears(unsays(outside, ANA))
        await bridge.settles()
        (call,) = await bridge.history()
        assert call.ended_how == "declined"
        sent = [one for one in outside.bot.messages.values() if one.event_type == DECLINE]
        related = [one.content["m.relates_to"]["event_id"] for one in sent]
        assert related == ([ring.key] if way == "command" else [])
        assert isinstance((await bridge.room()).call, Idle)


@in_virtual_time
async def test_the_other_one_of_two_rings_for_one_call_is_declined(tmp_path):
    """The bot rang, and so did the caller's client: a decline may name either."""
    outside = two_alone()
    async with running(tmp_path, outside) as bridge:
        await bridge.hears(outside.asks(ANA))
        await until(lambda: outside.bot.answers(ROOM, ANA))
        seen, came = outside.connects(ANA)
        await bridge.hears(came)
        await until(lambda: rings(outside))
        ring = ring_of(outside, ANA, user_ids=[BEN])
        await bridge.hears(ring, declines(outside, BEN, ring.key))
        await asyncio.sleep(1)
        await bridge.hears(outside.leaves(seen))
        await bridge.settles()
        (call,) = await bridge.history()
        assert call.ended_how == "declined"
