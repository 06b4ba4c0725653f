"""A PostgreSQL server that may be stopped and started again on the same data."""

import os
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from tests import postgres

STOPS_WITHIN_S = 20


class Postgres:
    """The server of `tests.postgres`, by its process: its fixture starts it only once."""

    def __init__(self, server):
        self._server = server
        self._folder = server.log.parent
        self._again = None

    def new_database(self):
        return self._server.new_database()

    def stop(self):
        """Stop it fast: connections are ended, the data is in order."""
        self._end(signal.SIGINT)

    def kill(self):
        """As in a crash: all its processes at once, and the log is replayed at the next start."""
        self._end(signal.SIGKILL)

    def _end(self, number):
        pid = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        self._argv = [part.decode() for part in command.split(b"\0") if part]
        everybody = [pid, *_children(pid)]
        os.kill(pid, number)
        deadline = time.monotonic() + STOPS_WITHIN_S
        for one in everybody:
            if number == signal.SIGKILL:
                with suppress(ProcessLookupError):
                    os.kill(one, number)
            while _runs(one):
                assert time.monotonic() < deadline, "PostgreSQL does not stop"
                time.sleep(0.02)
        if self._again is not None:
            self._again.wait()

    def start(self):
        """Start it on the data that it had."""
        with self._server.log.open("ab") as output:
            self._again = subprocess.Popen(
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._folder,
                **postgres._as_postgres(),
            )
        postgres._wait_ready(self._server, self._again)

    def close(self):
        """End what `start` started; the first process is its fixture's."""
        if self._again is not None and self._again.poll() is None:
            self._again.send_signal(signal.SIGINT)
            self._again.wait(STOPS_WITHIN_S)


@contextmanager
def running_postgres():
    with postgres._running() as server:
        again = Postgres(server)
        try:
            yield again
        finally:
            again.close()


def _children(pid):
    return map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def _runs(pid):
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
