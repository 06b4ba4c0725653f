"""Element Call in a chat of two, with the bot in it: ringing, declining, answering."""

import asyncio

import pytest

from tests.e2e.element_call.told import shown_card
from tests.e2e.person import until

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::ResourceWarning")]

RING = "org.matrix.msc4075.rtc.notification"
DECLINE = "org.matrix.msc4310.rtc.decline"


@pytest.fixture
async def chat(stack, alice, bob):
    """A chat of Alice and Bob, into which the bot came later."""
    bot = stack.info.bot_user_id
    room_id = await alice.create_room(
        name="",
        preset="trusted_private_chat",
        is_direct=True,
        invite=[bob.user_id],
        initial_state=[{"type": "io.haos.voice.channel", "content": {"enabled": True}}],
        power_level_content_override={
            "users": {bot: 100},
            "events": {"org.matrix.msc3401.call.member": 0},
        },
    )
    await bob.join(room_id)
    await alice.invite(room_id, bot)

    async def bot_is_in():
        return (await alice.state(room_id, "m.room.member", bot))["membership"] == "join"

    await until(bot_is_in)
    return room_id


async def rings(reader, room_id):
    return [event for event in await reader.timeline(room_id) if event["type"] == RING]


async def test_a_decline_ends_the_callers_call_and_the_card_says_so(alice, bob, chat, call):
    hers = await call(alice, chat, intent="start_call_dm")
    await hers.joined()

    async def rung():
        return await rings(bob, chat)

    (ring,) = await until(rung, 10)
    print(ring)
    await asyncio.sleep(6)
    print(await rings(bob, chat))
    print(await shown_card(bob, chat))
    await hers.screenshot()
    relates = {"rel_type": "m.reference", "event_id": ring["event_id"]}
    await bob.send(chat, DECLINE, {"m.relates_to": relates})
    await asyncio.sleep(6)
    print(await shown_card(bob, chat))
    print(await hers.actions())
    assert 0
