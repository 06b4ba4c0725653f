"""A Synapse with TLS, a LiveKit, and the token service as its own process between them.

`TOKEN_SERVICE=/path/to/lk-jwt-service` runs the same tests on the original, as far as it goes;
`LK_JWT_SERVICE=/path/to/lk-jwt-service` also those in which it and ours take turns.
"""

import asyncio
import os
import shlex
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import pytest
from livekit import api

from haos_voice_bridge.devstack import cache, livekit, matrix, synapse
from haos_voice_bridge.devstack.ports import HOST, Ports
from haos_voice_bridge.devstack.process import Part
from haos_voice_bridge.devstack.progress import quiet
from haos_voice_bridge.devstack.state import State
from tests import certificates
from tests.e2e.person import Person
from tests.redis_server import free_port, redis_server, redis_url

__all__ = ["redis_server", "redis_url"]

COMMAND = shlex.split(os.environ.get("TOKEN_SERVICE", ""))
ORIGINAL = bool(COMMAND)
COMMAND = COMMAND or [sys.executable, "-m", "haos_voice_bridge", "auth-service"]


@dataclass
class Servers:
    """What is between the token service and the world."""

    ports: Ports
    state: State
    server_name: str
    certificate: Path
    synapse: Part
    livekit: Part

    @property
    def homeserver_url(self):
        return f"http://{HOST}:{self.ports.synapse}"

    @property
    def livekit_url(self):
        return f"ws://{HOST}:{self.ports.livekit}"


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rtc")
    ports, state, tls = Ports.free(), State(), free_port()
    name = f"localhost:{tls}"
    certificate, key = certificates.make(folder / "tls")
    content = synapse.config(folder / "synapse", ports.synapse, state, None, "http://unused")
    (listener,) = content["listeners"]
    content |= {
        "server_name": name,
        "public_baseurl": f"https://{name}/",
        "tls_certificate_path": str(certificate),
        "tls_private_key_path": str(key),
        "listeners": [listener, {**listener, "port": tls, "tls": True}],
    }
    python = synapse.find(cache.folder(), quiet())
    hook = f"http://{HOST}:{ports.bridge}/sfu_webhook"
    sfu = livekit.config(ports, state, hook)
    server = livekit.find(cache.folder(), quiet())
    parts = [
        Part(livekit.command(server, folder / "livekit", ports, sfu)),
        Part(synapse.command(python, folder / "synapse", ports.synapse, content)),
    ]
    try:
        for part in parts:
            part.start()
        yield Servers(ports, state, name, certificate, parts[1], parts[0])
    finally:
        for part in parts:
            part.stop()


class Service:
    """The token service; it may be killed and started any number of times."""

    def __init__(self, servers, log, **env):
        self.port = env.pop("port", None) or servers.ports.bridge
        self.url = f"http://{HOST}:{self.port}"
        self.log = log
        self.ready_s = None
        self._process = None
        self.command = COMMAND
        self._env = {
            **os.environ,
            "SSL_CERT_FILE": str(servers.certificate),
            "LIVEKIT_URL": servers.livekit_url,
            "LIVEKIT_KEY": servers.state.livekit_api_key,
            "LIVEKIT_SECRET": servers.state.livekit_api_secret,
            "LIVEKIT_JWT_BIND": f"{HOST}:{self.port}",
            "LIVEKIT_FULL_ACCESS_HOMESERVERS": servers.server_name,
            "LIVEKIT_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
            "LIVEKIT_LOG_LEVEL": "debug",
            **env,
        }

    def start(self):
        began = time.monotonic()
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command, env=self._env, stdout=output, stderr=subprocess.STDOUT
            )
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() - began < 20, self.log.read_text()
            time.sleep(0.01)
        self.ready_s = time.monotonic() - began
        return self

    def _answers(self):
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self):
        self._process.terminate()
        return self._process.wait(15)

    def kill(self):
        self._process.kill()
        self._process.wait()

    @property
    def cpu_s(self):
        """What it has used by now."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def text(self):
        return self.log.read_text()


@pytest.fixture
def service(servers, tmp_path):
    """`service(LIVEKIT_…="…")`: start one; ended with the test."""
    started = []

    def start(**env):
        one = Service(servers, tmp_path / f"service{len(started)}.log", **env).start()
        started.append(one)
        return one

    yield start
    for one in started:
        one.kill()


@pytest.fixture(scope="module")
def plain(servers, tmp_path_factory):
    """One for tests that change nothing of it."""
    one = Service(servers, tmp_path_factory.mktemp("service") / "log").start()
    yield one
    one.kill()


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(scope="session")
def accounts():
    return {}


@pytest.fixture
def person(servers, http, accounts):
    async def made(name):
        if name not in accounts:
            secret = servers.state.registration_shared_secret
            answer = await asyncio.to_thread(
                matrix.register, servers.homeserver_url, secret, name, "secret"
            )
            accounts[name] = SimpleNamespace(**answer)
        return Person(http, servers.homeserver_url, accounts[name], "@nobody:hs")

    return made


@pytest.fixture
async def alice(person):
    return await person("alice")


@pytest.fixture
async def rooms(servers, http):
    """LiveKit's RoomService."""
    made = api.LiveKitAPI(
        f"http://{HOST}:{servers.ports.livekit}",
        servers.state.livekit_api_key,
        servers.state.livekit_api_secret,
        session=http,
    )
    return made.room


@pytest.fixture
def openid():
    """`await openid(person)`: a new token of theirs."""

    async def made(person):
        path = ("user", person.user_id, "openid", "request_token")
        return await person.request("POST", *path, content={})

    return made
