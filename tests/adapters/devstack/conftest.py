import os
import sys
from pathlib import Path

import pytest

from haos_voice_bridge.devstack import livekit, synapse


class Programs:
    """A PATH with nothing on it but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, name: str, script: str) -> Path:
        return program(self.folder / name, script)

    def livekit(self, version: str) -> Path:
        return self.add(livekit.BINARY, f'echo "livekit-server version {version}"')


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def programs(tmp_path, monkeypatch):
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return Programs(folder)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("HAOS_VOICE_CACHE", str(folder))
    return folder


@pytest.fixture
def installed(cache):
    """A cache that has both servers, as far as anybody asks them for their version."""
    program(
        cache / f"livekit-{livekit.VERSION}" / livekit.BINARY,
        f'echo "livekit-server version {livekit.VERSION}"',
    )
    home = cache / f"synapse-{synapse.VERSION}"
    program(home / "bin" / "python", f"echo {synapse.VERSION}")
    (home / "complete").touch()
    return cache


@pytest.fixture
def web_server(tmp_path):
    """The argv of a server for a port, which says hello in its log and answers 200 everywhere."""
    script = tmp_path / "server.py"
    script.write_text(
        "import http.server, sys\n"
        "class Handler(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        self.send_response(200)\n"
        "        self.end_headers()\n"
        "    def log_message(self, *_): pass\n"
        "print('hello', flush=True)\n"
        "address = ('127.0.0.1', int(sys.argv[1]))\n"
        "http.server.HTTPServer(address, Handler).serve_forever()\n"
    )
    return lambda port: (sys.executable, "-I", "-S", str(script), str(port))


def lives(pid: int) -> bool:
    """Whether a process runs; one that ended and waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture
def me():
    return os.getpid()
