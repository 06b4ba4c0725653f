"""The real parts, once a session: LiveKit, Synapse and the bridge, each its own process."""

import asyncio
import sys

import aiohttp
import pytest

from haos_voice_bridge.devstack.stack import Options, Stack
from tests.e2e.history import bot_is_in
from tests.e2e.person import Person

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    permissions = {
        "localhost": "start",
        "@mallory:localhost": "block",
        "@ada:localhost": "admin",
        "@guest:localhost": "join",
    }
    settings = {"bridge": {"permissions": permissions, "show_status": True}}
    stack = Stack.prepare(Options(tmp_path_factory.mktemp("stack"), bridge_settings=settings))
    with stack:
        yield stack


@pytest.fixture
def figure(capsys):
    """`figure("…")`: print a measurement, whatever pytest captures."""

    def shown(text):
        with capsys.disabled():
            sys.stdout.write(f"\n[figure] {text}\n")

    return shown


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def person(stack, http):
    """`await person("alice")`: somebody with an account."""

    async def made(name):
        user = await asyncio.to_thread(stack.user, name)
        return Person(http, stack.homeserver_url, user, stack.info.bot_user_id)

    return made


@pytest.fixture
async def alice(person):
    return await person("alice")


@pytest.fixture
async def bob(person):
    return await person("bob")


@pytest.fixture
def channel(stack, alice, bob):
    """`await channel()`: a new voice channel of Alice's, with the bot and Bob in it."""
    bot = stack.info.bot_user_id

    async def made(settings=None, members=(bob,), **options):
        settings = {"enabled": True} if settings is None else settings
        users = {bot: 100}
        if "room_version" in options:  # before 12, a creator is listed like everybody
            users[alice.user_id] = 100
        state = [{"type": "io.haos.voice.channel", "content": settings}]
        room_id = await alice.create_room(
            initial_state=options.pop("initial_state", state),
            power_level_content_override={
                "users": users,
                "events": {"m.room.power_levels": 100, "org.matrix.msc3401.call.member": 0},
            },
            invite=[bot, *(member.user_id for member in members)],
            **options,
        )
        for member in members:
            await member.join(room_id)

        await bot_is_in(alice, room_id, stack)
        return room_id

    return made
