"""A real PostgreSQL: one server a session on a free port of loopback, one new database a test."""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = ["postgres_server", "postgres_url"]

HOST = "127.0.0.1"
READY_WITHIN_S = 30
_SPEED = ("fsync=off", "full_page_writes=off")
"""Not synchronous_commit=off: a killed server would forget what it had acknowledged."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, which trusts everybody on this machine."""

    binaries: Path
    port: int
    log: Path
    names: itertools.count

    def sql(self, statement: str) -> None:
        """Run a statement as the superuser."""
        options = ["-h", HOST, "-p", str(self.port), "-U", "postgres", "-d", "postgres", "-qX"]
        done = subprocess.run(
            [self.binaries / "psql", *options, "-v", "ON_ERROR_STOP=1", "-c", statement],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def new_database(self) -> str:
        """The URL of a database with nothing in it."""
        name = f"t{next(self.names)}"
        self.sql(f"CREATE DATABASE {name}")
        return f"postgres://postgres@{HOST}:{self.port}/{name}"


@pytest.fixture(scope="session")
def postgres_server():
    with _running() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server):
    url = postgres_server.new_database()
    yield url
    # A hundred of them take a gigabyte, and long to delete at the end.
    postgres_server.sql(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")


@contextmanager
def _running():
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="haos-pg-"))
    try:
        if _as_postgres():
            shutil.chown(folder, "postgres", "postgres")
        data, log, port = folder / "data", folder / "log", _free_port()
        made = subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            **_as_postgres(),
        )
        assert made.returncode == 0, made.stderr
        settings = [f"listen_addresses={HOST}", f"port={port}", f"unix_socket_directories={folder}"]
        options = [part for setting in (*settings, *_SPEED) for part in ("-c", setting)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", data, *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder,
                **_as_postgres(),
            )
        try:
            server = Server(binaries, port, log, itertools.count(1))
            _wait_ready(server, process)
            yield server
        finally:
            process.send_signal(signal.SIGQUIT)  # at once, as nothing of it is kept
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parent.parent.name),
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        pytest.fail(
            "These tests need a real PostgreSQL. Install Debian's package: "
            "apt-get update && apt-get install -y postgresql",
            pytrace=False,
        )
    return Path(on_path).resolve().parent


def _as_postgres() -> dict[str, object]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listening:
        return listening.getsockname()[1]


def _wait_ready(server: Server, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    ask = [server.binaries / "pg_isready", "-q", "-h", HOST, "-p", str(server.port)]
    while subprocess.run(ask, check=False).returncode != 0:
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"PostgreSQL does not start:\n{server.log.read_text()}", pytrace=False)
        time.sleep(0.05)
