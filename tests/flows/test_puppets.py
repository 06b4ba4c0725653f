"""Puppets: whatever breaks, the room's state says who is there, and nothing is left behind."""

import pytest

from haos_voice_bridge.core.effects import ShowPuppet
from haos_voice_bridge.core.puppets import CALL_MEMBER, member_key
from haos_voice_bridge.core.rules.puppets import LOOK_MS
from haos_voice_bridge.service.puppets import GUARD_MS, LIFE_MS, UNGUARDED_LIFE_MS, Puppeteer
from tests.adapters.raw import state
from tests.fakes.fake_facts import FakeFacts
from tests.fakes.fake_puppets import FakePuppets
from tests.fakes.peer import Fate
from tests.fakes.people import ANA, BEN, NOW, ROOM
from tests.fakes.virtual_time import in_virtual_time
from tests.flows.bridge import DROPPED, Outside, running, until
from tests.flows.test_crashes import Restarting

PUPPET, DEVICE = "@_voice_ana=3ahs:hs", "LINK1"
NAME = f"{PUPPET}:{DEVICE}"
KEY = member_key(PUPPET, DEVICE)


def comes(outside):
    return outside.connects(ANA, device=DEVICE, hashed=NAME)


def is_over(outside):
    puppets = outside.puppets
    return puppets.shown(ROOM) == puppets.here == set() and puppets.guarding == {}


@in_virtual_time
async def test_a_stay_is_written_once_and_guarded_all_the_time(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        puppets = outside.puppets
        ana, came = comes(outside)
        await bridge.hears(came)
        await until(lambda: puppets.shown(ROOM))
        assert puppets.names == {PUPPET: "Ana (link)"}
        (guard,) = puppets.guarding
        (job,) = puppets.jobs.values()
        assert (job.delay_id, job.timeout_ms, job.identity) == (guard, GUARD_MS, NAME)
        assert outside.bot.roster(ROOM) is None or f"{ANA}:{DEVICE}" in outside.bot.roster(ROOM)
        await bridge.hears(outside.leaves(ana))
        await bridge.settles()
        assert [bool(content) for _, content in puppets.written] == [True, False]
        assert is_over(outside)


class Hours:
    """A clock for who looks every few minutes, for hours."""

    def __init__(self):
        self.now = NOW

    def now_ms(self):
        return self.now


async def test_it_is_said_for_longer_before_it_runs_out():
    clock = Hours()
    puppets = FakePuppets(Fate(), clock)
    puppeteer = Puppeteer(
        puppets,
        FakeFacts(Fate()),
        puppets.take_over,
        clock,
        service_url="https://voice.hs/livekit/jwt",
        shown_name="{name}",
    )
    for look in range(0, 5 * LIFE_MS, LOOK_MS):
        clock.now = NOW + look
        await puppeteer.do(ROOM, ShowPuppet(f"look:{look}", NAME, ANA))
        (said,) = puppets.members.values()
        began = said.content.get("created_ts", said.sent_ts)
        assert began == NOW
        assert began + said.content["expires"] > clock.now + LOOK_MS, "until the next look"
        assert len(puppets.guarding) == 1
    assert 8 <= len(puppets.written) <= 11, "and no more often than it must be"
    contents = [{**content, "expires": 0, "created_ts": 0} for _, content in puppets.written]
    assert all(content == contents[0] for content in contents)


@in_virtual_time
async def test_without_delayed_events_it_is_short_and_said_anew(tmp_path):
    async with running(tmp_path) as bridge:
        puppets = bridge.outside.puppets
        puppets.refuses = {"guard": "M_FORBIDDEN"}
        ana, came = comes(bridge.outside)
        await bridge.hears(came)
        await until(lambda: len(puppets.written) == 3, within_s=3600)
        assert puppets.written[0][1]["expires"] == UNGUARDED_LIFE_MS
        await bridge.hears(bridge.outside.leaves(ana))
        await until(lambda: is_over(bridge.outside))


@in_virtual_time
async def test_a_room_that_lets_no_puppet_in_keeps_its_call(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        outside.puppets.refuses = {"enter": "M_FORBIDDEN"}
        ana, came = comes(outside)
        await bridge.hears(came)
        await until(lambda: outside.bot.roster(ROOM) == {f"{ANA}:{DEVICE}"})
        await bridge.hears(outside.leaves(ana))
        await bridge.settles()
        assert outside.puppets.written == []
        assert await bridge.set_aside() == {}


TAKEN_BACK = state(CALL_MEMBER, {}, KEY, sender=PUPPET)


async def shown_and_taken_back(bridge):
    """Ana is shown, and the homeserver, which heard nothing for too long, takes it back."""
    puppets = bridge.outside.puppets
    ana, came = comes(bridge.outside)
    await bridge.hears(came)
    await until(lambda: puppets.shown(ROOM))
    (guard,) = puppets.guarding
    puppets.fires(guard)
    assert puppets.shown(ROOM) == set()
    return ana


@in_virtual_time
async def test_what_the_homeserver_took_back_meanwhile_is_said_anew(tmp_path):
    async with running(tmp_path) as bridge:
        puppets = bridge.outside.puppets
        await shown_and_taken_back(bridge)
        await bridge.hears(bridge.outside.raw(TAKEN_BACK))
        await until(lambda: puppets.shown(ROOM) == {NAME})
        assert len(puppets.guarding) == 1


@in_virtual_time
async def test_who_went_unheard_is_not_shown_again_when_the_homeserver_takes_it_back(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        ana = await shown_and_taken_back(bridge)
        outside.leaves(ana, reason=DROPPED)  # and LiveKit's word of it is lost
        await bridge.hears(outside.raw(TAKEN_BACK))
        await bridge.settles()
        assert [bool(content) for _, content in outside.puppets.written] == [True, False]


@in_virtual_time
async def test_while_livekit_does_not_answer_what_was_taken_back_is_said_anew(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        await shown_and_taken_back(bridge)
        outside.media.is_down = True
        await bridge.hears(outside.raw(TAKEN_BACK))
        await until(lambda: outside.puppets.shown(ROOM) == {NAME})


@in_virtual_time
async def test_in_an_outage_the_newest_counts(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        ben, came = outside.connects(BEN)
        await bridge.hears(came)
        ana, came = comes(outside)
        await bridge.hears(came)
        await until(lambda: outside.puppets.shown(ROOM))
        outside.puppets.is_down = True
        await bridge.hears(outside.leaves(ana, reason=DROPPED))
        ana, came = comes(outside)
        await bridge.hears(came)
        await until(lambda: len(outside.media.here) == 2)
        outside.puppets.is_down = False
        await until(lambda: outside.puppets.shown(ROOM))
        await bridge.hears(outside.leaves(ana), outside.leaves(ben))
        await bridge.settles()
        assert is_over(outside)


@in_virtual_time
async def test_a_kick_of_the_puppet_ends_the_connection(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        _, came = comes(outside)
        await bridge.hears(came)
        await until(lambda: outside.puppets.shown(ROOM))
        outside.puppets.refuses = {"say": "M_FORBIDDEN"}
        kicked = state("m.room.member", {"membership": "leave"}, PUPPET, sender=BEN)
        await bridge.hears(outside.raw(kicked))
        await bridge.settles()
        assert NAME in outside.media.removed
        assert outside.puppets.shown(ROOM) == set(), "the bot says it in its stead"


@in_virtual_time
async def test_its_own_leave_is_none_of_a_moderator(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        _, came = comes(outside)
        await bridge.hears(came)
        await until(lambda: outside.puppets.shown(ROOM))
        own = state("m.room.member", {"membership": "leave"}, PUPPET, sender=PUPPET)
        await bridge.hears(outside.raw(own))
        await until(lambda: True)
        assert outside.media.removed == []


class Showing(Restarting):
    """Who is shown is looked at now and then, so this one never settles while somebody is."""

    async def calms_down(self):
        await until(self.running.owes_nothing)


async def stay(bridge):
    """Somebody comes by a link, drops, is back and leaves; a kill must not change the outcome."""
    outside = bridge.outside
    await told(bridge, outside.bot_joins())
    ana, came = comes(outside)
    await told(bridge, came, shown={NAME})
    await told(bridge, outside.leaves(ana, reason=DROPPED), shown=set())
    ana, came = comes(outside)
    await told(bridge, came, shown={NAME})
    await told(bridge, outside.leaves(ana), shown=set())
    await bridge.running.settles()


async def told(bridge, arrival, shown=frozenset()):
    """As in the other stories, but who is shown keeps the bridge from settling."""
    puppets = bridge.outside.puppets

    async def done():
        await bridge.running.hears(arrival)
        await until(lambda: puppets.shown(ROOM) == shown)
        await until(bridge.running.owes_nothing)

    await bridge.guarded(done())
    await until(lambda: puppets.shown(ROOM) == shown)
    await bridge.running.hears(arrival)  # whoever saw no acknowledgement says it again


@in_virtual_time
async def test_a_kill_at_any_instant_leaves_nothing_and_doubles_nothing(tmp_path):
    outside = Outside()
    bridge = Showing(outside, tmp_path / "unharmed.db")
    await bridge.ensure()
    await stay(bridge)
    assert is_over(outside)
    instants = outside.fate.instants
    await bridge.running.stop()
    for kill_at in range(1, instants + 1, 2):
        bridge = Showing(Outside(kill_at), tmp_path / f"{kill_at}.db")
        await bridge.ensure()
        try:
            await stay(bridge)
            puppets = bridge.outside.puppets
            assert is_over(bridge.outside)
            said = [bool(content) for _, content in puppets.written]
            assert said == [True, False, True, False]
            assert await bridge.running.set_aside() == {}
        except (AssertionError, TimeoutError) as error:
            pytest.fail(f"killed at instant {kill_at}: {error!r}")
        finally:
            await bridge.running.stop()
