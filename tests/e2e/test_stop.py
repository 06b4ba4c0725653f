"""A stop that was asked for: what is under way is finished, what is left is on disk."""

import asyncio
import time

import pytest

from tests.e2e.person import until

pytestmark = pytest.mark.e2e

STOP_S = 10.0
COMMANDS = 15


async def stopped(stack):
    """Stop the bridge; how long it took."""
    began = time.monotonic()
    await asyncio.to_thread(stack.bridge.stop)
    return time.monotonic() - began


async def answered_once(person, room_id, commands):
    """Wait until each command has its answer; how many answers there are to each."""

    async def counts():
        targets = [
            message["content"]["m.relates_to"]["m.in_reply_to"]["event_id"]
            for message in await person.bot_messages(room_id)
            if "m.in_reply_to" in message["content"].get("m.relates_to", {})
        ]
        found = [targets.count(command) for command in commands]
        return found if all(found) else None

    return await until(counts, 60, every_s=0.5)


async def test_a_stop_in_the_middle_of_work_loses_and_doubles_nothing(
    stack, alice, bob, channel, figure
):
    room_id = await channel()
    commands = []
    for _ in range(COMMANDS):
        commands.append(await alice.say(room_id, "!voice version"))
        commands.append(await bob.say(room_id, "!voice version"))
    took = await stopped(stack)
    assert "ended with 0;" in stack.bridge.ending
    await asyncio.to_thread(stack.bridge.start)
    assert took <= STOP_S
    assert set(await answered_once(alice, room_id, commands)) == {1}
    figure(f"a stop with {len(commands)} commands under way: {took:.2f} s")


async def test_a_stop_while_the_homeserver_hangs_takes_no_longer(stack, alice, channel, figure):
    room_id = await channel()
    commands = [await alice.say(room_id, "!voice version") for _ in range(3)]
    stack.synapse.pause()
    try:
        await asyncio.sleep(0.5)
        took = await stopped(stack)
    finally:
        stack.synapse.resume()
    await asyncio.to_thread(stack.bridge.start)
    assert took <= STOP_S + 1.5, "work gets its ten seconds, then it is cut off"
    assert set(await answered_once(alice, room_id, commands)) == {1}
    figure(f"a stop while the homeserver hangs: {took:.2f} s")
