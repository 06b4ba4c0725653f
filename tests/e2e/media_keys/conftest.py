"""Encrypted rooms, and people whose devices have keys of their own."""

import asyncio
import uuid

import pytest

from haos_voice_bridge.adapters.livekit.tokens import Tokens
from haos_voice_bridge.core.grants import Grant
from tests.e2e.element_call.conftest import call, chromium, element_call, host_url
from tests.e2e.person import Person
from tests.e2e.web_widget.conftest import widget

__all__ = ["call", "chromium", "element_call", "host_url", "widget"]

ENCRYPTED = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
CHANNEL = {"type": "io.haos.voice.channel", "content": {"enabled": True}}


@pytest.fixture
def device(stack, http):
    """`await device("alice")`: somebody with a new device, whose keys nobody has seen."""

    async def made(name):
        known = await asyncio.to_thread(stack.user, name)
        login = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": name},
            "password": known.password,
            "device_id": f"KEYS{uuid.uuid4().hex[:8].upper()}",
        }
        url = f"{stack.homeserver_url}/_matrix/client/v3/login"
        async with http.post(url, json=login) as response:
            answer = await response.json()
        fresh = type(known)(**{**vars_of(known), **picked(answer)})
        return Person(http, stack.homeserver_url, fresh, stack.info.bot_user_id)

    return made


def picked(answer):
    return {name: answer[name] for name in ("access_token", "device_id")}


def vars_of(user):
    return {name: getattr(user, name) for name in user.__slots__}


@pytest.fixture
def sealed_channel(channel):
    """`await sealed_channel(bob)`: an encrypted voice channel of Alice's."""

    async def made(*members, settings=None):
        channel_state = {**CHANNEL, "content": settings or CHANNEL["content"]}
        return await channel(members=members, initial_state=[channel_state, ENCRYPTED])

    return made


@pytest.fixture
def eavesdropper(stack):
    """A token for the call of a room, by who runs the call server: they can listen, without keys."""

    class Clock:
        def now_ms(self):
            return 0

    info = stack.info
    tokens = Tokens(info.livekit_url, info.livekit_api_key, info.livekit_api_secret, Clock())

    def made(room_id):
        return tokens.open_token(
            room_id=room_id,
            identity="@eve:localhost:EVE",
            name="Eve",
            grant=Grant((), can_hear=True),
            call_id="",
            media_encryption=False,
        )

    return made
