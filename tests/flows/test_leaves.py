"""Leaves that were handed over, over hours of virtual time: outages, limits, kills, two bridges."""

import asyncio
import random
from contextlib import asynccontextmanager

import pytest

from haos_voice_bridge.aio import TaskScope
from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.token_service import job_runner
from haos_voice_bridge.token_service.job_runner import (
    MOST_OF_A_USER,
    JobRunner,
    MemoryJobs,
    Tools,
)
from haos_voice_bridge.token_service.jobs import Arrived, Departed, Job
from haos_voice_bridge.token_service.refused import NoSuchEvent, Refused
from tests.fakes.people import NOW
from tests.fakes.virtual_time import VirtualClock, in_virtual_time

DELAY_S = 10
KEY = ("ALIAS", "@ana:hs:DEV")


class Homeserver:
    """Delayed events that fire by themselves when nobody starts them anew."""

    def __init__(self, clock):
        self._clock = clock
        self.due = {}
        self.fired = {}
        self.restarts = 0
        self.is_down = False
        self.limit_s = None

    def schedule(self, delay_id):
        self.due[delay_id] = self._clock.now_ms() + DELAY_S * 1000

    def _tidy(self):
        now = self._clock.now_ms()
        for delay_id, moment in list(self.due.items()):
            if moment <= now:
                self.fired[delay_id] = moment
                del self.due[delay_id]

    def has_left(self, delay_id):
        self._tidy()
        return delay_id in self.fired

    async def check(self, server_name):
        pass

    async def _asked(self, delay_id):
        await asyncio.sleep(0.01)
        self._tidy()
        if self.is_down:
            raise Unavailable("down")
        if self.limit_s is not None:
            wait_s, self.limit_s = self.limit_s, None
            raise Unavailable("slow down", retry_after_s=wait_s)
        if delay_id not in self.due:
            raise NoSuchEvent(delay_id)

    async def restart(self, server_name, delay_id):
        await self._asked(delay_id)
        self.restarts += 1
        self.schedule(delay_id)

    async def send(self, server_name, delay_id):
        await self._asked(delay_id)
        self.fired[delay_id] = self._clock.now_ms()
        del self.due[delay_id]


class Sfu:
    def __init__(self):
        self.there = {}
        self.is_down = False

    async def ensure(self, alias):
        pass

    async def participant(self, alias, identity):
        await asyncio.sleep(0.01)
        if self.is_down:
            raise Unavailable("down")
        return self.there.get((alias, identity))


class Kept(MemoryJobs):
    """A store that outlives its users."""

    def __init__(self):
        self.jobs = {}
        self.is_down = False
        self.takes_s = 0.0

    def _check(self):
        if self.is_down:
            raise Unavailable("down")

    async def save(self, job):
        self._check()
        await asyncio.sleep(self.takes_s)
        self.jobs[job.key] = job

    async def forget(self, job):
        self._check()
        if self.jobs.get(job.key, job).delay_id == job.delay_id:
            self.jobs.pop(job.key, None)

    async def all(self):
        self._check()
        return list(self.jobs.values())


class Claimed:
    """Who works on what, of several processes."""

    def __init__(self, taken, me):
        self._taken, self._me = taken, me

    async def take(self, what):
        return self._taken.setdefault(what, self._me) == self._me

    async def release(self, what):
        if self._taken.get(what) == self._me:
            del self._taken[what]


class World:
    def __init__(self):
        self.clock = VirtualClock()
        self.homeserver, self.sfu, self.store = Homeserver(self.clock), Sfu(), Kept()
        self.taken = {}

    @asynccontextmanager
    async def runner(self, name="one", *, sanity_s=0):
        scope = TaskScope()
        claims = Claimed(self.taken, name)
        tools = Tools(self.sfu, self.homeserver, self.store, self.clock, claims)
        runner = JobRunner(tools, scope, sanity_s * 1000)
        await runner.restore()
        try:
            yield runner
        finally:
            runner.close()
            await scope.close(10)

    async def hand_over(self, runner, delay_id="syd_1"):
        self.homeserver.schedule(delay_id)
        job = Job(*KEY, "hs", delay_id, DELAY_S * 1000, self.clock.now_ms())
        await runner.take_over(job)

    def connect(self, runner=None, sid="PA_1"):
        self.sfu.there[KEY] = sid
        if runner is not None:
            runner.told(*KEY, Arrived(sid))

    def disconnect(self, runner=None):
        sid = self.sfu.there.pop(KEY)
        if runner is not None:
            runner.told(*KEY, Departed(sid))


@in_virtual_time
async def test_an_hour_in_a_call_and_the_leave_at_its_end():
    world = World()
    async with world.runner() as runner:
        await world.hand_over(runner)
        await asyncio.sleep(3)
        world.connect(runner)
        await asyncio.sleep(3000)
        assert not world.homeserver.has_left("syd_1")
        assert world.homeserver.restarts == pytest.approx(3000 / 8, abs=2), "at 80 % of the delay"
        world.disconnect(runner)
        await asyncio.sleep(0.1)
        assert world.homeserver.has_left("syd_1")
        assert world.store.jobs == {}
        assert world.taken == {}


@in_virtual_time
async def test_without_any_webhook_the_participant_is_found_and_missed():
    world = World()
    async with world.runner(sanity_s=5) as runner:
        await world.hand_over(runner)
        world.connect()
        await asyncio.sleep(100)
        assert not world.homeserver.has_left("syd_1")
        world.disconnect()
        await asyncio.sleep(6)
        assert world.homeserver.has_left("syd_1")


@in_virtual_time
async def test_a_short_outage_of_the_homeserver_costs_nothing():
    world = World()
    async with world.runner() as runner:
        await world.hand_over(runner)
        world.connect(runner)
        for _ in range(20):
            await asyncio.sleep(47)
            world.homeserver.is_down = True
            await asyncio.sleep(1.5)
            world.homeserver.is_down = False
        assert not world.homeserver.has_left("syd_1")
        world.homeserver.is_down = True
        world.disconnect(runner)
        await asyncio.sleep(1.8)
        world.homeserver.is_down = False
        await asyncio.sleep(2.5)
        assert world.homeserver.has_left("syd_1")


@in_virtual_time
async def test_a_rate_limit_is_kept_to():
    world = World()
    async with world.runner() as runner:
        await world.hand_over(runner)
        world.connect(runner)
        await asyncio.sleep(1)
        world.homeserver.limit_s = 1.5
        world.disconnect(runner)
        await asyncio.sleep(1.4)
        assert not world.homeserver.has_left("syd_1")
        await asyncio.sleep(0.3)
        assert world.homeserver.has_left("syd_1")


@in_virtual_time
async def test_an_outage_of_the_sfu_sends_nobody_away():
    world = World()
    async with world.runner(sanity_s=2) as runner:
        await world.hand_over(runner)
        world.connect(runner)
        world.sfu.is_down = True
        await asyncio.sleep(120)
        assert not world.homeserver.has_left("syd_1")


@in_virtual_time
async def test_a_kill_at_any_moment_loses_no_leave_and_breaks_no_call():
    dice = random.Random(7)
    world = World()
    async with world.runner() as runner:
        await world.hand_over(runner)
        world.connect(runner)
        await asyncio.sleep(0.5)
    for _ in range(40):
        await asyncio.sleep(dice.random())
        async with world.runner():
            await asyncio.sleep(20 * dice.random())
        assert not world.homeserver.has_left("syd_1")
        assert world.store.jobs
    world.disconnect()  # while nobody listens
    async with world.runner():
        await asyncio.sleep(1)
    assert world.homeserver.has_left("syd_1")
    assert world.store.jobs == {}


@in_virtual_time
async def test_the_new_job_of_a_device_replaces_its_old_one():
    world = World()
    async with world.runner() as runner:
        await world.hand_over(runner, "syd_1")
        world.connect(runner)
        await asyncio.sleep(20)
        await world.hand_over(runner, "syd_2")
        await asyncio.sleep(60)
        assert world.homeserver.has_left("syd_1"), "nobody starts it anew any more"
        assert not world.homeserver.has_left("syd_2")
        assert [job.delay_id for job in world.store.jobs.values()] == ["syd_2"]
        world.disconnect(runner)
        await asyncio.sleep(0.1)
        assert world.homeserver.has_left("syd_2")


@in_virtual_time
async def test_what_the_old_job_had_under_way_does_not_undo_the_new_one():
    for early_ms in range(0, 60, 3):  # before the moment at which a restart is written down
        world = World()
        async with world.runner() as runner:
            await world.hand_over(runner, "syd_1")
            world.connect(runner)
            while world.homeserver.restarts == 0:
                await asyncio.sleep(0.001)
            world.store.takes_s = 0.02
            await asyncio.sleep(8.03 - early_ms / 1000)
            world.store.takes_s = 0.005
            await world.hand_over(runner, "syd_2")
            for _ in range(60):  # a kill at any of these moments finds the new one
                kept = [job.delay_id for job in world.store.jobs.values()]
                assert kept == ["syd_2"], early_ms
                await asyncio.sleep(0.001)


@in_virtual_time
async def test_who_left_while_nobody_listened_is_out_long_before_the_delay_is_over():
    world = World()
    async with world.runner() as runner:
        await world.hand_over(runner)
        world.connect(runner)
        await asyncio.sleep(1)
    world.disconnect()
    async with world.runner():
        await asyncio.sleep(0.5)
        assert world.homeserver.has_left("syd_1")


@in_virtual_time
async def test_a_store_that_is_down_costs_the_safety_but_not_the_leave():
    world = World()
    async with world.runner() as runner:
        world.store.is_down = True
        await world.hand_over(runner)
        world.connect(runner)
        await asyncio.sleep(60)
        assert not world.homeserver.has_left("syd_1")
        world.disconnect(runner)
        await asyncio.sleep(0.1)
        assert world.homeserver.has_left("syd_1")


@in_virtual_time
async def test_nothing_is_taken_on_during_the_stop():
    world = World()
    async with world.runner() as runner:
        runner.close()
        with pytest.raises(Refused) as caught:
            await world.hand_over(runner)
    assert (caught.value.status, caught.value.errcode, caught.value.error) == (
        503,
        "M_UNKNOWN",
        "Service is shutting down",
    )
    assert world.store.jobs == {}


async def hands_over_many(runner, owner, count, *, start=0):
    """How they were refused, if they were."""
    refused = []
    for number in range(start, start + count):
        job = Job("ALIAS", f"{owner}:DEV{number}", "hs", "syd_1", 600_000, NOW)
        try:
            await runner.take_over(job, owner)
        except Refused as error:
            refused.append((error.status, error.errcode))
    return refused


@in_virtual_time
async def test_a_user_hands_over_only_so_many_leaves():
    world = World()
    async with world.runner() as runner:
        assert await hands_over_many(runner, "@eve:hs", MOST_OF_A_USER) == []
        more = await hands_over_many(runner, "@eve:hs", 2, start=MOST_OF_A_USER)
        assert more == [(429, "M_LIMIT_EXCEEDED")] * 2
        assert len(world.store.jobs) == MOST_OF_A_USER
        assert await hands_over_many(runner, "@eve:hs", 1) == [], "one that replaces its own"
        assert await hands_over_many(runner, "@ana:hs", 1) == []
        await asyncio.sleep(660)
        assert world.store.jobs == {}, "nobody connected, so all are over"
        assert await hands_over_many(runner, "@eve:hs", MOST_OF_A_USER) == []


@in_virtual_time
async def test_all_strangers_together_hand_over_only_so_many_leaves(monkeypatch):
    monkeypatch.setattr(job_runner, "MOST", 10)
    world = World()
    async with world.runner() as runner:
        for number in range(5):
            assert await hands_over_many(runner, f"@u{number}:hs", 2) == []
        assert await hands_over_many(runner, "@eve:hs", 1) == [(503, "M_UNKNOWN")]
        await world.hand_over(runner)  # our own, for a puppet, say


@in_virtual_time
async def test_a_delayed_event_that_the_client_cancelled_ends_the_job():
    world = World()
    async with world.runner() as runner:
        await world.hand_over(runner)
        world.connect(runner)
        await asyncio.sleep(1)
        del world.homeserver.due["syd_1"]
        await asyncio.sleep(9)
        assert world.store.jobs == {}


@in_virtual_time
async def test_of_two_bridges_one_works_at_a_job_and_the_other_takes_over():
    world = World()
    async with world.runner("two", sanity_s=2) as two:
        async with world.runner("one", sanity_s=2) as one:
            await world.hand_over(one)
            world.connect(one)
            for _ in range(10):
                await asyncio.sleep(2)
                await two.restore()
            assert world.homeserver.restarts == pytest.approx(20 / 8, abs=1), "not twice as many"
            # A new request reaches the other bridge.
            await world.hand_over(two, "syd_2")
            await one.restore()
            await asyncio.sleep(20)
            assert not world.homeserver.has_left("syd_2")
        await two.restore()  # the first bridge ended
        await asyncio.sleep(30)
        assert not world.homeserver.has_left("syd_2")
        world.disconnect()
        await asyncio.sleep(3)
        assert world.homeserver.has_left("syd_2")
