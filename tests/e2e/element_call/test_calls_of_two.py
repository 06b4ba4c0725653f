"""Element Call in a chat of two, with the bot in it: ringing, declining, answering."""

import asyncio

import pytest
from playwright.async_api import expect

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


async def the_ring(reader, room_id):
    """The room's one ring, and none of the bot's beside it."""

    async def found():
        return await rings(reader, room_id)

    (ring,) = await until(found, 10)
    return ring


async def card_is(reader, room_id, state, text):
    async def matches():
        card = await shown_card(reader, room_id)
        return card is not None and card[0] == state and card[1].startswith(text)

    await until(matches, 10)


async def test_a_call_that_is_declined_ends(alice, bob, chat, call):
    hers = await call(alice, chat, intent="start_call_dm")
    await hers.joined()
    ring = await the_ring(bob, chat)
    await expect(hers.tile("Bob").get_by_text("Calling")).to_be_visible()
    await card_is(bob, chat, "ringing", "Alice is calling Bob.")
    relates = {"rel_type": "m.reference", "event_id": ring["event_id"]}
    await bob.send(chat, DECLINE, {"m.relates_to": relates})
    await hers.has_said("io.element.close")
    await hers.close()
    await card_is(bob, chat, "declined", "")


async def test_a_call_that_is_answered_is_rung_once_and_ends_with_the_other(alice, bob, chat, call):
    hers = await call(alice, chat, intent="start_call_dm")
    await hers.joined()
    await the_ring(bob, chat)
    his = await call(bob, chat, intent="join_existing_dm")
    await his.joined()
    await asyncio.gather(hers.sees("Bob"), his.sees("Alice"))
    await card_is(bob, chat, "active", "Alice started a call.")
    await his.hang_up()
    await hers.has_said("io.element.close")
    await hers.close()
    await card_is(bob, chat, "ended", "Call ended after")
    await the_ring(bob, chat)
