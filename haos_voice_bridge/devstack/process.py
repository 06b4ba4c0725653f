"""Child processes: a long-running part of the stack, and a command that runs to its end."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from haos_voice_bridge.devstack import http
from haos_voice_bridge.devstack.progress import Tick
from haos_voice_bridge.errors import StartupError

TAIL_LINES = 20
_POLL_S = 0.05
_AFTER_SECOND_TERM_S = 3

# Linux sends the signal of tether.py when the *thread* that started the child ends. A test may
# start a part from a short-lived worker thread, so one thread of ours starts all of them.
_SPAWNER = ThreadPoolExecutor(1, thread_name_prefix="devstack-spawn")


@dataclass(frozen=True, slots=True)
class Command:
    """How to start a part, how to see that it is ready, and where its output goes.

    Attributes:
        name: What people call the part.
        argv: The program's absolute path and its arguments.
        log: Gets the output.
        ready_url: Answers 200 when the part is ready.
        env: Changes to our own environment; None removes a variable.
        ready_within_s: When to give up waiting for that.
        grace_s: How long after SIGTERM to ask once more.
        sweep: A command that removes what an earlier run may have left; its result is ignored.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    ready_url: str
    env: Mapping[str, str | None] = field(default_factory=dict)
    ready_within_s: float = 60
    grace_s: float = 10
    sweep: tuple[str, ...] = ()


class Part:
    """A server of the stack. It may be started, stopped and killed any number of times."""

    def __init__(self, command: Command, on_change: Callable[[], None] = lambda: None) -> None:
        self.command = command
        self._on_change = on_change
        self._process: subprocess.Popen[bytes] | None = None
        self._log_from = 0

    @property
    def name(self) -> str:
        """What people call it."""
        return self.command.name

    @property
    def pid(self) -> int | None:
        """Its process, also after that ended; None before it was ever started."""
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def ending(self) -> str:
        """How it ended and where its log is, for people."""
        code = self._process.poll() if self._process else None
        if code is None:
            how = "is running" if self._process else "was never started"
        else:
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return f"{self.name} {how}; its log: {self.command.log}"

    def start(self, *, wait: bool = True) -> None:
        """Start it, and wait until it is ready; nothing happens if it runs.

        Raises:
            StartupError: It ended, or was not ready in time; the text ends with its last output.
        """
        if not self.is_running:
            self._sweep()
            self._log_from = size(self.command.log)
            self._process = spawn(self.command.argv, self.command.log, self.command.env)
            self._on_change()
        if wait:
            self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until it answers. See `start`."""
        deadline = time.monotonic() + self.command.ready_within_s
        while not self._answers():
            if not self.is_running:
                raise StartupError(self._report(self.ending))
            if time.monotonic() > deadline:
                waited = f"{self.command.ready_within_s:.0f} s"
                raise StartupError(self._report(f"not ready after {waited}: {self.ending}"))
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """Ask it to end, and make it."""
        process = self._process
        if process is None:
            return
        self.resume()
        # LiveKit waits for its participants to leave, and goes at once when asked again.
        for patience_s in (self.command.grace_s, _AFTER_SECOND_TERM_S):
            self.signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(patience_s)
                break
        self.kill()

    def kill(self) -> None:
        """End it (and what it started) with SIGKILL, the way a crash would."""
        if self._process is None:
            return
        if self.is_running:
            kill_group(self._process.pid)
            self._process.wait()
        self._sweep()
        self._on_change()

    def send_kill(self) -> None:
        """The same, without waiting for it; safe in a signal handler."""
        if self.is_running and self._process is not None:
            kill_group(self._process.pid)

    def restart(self) -> None:
        """Stop it, and start it again."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze it: it keeps its connections and answers nobody."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self.signal(signal.SIGCONT)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it, if it runs."""
        if self._process is not None:
            self._process.send_signal(number)

    def _answers(self) -> bool:
        try:
            return http.request("GET", self.command.ready_url, timeout_s=2).status == 200
        except OSError:
            return False

    def _report(self, what: str) -> str:
        return f"{what}\n{tail(self.command.log, self._log_from)}"

    def _sweep(self) -> None:
        if self.command.sweep:
            subprocess.run(self.command.sweep, capture_output=True, check=False, timeout=30)


def run(argv: Sequence[str], log: Path, env: Mapping[str, str | None], tick: Tick) -> None:
    """Run a command to its end.

    Raises:
        StartupError: It failed; the text ends with its last output.
    """
    log_from = size(log)
    process = spawn(argv, log, env)
    try:
        while process.poll() is None:
            tick()
            time.sleep(_POLL_S)
    finally:
        if process.poll() is None:
            kill_group(process.pid)
            process.wait()
    if process.returncode != 0:
        shown = shlex.join(argv)
        raise StartupError(f"{shown}\nfailed with {process.returncode}:\n{tail(log, log_from)}")


def spawn(argv: Sequence[str], log: Path, env: Mapping[str, str | None]) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own, so that Ctrl-C reaches us only."""
    changed = {**os.environ, **env}
    environment = {name: value for name, value in changed.items() if value is not None}
    tether = str(Path(__file__).with_name("tether.py"))
    command = [sys.executable, "-I", "-S", tether, str(os.getpid()), *argv]
    log.parent.mkdir(parents=True, exist_ok=True)

    def start() -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                process_group=0,
            )

    return _SPAWNER.submit(start).result()


def kill_group(pid: int) -> None:
    """SIGKILL for a process group that `spawn` made."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def size(log: Path) -> int:
    """Where the next run's output begins in a log."""
    return log.stat().st_size if log.exists() else 0


def tail(log: Path, start: int) -> str:
    """The last lines of a log from there on, indented."""
    with suppress(OSError), log.open("rb") as file:
        file.seek(start)
        lines = [line.decode(errors="replace").rstrip() for line in deque(file, TAIL_LINES)]
        if lines:
            return "\n".join(f"  {line}" for line in lines)
    return "  (no output)"
