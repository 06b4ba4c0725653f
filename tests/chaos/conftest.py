"""Real servers that the scenarios break: one set on SQLite, one on PostgreSQL."""

import socket
import sys

import aiohttp
import pytest

from haos_voice_bridge.devstack.stack import Options, Stack
from tests.chaos.arena import Arena
from tests.chaos.database import running_postgres
from tests.chaos.proxy import PATH


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@pytest.fixture(scope="package")
def hook_port():
    """Where LiveKit sends its webhooks: a test puts the proxy there."""
    return _free_port()


def _stack(folder, hook_port, database=None):
    hook = f"http://127.0.0.1:{hook_port}{PATH}"
    return Stack.prepare(Options(folder, database=database, webhook_url=hook))


@pytest.fixture(scope="package")
def stack(tmp_path_factory, hook_port):
    with _stack(tmp_path_factory.mktemp("chaos"), hook_port) as stack:
        yield stack


@pytest.fixture
async def http():
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield session


@pytest.fixture
def arena(stack, http, hook_port):
    return Arena(stack, http, hook_port, stack.data / "bridge" / "bridge.db")


@pytest.fixture
def postgres():
    with running_postgres() as server:
        yield server


@pytest.fixture
def arena_on_postgres(tmp_path, http, hook_port, postgres):
    url = postgres.new_database()
    with _stack(tmp_path, hook_port, url) as stack:
        yield Arena(stack, http, hook_port, url)


@pytest.fixture
def figure(capsys):
    """`figure("…")`: print a measurement, whatever pytest captures."""

    def shown(text):
        with capsys.disabled():
            sys.stdout.write(f"\n[figure] {text}\n")

    return shown
