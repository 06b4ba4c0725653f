"""Echo tests as processes: how many, what is told, and how they end. The children are real."""

import asyncio
import sys

import pytest

from haos_voice_bridge.adapters.livekit.echo import EchoTests
from haos_voice_bridge.aio import TaskScope
from haos_voice_bridge.core.echo import AT_ONCE
from tests.e2e.person import until

ROOM = "!lounge:hs"
PLAYS = (
    "import json, sys; order = json.loads(sys.stdin.readline());"
    "print(json.dumps({'state': 'playing'}), flush=True); sys.stdin.read();"
    "print(json.dumps({'state': 'ended', 'reason': 'stopped', 'heard': False}), flush=True)"
)
HEARS_NOTHING = PLAYS.replace("sys.stdin.read();", "").replace("stopped", "silent")
PANICS = PLAYS.replace(
    "sys.stdin.read();", "print('at', order, file=sys.stderr); import os; os.abort();"
)


class Tokens:
    def echo_token(self, room_id, identity):
        return "a.secret.token"


class LiveKit:
    def __init__(self):
        self.removed = []

    async def remove_participant(self, room_id, identity):
        self.removed.append((room_id, identity))


class Told:
    def __init__(self):
        self.news = []

    async def __call__(self, news):
        self.news.append(news)

    async def hears(self, *news):
        async def heard():
            return self.news == list(news)

        await until(heard, 20)


@pytest.fixture
async def echoes():
    """`echoes(*command)`: echo tests by that command."""
    scope, made = TaskScope(), []

    def make(*command):
        tests = EchoTests(LiveKit(), Tokens(), scope, "ws://sfu.test", command)
        made.append(tests)
        return tests

    yield make
    for tests in made:
        await tests.close()
    await scope.close(10)
    assert not any(tests._running for tests in made)


def python(script):
    return sys.executable, "-c", script


async def test_one_a_person_and_call_and_it_ends_when_told(echoes):
    tests, told = echoes(*python(PLAYS)), Told()
    await tests.start(ROOM, "echo:1", ["@ana:hs:D"], told)
    await told.hears("playing")
    await tests.start(ROOM, "echo:1", ["@ana:hs:D"], told)
    await told.hears("playing", "running")
    process = tests._running[ROOM, "echo:1"]
    await tests.stop(ROOM, "echo:1")
    assert await process.wait() == 0
    await asyncio.sleep(0.2)
    assert told.news == ["playing", "running"], "who stopped it needs no more news"


async def test_there_is_a_limit_and_a_place_that_is_free_again(echoes):
    tests, told = echoes(*python(PLAYS)), Told()
    for n in range(AT_ONCE + 1):
        await tests.start(ROOM, f"echo:{n}", ["@ana:hs:D"], told)
    await told.hears("too_many", *["playing"] * AT_ONCE)
    process = tests._running[ROOM, "echo:0"]
    await tests.stop(ROOM, "echo:0")
    await process.wait()
    await asyncio.sleep(0.2)
    other = Told()
    await tests.start(ROOM, "echo:9", ["@ana:hs:D"], other)
    await other.hears("playing")


async def test_an_echo_of_another_bridge_is_taken_out_of_the_call(echoes):
    tests = echoes(*python(PLAYS))
    await tests.stop(ROOM, "echo:7")
    assert tests._livekit.removed == [(ROOM, "echo:7")]


async def test_who_was_not_heard_is_told_so(echoes):
    told = Told()
    await echoes(*python(HEARS_NOTHING)).start(ROOM, "echo:1", ["@ana:hs:D"], told)
    await told.hears("playing", "silent")


async def test_without_the_sdk_it_is_said(echoes):
    """Python without its site packages has no SDK."""
    told = Told()
    command = (sys.executable, "-S", "-m", "haos_voice_bridge.media.echo")
    await echoes(*command).start(ROOM, "echo:1", ["@ana:hs:D"], told)
    await told.hears("missing")


async def test_a_panic_costs_the_echo_alone_and_its_output_shows_no_token(echoes, caplog):
    told = Told()
    await echoes(*python(PANICS)).start(ROOM, "echo:1", ["@ana:hs:D"], told)
    await told.hears("playing", "failed")
    assert "[token]" in caplog.text
    assert "a.secret.token" not in caplog.text


async def test_a_program_that_is_not_there_is_a_failure(echoes):
    told = Told()
    await echoes("/no/such/python").start(ROOM, "echo:1", ["@ana:hs:D"], told)
    await told.hears("failed")
