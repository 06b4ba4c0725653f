"""`haos-voice-bridge up`: the whole stack in the foreground, until Ctrl-C."""

import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, Self

import click

from haos_voice_bridge.devstack import hints
from haos_voice_bridge.devstack.ports import COUNT, DEFAULT_BASE, Ports
from haos_voice_bridge.devstack.progress import Progress, on_terminal
from haos_voice_bridge.devstack.stack import Options, Stack
from haos_voice_bridge.devstack.supervisor import Supervisor
from haos_voice_bridge.errors import StartupError

Handler = Callable[[int, FrameType | None], Any] | int | None

_LOOK_EVERY_S = 0.3
_PROJECT = Path(__file__).parents[2]


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default="devstack-data",
    show_default=True,
    help="Folder that keeps users, rooms and logs; used again if it is there.",
)
@click.option(
    "--port-base",
    type=int,
    default=DEFAULT_BASE,
    show_default=True,
    help=f"The first of {COUNT} ports in a row, all on loopback.",
)
@click.option(
    "--database",
    metavar="URL",
    help="PostgreSQL for the bridge (postgres://user:password@host/name) instead of SQLite.",
)
@click.option(
    "--info",
    "info_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Once all is ready, write addresses, tokens and process ids there, as JSON.  "
    "[default: info.json in the data folder]",
)
def up(*, data: Path, port_base: int, database: str | None, info_file: Path | None) -> None:
    """Try it: a homeserver, LiveKit, the bridge and two users, on this machine only."""
    progress = on_terminal()
    info_file = info_file or data / "info.json"
    with suppress(KeyboardInterrupt), _Interrupts() as interrupts:
        ports = Ports.from_base(port_base)
        stack = Stack.prepare(Options(data, ports, database), progress)
        interrupts.stack = stack
        _forget(info_file)  # not before: it may be that of a run that holds the folder
        try:
            _serve(stack, info_file, progress)
        finally:
            interrupts.are_to_kill = True
            _forget(info_file)
            with progress.step("stopping"):
                stack.stop()


def _serve(stack: Stack, info_file: Path, progress: Progress) -> None:
    began = time.monotonic()
    info = stack.start(progress)

    def write_info() -> None:
        stack.info.write(info_file)

    write_info()
    progress.say(f"\nReady in {time.monotonic() - began:.1f} s. Logs are in {stack.data}/*/*.log\n")
    for line in hints.lines(info, info_file, _PROJECT, stack.entry_links()):
        progress.say(line)
    supervisor = Supervisor(stack.parts, say=progress.say, restarted=write_info)
    while True:
        time.sleep(_LOOK_EVERY_S)
        supervisor.look()


def _forget(info_file: Path) -> None:
    # The file means that all is ready: whoever waits for it must not find that of another run.
    info_file.unlink(missing_ok=True)


class _Interrupts:
    """Ctrl-C and SIGTERM: the first interrupts what we do, one during the stop kills the parts."""

    def __init__(self) -> None:
        self.stack: Stack | None = None
        self.are_to_kill = False
        self._before: dict[signal.Signals, Handler] = {}

    def __enter__(self) -> Self:
        # Set even for SIGINT: a shell starts background jobs with that one ignored.
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if not self.are_to_kill:
            self.are_to_kill = True
            raise KeyboardInterrupt
        if self.stack is not None:
            self.stack.kill()


if __name__ == "__main__":
    try:
        up()
    except StartupError as problem:
        click.echo(f"up: {problem}", err=True)
        sys.exit(problem.exit_code)
