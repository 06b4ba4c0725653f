"""A bridge without encryption in encrypted rooms: it says so once, and the rest works."""

import asyncio

import pytest

from tests.e2e.person import until
from tests.e2e.voice import in_call

pytestmark = pytest.mark.e2e

ENCRYPTION = {"algorithm": "m.megolm.v1.aes-sha2"}


async def told(person, room_id):
    """How often the bot said that it cannot read here."""
    bodies = [message["content"]["body"] for message in await person.bot_messages(room_id)]
    return [body for body in bodies if "cannot read what you type" in body]


async def test_it_is_told_once_when_the_bot_joins(stack, alice, channel):
    room_id = await channel(
        initial_state=[
            {"type": "m.room.encryption", "content": ENCRYPTION},
            {"type": "io.haos.voice.channel", "content": {"enabled": True}},
        ]
    )
    (text,) = await until(lambda: told(alice, room_id))
    assert "io.haos.voice.channel" in text
    assert "/#/room/" in text
    await alice.kick(room_id, stack.info.bot_user_id)
    await alice.invite(room_id, stack.info.bot_user_id)

    async def is_back():
        member = await alice.state(room_id, "m.room.member", stack.info.bot_user_id)
        return member["membership"] == "join"

    await until(is_back)
    await asyncio.sleep(1.5)
    assert len(await told(alice, room_id)) == 1


async def test_it_is_told_once_when_encryption_is_switched_on(alice, channel):
    room_id = await channel()
    assert not await told(alice, room_id)
    await alice.set_state(room_id, "m.room.encryption", ENCRYPTION)
    await until(lambda: told(alice, room_id))
    await alice.set_state(room_id, "m.room.encryption", {**ENCRYPTION, "rotation_period_msgs": 50})
    await asyncio.sleep(1.5)
    assert len(await told(alice, room_id)) == 1


async def test_calls_work_and_their_card_is_in_clear(alice, channel):
    room_id = await channel()
    await alice.set_state(room_id, "m.room.encryption", ENCRYPTION)
    async with in_call(await alice.admission(room_id, media_encryption=True)):

        async def card():
            bodies = [m["content"]["body"] for m in await alice.bot_messages(room_id)]
            return any("started a call" in body for body in bodies)

        await until(card)
