"""What the tests of moderation share: commands with their answers, and what arrives of a voice."""

import asyncio

import numpy as np

from tests.e2e.person import until
from tests.e2e.voice import RATE

LOUD = 1_000.0
"""The tones of the tests are far above it, in 16-bit samples; silence is far below."""


async def tells(person, room_id, text):
    """Type a command; what the bot answers."""
    return await person.reply_to(room_id, await person.say(room_id, text))


def loudness(voice, identity):
    """How loud what came in the last half second is (root mean square of 16-bit samples)."""
    frames = voice.heard.get(identity) or [np.zeros(1, np.int16)]
    samples = np.concatenate(frames[-50:])[-RATE // 2 :].astype(np.float64)
    return float(np.sqrt(np.mean(samples**2)))


async def hears(voice, identity, timeout_s=15):
    """Wait until a voice is heard."""

    async def is_loud():
        return loudness(voice, identity) > LOUD

    await until(is_loud, timeout_s)


async def falls_silent(voice, identity, timeout_s=5):
    """Wait until nothing of a voice arrives any more, and see that it stays so."""

    async def is_silent():
        return await arriving(voice, identity) < LOUD

    await until(is_silent, timeout_s)
    assert await arriving(voice, identity, 1.5) < LOUD


async def arriving(voice, identity, seconds=0.4):
    """How loud what arrives in the next moment is; 0 if nothing arrives."""
    voice.heard.pop(identity, None)
    await asyncio.sleep(seconds)
    return loudness(voice, identity)


async def may(voice, source, timeout_s=5):
    """Wait until LiveKit told the client that it may publish a source."""

    async def is_granted():
        return source in voice.room.local_participant.permissions.can_publish_sources

    await until(is_granted, timeout_s)


async def roster(person, room_id, holds, timeout_s=6):
    """Wait until the roster is so."""

    async def found():
        content = await person.state(room_id, "io.haos.voice.call")
        return content if content is not None and holds(content) else None

    return await until(found, timeout_s)


async def presence(person, room_id):
    """The thread's lines: text, and `(user, action)` of each change."""
    return [
        (
            event["content"]["body"],
            [
                (change["user_id"], change["action"])
                for change in event["content"]["io.haos.voice.presence"]["changes"]
            ],
        )
        for event in await person.bot_messages(room_id)
        if "io.haos.voice.presence" in event["content"]
    ]
