"""Encrypted rooms, and people whose devices have keys of their own."""

import asyncio
import uuid
from dataclasses import replace

import pytest

from tests.e2e.element_call.conftest import call, chromium, element_call, host_url
from tests.e2e.person import Person
from tests.e2e.web_widget.conftest import widget

__all__ = ["call", "chromium", "element_call", "host_url", "widget"]

ENCRYPTED = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


@pytest.fixture
def device(stack, http):
    """`await device("alice")`: somebody with a new device, whose keys nobody has seen."""

    async def made(name):
        user = await asyncio.to_thread(stack.user, name)
        login = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": name},
            "password": user.password,
            "device_id": f"KEYS{uuid.uuid4().hex[:8].upper()}",
        }
        url = f"{stack.homeserver_url}/_matrix/client/v3/login"
        async with http.post(url, json=login) as response:
            answer = await response.json()
        token, device_id = answer["access_token"], answer["device_id"]
        fresh = replace(user, access_token=token, device_id=device_id)
        return Person(http, stack.homeserver_url, fresh, stack.info.bot_user_id)

    return made


@pytest.fixture
def sealed_channel(channel):
    """`await sealed_channel(bob)`: an encrypted voice channel of Alice's."""

    async def made(*members, **settings):
        content = {"enabled": True, **settings}
        state = [{"type": "io.haos.voice.channel", "content": content}, ENCRYPTED]
        return await channel(members=members, initial_state=state)

    return made
