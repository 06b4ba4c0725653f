"""kill -9 at random moments of calls: one card, one end, one history row each."""

import asyncio
import os
import random

import pytest

from tests.e2e.history import history_of
from tests.e2e.person import until
from tests.e2e.voice import in_call

pytestmark = pytest.mark.e2e

ROUNDS = 20
SCRIPT_S = 4.5


async def scripted_call(alice, bob, room_id):
    """Alice starts a call, Bob comes and goes, Alice leaves; the call is over afterwards."""
    async with in_call(await alice.admission(room_id, timeout_s=40)):
        await asyncio.sleep(0.5)
        async with in_call(await bob.admission(room_id, timeout_s=40)):
            await asyncio.sleep(1)
        await asyncio.sleep(0.5)


def cards_and_ends(messages):
    """Call id → how often its card was sent, and how often its end was told."""
    cards, ends = {}, {}
    for message in messages:
        content = message["content"]
        card = content.get("m.new_content", content).get("io.haos.voice.card")
        if card is None:
            continue
        is_edit = content.get("m.relates_to", {}).get("rel_type") == "m.replace"
        counts = ends if is_edit else cards
        counts[card["call_id"]] = counts.get(card["call_id"], 0) + 1
    return cards, ends


async def test_a_bridge_killed_at_any_moment_writes_each_card_and_end_once(
    stack, alice, bob, channel, figure
):
    seed = int(os.environ.get("CRASH_SEED", random.randrange(10**6)))
    chance = random.Random(seed)
    rooms = []
    for _ in range(ROUNDS):
        room_id = await channel()
        rooms.append(room_id)
        script = asyncio.ensure_future(scripted_call(alice, bob, room_id))
        await asyncio.sleep(chance.uniform(0, SCRIPT_S))
        await asyncio.to_thread(stack.bridge.kill)
        await asyncio.sleep(chance.choice([0, 0, 0.5, 2]))
        await asyncio.to_thread(stack.bridge.start)
        await script

    async def all_over():
        states = [await alice.state(room_id, "io.haos.voice.call") for room_id in rooms]
        return all(state == {} for state in states)

    # Whoever left while the bridge was down counts as dropped, and may come back for 30 s.
    await until(all_over, 60, every_s=1)
    await asyncio.sleep(1)
    calls = 0
    for place, room_id in enumerate(rooms):
        cards, ends = cards_and_ends(await alice.bot_messages(room_id))
        rows, _ = await asyncio.to_thread(history_of, stack, room_id)
        where = f"seed {seed}, round {place}"
        assert set(cards.values()) == set(ends.values()) == {1}, where
        assert set(cards) == set(ends) == {row[0] for row in rows}, where
        assert len(rows) == len(cards), where
        calls += len(rows)
    figure(f"{ROUNDS} kills (seed {seed}): {calls} calls, each with one card, one end, one row")
