"""Parts die, restart, and lose what they were told: each call is told once, and nobody is lost.

CHAOS_KILLS: how often the bridge is killed (15). CHAOS_SEED: the seed that a failing run named.
"""

import asyncio
import os

import pytest

from tests.chaos.proxy import Mischief

pytestmark = pytest.mark.e2e

KILLS = int(os.environ.get("CHAOS_KILLS", "15"))


async def test_a_bridge_killed_at_random_moments_loses_and_doubles_nothing(arena, figure):
    async with arena.play():
        for number in range(KILLS):
            # Ghosts must be over at the end: LiveKit keeps them for 21 s, their calls 30 s more.
            arena.script.vanishing_for_good = number < KILLS - 12
            await arena.pause(0.2, 3)
            if arena.chance.random() < 0.5:  # the moments that matter are short: seek them, too
                await arena.sending(within_s=3)
                await arena.pause(0, 0.03)
            await arena.away(arena.stack.bridge, arena.chance.choice([0, 0, 0.5, 1.5]))
        await arena.pause(3, 3)
        figure(f"{KILLS} kills of the bridge: {await arena.verdict()}")


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_a_call_outlives_a_restart_of_livekit(arena, figure, how):
    """Its rooms are lost; clients ask for a new token once their connection is given up."""
    async with arena.play(rooms=1, scripted=False):
        (room_id,) = arena.rooms
        alice, bob, carol, _ = arena.people
        visits = [
            asyncio.ensure_future(
                arena.script.visit(room_id, person, "DEV", start=place / 2, seconds=60)
            )
            for place, person in enumerate((alice, bob, carol))
        ]
        await arena.full(room_id, 3)
        await arena.away(arena.stack.livekit, 3, how=how)
        back_s = await arena.full(room_id, 3, within_s=45)
        said = await arena.verdict(visits)
        assert said.startswith("1 calls"), said
        figure(f"LiveKit's {how}: all back after {back_s:.1f} s; {said}")


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_a_homeserver_that_restarts_during_calls_is_told_all_once(arena, figure, how):
    async with arena.play():
        times = 1 if how == "stop" else 3
        for _ in range(times):
            await arena.pause(1, 3)
            await arena.sending()
            await arena.away(arena.stack.synapse, arena.chance.choice([0, 1]), how=how)
        await arena.pause(3, 3)
        figure(f"Synapse's {how} while sending, {times} times: {await arena.verdict()}")


async def test_a_database_away_for_20_s_is_waited_for(arena_on_postgres, postgres, figure):
    arena = arena_on_postgres
    async with arena.play():
        bridge = arena.stack.bridge.pid
        await arena.pause(3, 5)
        await arena.away(postgres, 20, how="stop")
        await arena.pause(4, 4)
        await arena.away(postgres, 1, how="kill")
        await arena.pause(3, 3)
        said = await arena.verdict()
        assert arena.stack.bridge.is_running
        assert arena.stack.bridge.pid == bridge
        figure(f"PostgreSQL away for 20 s, and killed: {said}")


async def test_webhooks_lost_doubled_and_late_are_made_up_for(arena, figure):
    async with arena.play():
        arena.script.pace = 2.5  # long enough for a stay that nobody told to be missed
        arena.proxy.mischief = Mischief(lose=0.25, double=0.1, delay=0.15)
        await arena.pause(25, 25)
        said = await arena.verdict(told_late=True)
        figure(f"webhooks {dict(arena.proxy.done)}: {said}")


async def test_everything_at_once(arena, figure):
    stack = arena.stack
    async with arena.play():
        arena.proxy.mischief = Mischief(lose=0.1, double=0.1, delay=0.1)
        faults = [
            (stack.bridge, "kill"),
            (stack.bridge, "stop"),
            (stack.livekit, "kill"),
            (stack.livekit, "stop"),
            (stack.synapse, "kill"),
            (stack.synapse, "stop"),
        ]
        arena.chance.shuffle(faults)
        for part, how in faults:
            await arena.pause(1, 4)
            await arena.away(part, arena.chance.uniform(0, 2), how=how)
        await arena.pause(3, 3)
        said = await arena.verdict(told_late=True)
        figure(f"{len(faults)} faults and webhooks {dict(arena.proxy.done)}: {said}")
