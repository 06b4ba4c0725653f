"""Encrypted rooms with two bridges on one PostgreSQL: one device, used by both, and one may die."""

import asyncio
from contextlib import ExitStack, closing

import pytest

from haos_voice_bridge.devstack.stack import Options, Stack
from tests.e2e.person import until
from tests.e2e.talker import relation_of, talking
from tests.e2e.test_two_bridges import Balancer, Twin
from tests.postgres import postgres_server, postgres_url  # noqa: F401 (fixtures)

pytestmark = pytest.mark.e2e

BOT = "@voice:localhost"
ROOMS = 3


async def test_two_bridges_read_and_write_as_one_device(tmp_path, postgres_url):  # noqa: F811
    settings = {"encryption": {"enabled": True, "pickle_key": "pickle-key-of-the-test"}}
    with ExitStack() as cleanup:
        options = Options(tmp_path / "stack", database=postgres_url, bridge_settings=settings)
        stack = await asyncio.to_thread(Stack.prepare, options)
        cleanup.callback(stack.stop)
        twins = [cleanup.enter_context(closing(Twin(stack, tmp_path))) for _ in range(2)]
        async with Balancer(stack.ports.bridge, [twin.port for twin in twins]):
            for part in (stack.livekit, stack.synapse, *twins):
                await asyncio.to_thread(part.start)
            for twin in twins:
                await asyncio.to_thread(twin.wait_ready)
            async with talking(stack, tmp_path / "alice", "alice") as alice:
                await commands_with_a_death(alice, twins)


async def commands_with_a_death(alice, twins):
    rooms = [await alice.create_room(invite=[BOT]) for _ in range(ROOMS)]
    for room_id in rooms:
        await until(lambda room_id=room_id: has_joined(alice, room_id))
        await alice.sees(room_id, BOT)
    asked = {room_id: [] for room_id in rooms}
    for place in range(4):
        for room_id in rooms:  # all at once: both bridges want the device
            alice.client.invalidate_outbound_session(room_id)
            asked[room_id].append(await alice.say(room_id, "!voice help"))
        if place == 1:
            await asyncio.to_thread(twins[0].kill)
        if place == 2:
            await asyncio.to_thread(twins[0].start)
            await asyncio.to_thread(twins[0].wait_ready)
    for room_id, events in asked.items():
        for said in events:
            await alice.reply_to(room_id, said, 40)
    await asyncio.sleep(2)
    for room_id, events in asked.items():
        replies = [relation_of(event) for event in alice.bot_messages(room_id)]
        answered = [reply["m.in_reply_to"]["event_id"] for reply in replies]
        assert sorted(answered) == sorted(events), "each answered once"
        assert alice.unreadable_in(room_id) == []


async def has_joined(talker, room_id):
    answer = await talker.client.room_get_state_event(room_id, "m.room.member", BOT)
    return getattr(answer, "content", {}).get("membership") == "join"
