"""The web client as the bridge serves it, with accounts: Synapse, LiveKit, bridge, Chromium."""

import asyncio
import json
import socket

import aiohttp
import pytest

from haos_voice_bridge.adapters.http import web_client
from haos_voice_bridge.devstack.stack import Options, Stack
from tests.e2e.person import Person, until
from tests.web.standalone.resident import Resident


@pytest.fixture(scope="session")
def sso_port():
    """Where Synapse looks for the single sign-on server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="session")
def stack(tmp_path_factory, sso_port):
    if web_client.built() is None:
        pytest.fail("the web client is not built: run `make web` first")
    stack = Stack.prepare(Options(tmp_path_factory.mktemp("standalone")))
    path = stack.data / "synapse" / "homeserver.yaml"
    homeserver = json.loads(path.read_text())
    homeserver["cas_config"] = {"enabled": True, "server_url": f"http://127.0.0.1:{sso_port}"}
    # Else Synapse asks once more whether the page is to be trusted.
    homeserver["sso"] = {"client_whitelist": [stack.info.web_url]}
    path.write_text(json.dumps(homeserver))
    with stack:
        yield stack


@pytest.fixture
async def person(stack):
    """`await person("cleo")`: somebody with an account and a plain client."""
    async with aiohttp.ClientSession() as http:

        async def made(name):
            user = await asyncio.to_thread(stack.user, name)
            return Person(http, stack.homeserver_url, user, stack.info.bot_user_id)

        yield made


@pytest.fixture
async def channel(stack, person):
    """`await channel("Lounge", members)`: a voice channel of Alice's, with the bot in it."""
    alice, bot = await person("alice"), stack.info.bot_user_id

    async def made(name, members=(), settings=None, **options):
        room_id = await alice.create_room(
            name=name,
            initial_state=[
                {"type": "io.haos.voice.channel", "content": settings or {"enabled": True}},
                *options.pop("initial_state", ()),
            ],
            # As the bot sets it where it makes the channel.
            power_level_content_override={
                "users": {bot: 100},
                "events": {"m.room.power_levels": 100, "org.matrix.msc3401.call.member": 0},
            },
            invite=[bot, *(member.user_id for member in members)],
            **options,
        )
        for member in members:
            await member.join(room_id)

        async def bot_is_in():
            member = await alice.state(room_id, "m.room.member", bot)
            return member["membership"] == "join"

        await until(bot_is_in)
        return room_id

    return made


@pytest.fixture
async def at_home(stack, chromium):
    """`await at_home("alice")`: somebody with a browser, logged in; None: at the login."""
    residents = []

    async def made(name=None, path="", **context):
        resident = await Resident.at(chromium, stack.info.web_url + path, name or "", **context)
        resident.address = stack.info.web_url
        residents.append(resident)
        if name is not None:
            user = await asyncio.to_thread(stack.user, name)
            await resident.log_in(name, user.password)
        return resident

    yield made
    for resident in residents:
        await resident.context.close()
        assert resident.refused_by_policy == []
