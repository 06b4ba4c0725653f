"""A real Redis: one server a session on a free port of loopback, emptied for each test."""

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["redis_server", "redis_url"]

HOST = "127.0.0.1"
READY_WITHIN_S = 15


@contextmanager
def running(folder: Path, port: int):
    """A server, until the block ends."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.fail(
            "These tests need a real Redis. Install Debian's package: "
            "apt-get update && apt-get install -y redis-server",
            pytrace=False,
        )
    options = ["--port", str(port), "--bind", HOST, "--dir", str(folder), "--save", ""]
    with (folder / "log").open("wb") as output:
        process = subprocess.Popen([program, *options], stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + READY_WITHIN_S
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"Redis does not start:\n{(folder / 'log').read_text()}")
            time.sleep(0.02)
        yield port
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("redis"), free_port()) as port:
        yield port


@pytest.fixture
def redis_url(redis_server):
    _say(redis_server, b"FLUSHALL\r\n")
    return f"redis://{HOST}:{redis_server}/0"


def _answers(port):
    try:
        return _say(port, b"PING\r\n").startswith(b"+PONG")
    except OSError:
        return False


def _say(port, line):
    with socket.create_connection((HOST, port), timeout=2) as connection:
        connection.sendall(line)
        return connection.recv(64)


def free_port():
    with socket.create_server((HOST, 0)) as listening:
        return listening.getsockname()[1]
