"""Two bridges on one PostgreSQL behind one address: either takes anything, and one may die."""

import asyncio
import itertools
import json
import subprocess
import sys
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import aiohttp
import pytest
from ruamel.yaml import YAML

from haos_voice_bridge.devstack import http as plain
from haos_voice_bridge.devstack.ports import Ports
from haos_voice_bridge.devstack.stack import Options, Stack
from tests.e2e.openid import admission, request_token
from tests.e2e.person import Person, until
from tests.e2e.test_crash import cards_and_ends
from tests.e2e.voice import in_call
from tests.postgres import postgres_server, postgres_url  # noqa: F401 (fixtures)

pytestmark = pytest.mark.e2e


class Twin:
    """The stack's configuration on a port of its own."""

    def __init__(self, stack, folder):
        self.port = Ports.free().bridge
        config = YAML(typ="safe").load(stack.data / "bridge" / "config.yaml")
        config["appservice"]["port"] = self.port
        self._path = folder / f"twin-{self.port}.yaml"
        self._path.write_text(json.dumps(config))
        self._log = (folder / f"twin-{self.port}.log").open("w")
        self.process = None

    def start(self):
        argv = [sys.executable, "-m", "haos_voice_bridge", "-c", str(self._path)]
        self.process = subprocess.Popen(argv, stdout=self._log, stderr=self._log)

    def wait_ready(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with suppress(OSError):
                if plain.request("GET", f"http://127.0.0.1:{self.port}/ready").status == 200:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"no bridge on {self.port}:\n{Path(self._log.name).read_text()}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=20)
        self._log.close()


class Balancer:
    """One address for both: connections go to them in turn, past one that is down."""

    def __init__(self, port, backends):
        self._port = port
        self._backends = itertools.cycle(backends)
        self._count = len(backends)
        self._writers = set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for writer in self._writers:
            writer.close()
        await asyncio.sleep(0.2)

    async def _serve(self, reader, writer):
        for _ in range(self._count):
            with suppress(OSError):
                far_reader, far_writer = await asyncio.open_connection(
                    "127.0.0.1", next(self._backends)
                )
                break
        else:
            writer.close()
            return
        self._writers |= {writer, far_writer}
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        self._writers -= {writer, far_writer}


async def _pump(reader, writer):
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def test_two_bridges_share_the_work_and_one_may_die(tmp_path, postgres_url, figure):  # noqa: F811
    with ExitStack() as cleanup:
        options = Options(tmp_path / "stack", database=postgres_url)
        stack = await asyncio.to_thread(Stack.prepare, options)
        cleanup.callback(stack.stop)
        twins = [cleanup.enter_context(closing(Twin(stack, tmp_path))) for _ in range(2)]
        async with (
            Balancer(stack.ports.bridge, [twin.port for twin in twins]),
            aiohttp.ClientSession() as http,
        ):
            for part in (stack.livekit, stack.synapse):
                await asyncio.to_thread(part.start)
            for twin in twins:
                await asyncio.to_thread(twin.start)
            for twin in twins:
                await asyncio.to_thread(twin.wait_ready)
            people = []
            for name in ("alice", "bob"):
                user = await asyncio.to_thread(stack.user, name)
                people.append(Person(http, stack.homeserver_url, user, "@voice:localhost"))
            await one_knows_whom_the_other_let_in(people, twins, http)
            await calls_with_a_death(people, twins, figure)


async def one_knows_whom_the_other_let_in(people, twins, http):
    """A hashed identity, given out by a bridge that is dead when it comes to the SFU."""
    alice, bob = people
    bot = "@voice:localhost"
    room_id = await alice.create_room(
        initial_state=[{"type": "io.haos.voice.channel", "content": {"enabled": True}}],
        power_level_content_override={"users": {bot: 100}},
        invite=[bot, bob.user_id],
    )
    await bob.join(room_id)
    await alice.admission(room_id, timeout_s=20)  # the bot is in
    url = f"http://127.0.0.1:{twins[1].port}"
    status, answer = await request_token(http, url, bob, room_id, path="/get_token")
    assert status == 200
    await asyncio.to_thread(twins[1].kill)
    async with in_call(admission(answer)) as voice:

        async def is_named():
            call = await alice.state(room_id, "io.haos.voice.call")
            return call and [p["user_id"] for p in call["participants"]] == [bob.user_id]

        await until(is_named)
        await alice.kick(room_id, bob.user_id)
        await asyncio.wait_for(voice.disconnected.wait(), 5)
    await asyncio.to_thread(twins[1].start)
    await asyncio.to_thread(twins[1].wait_ready)


async def calls_with_a_death(people, twins, figure):
    alice, bob = people
    bot = "@voice:localhost"
    rooms = []
    for place in range(4):
        room_id = await alice.create_room(
            name=f"Room {place}",
            initial_state=[{"type": "io.haos.voice.channel", "content": {"enabled": True}}],
            power_level_content_override={"users": {bot: 100}},
            invite=[bot, bob.user_id],
        )
        await bob.join(room_id)
        rooms.append(room_id)
    died_at = 0.0
    for place, room_id in enumerate(rooms):
        async with in_call(await alice.admission(room_id, timeout_s=20)):
            async with in_call(await bob.admission(room_id, timeout_s=20)):
                if place == 1:
                    await asyncio.to_thread(twins[0].kill)
                    died_at = time.monotonic()
                await asyncio.sleep(1)
            if place == 2:
                await asyncio.to_thread(twins[0].start)
                await asyncio.to_thread(twins[0].wait_ready)

    async def all_over():
        states = [await alice.state(room_id, "io.haos.voice.call") for room_id in rooms]
        return all(state == {} for state in states)

    await until(all_over, 45, every_s=0.5)
    await asyncio.sleep(1)
    for room_id in rooms:
        cards, ends = cards_and_ends(await alice.bot_messages(room_id))
        assert len(cards) == 1
        assert cards == ends == dict.fromkeys(cards, 1)
    took = time.monotonic() - died_at
    figure(f"two bridges, one killed: {len(rooms)} calls, one card and end each, {took:.0f} s")
