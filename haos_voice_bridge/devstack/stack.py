"""The stack as one thing: LiveKit, Synapse, the bridge, and people to log in as.

    with Stack.prepare(Options(tmp_path)) as stack:
        stack.bridge.kill()
        stack.bridge.start()

Everything here blocks; from a coroutine, call it through `asyncio.to_thread`.
"""

import fcntl
import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from haos_voice_bridge.adapters.http import web_client
from haos_voice_bridge.devstack import bridge, cache, leftovers, livekit, synapse
from haos_voice_bridge.devstack.entry import entry_link
from haos_voice_bridge.devstack.info import Info
from haos_voice_bridge.devstack.matrix import Session
from haos_voice_bridge.devstack.ports import HOST, Ports
from haos_voice_bridge.devstack.process import Command, Part
from haos_voice_bridge.devstack.progress import Progress, quiet
from haos_voice_bridge.devstack.state import StateFile, User
from haos_voice_bridge.devstack.world import PEOPLE, World
from haos_voice_bridge.errors import StartupError

BOT_JOINS_WITHIN_S = 30


@dataclass(frozen=True, slots=True)
class Options:
    """How a stack is to be.

    Attributes:
        data: Its folder; what is there is used again.
        ports: By default, some that are free.
        database: PostgreSQL for the bridge; by default, SQLite in the data folder.
        bridge_settings: Keys of the bridge's configuration that differ, by section.
        webhook_url: Where LiveKit sends its webhooks; by default, to the bridge.
        with_bridge: False for LiveKit and Synapse alone.
    """

    data: Path
    ports: Ports | None = None
    database: str | None = None
    bridge_settings: bridge.Settings = field(default_factory=dict)
    webhook_url: str | None = None
    with_bridge: bool = True


class Stack:
    """Three parts in the order of their start; each may be stopped and started on its own."""

    livekit: Part
    synapse: Part
    bridge: Part

    def __init__(self, options: Options, file: StateFile, lock: TextIO, ports: Ports) -> None:
        """Use `prepare`."""
        self.data = options.data.absolute()
        self.ports = ports
        self.with_bridge = options.with_bridge
        self.homeserver_url = f"http://{HOST}:{ports.synapse}"
        self.livekit_url = f"ws://{HOST}:{ports.livekit}"
        self.bridge_url = f"http://{HOST}:{ports.bridge}"
        self._file = file
        self._lock = lock
        self._world = World(self.homeserver_url, file)

    @classmethod
    def prepare(cls, options: Options, progress: Progress | None = None) -> "Stack":
        """Install what is missing and write all configurations; nothing is started yet.

        Raises:
            StartupError: The folder or a port is in use, or something cannot be installed.
        """
        progress = progress or quiet()
        data = options.data.absolute()
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as on_error:
            lock = on_error.enter_context(_lock(data / "lock"))
            for pid in leftovers.end(data / "pids.json", data):
                progress.say(f"▸ ended process {pid}, left over from an earlier run")
            ports = options.ports or Ports.free()
            ports.check()
            stack = cls(options, StateFile(data / "state.json"), lock, ports)
            stack._make_parts(options, progress)
            on_error.pop_all()
        return stack

    def _make_parts(self, options: Options, progress: Progress) -> None:
        data, ports, state = self.data, self.ports, self._file.state
        folder = cache.folder()
        server = livekit.find(folder, progress)
        progress.say(f"▸ LiveKit: {server.origin}")
        python = synapse.find(folder, progress)
        progress.say(f"▸ Synapse {synapse.VERSION}: {python.parent.parent}")
        registration: Path | None = None
        if options.with_bridge:
            base = bridge.config(data / "bridge", ports, state, options.database)
            content = bridge.merged(base, options.bridge_settings)
            registration = bridge.write(data / "bridge", content)
        hook = options.webhook_url or f"{self.bridge_url}/livekit/webhook"
        sfu = livekit.config(ports, state, hook)
        homeserver = synapse.config(
            data / "synapse",
            ports.synapse,
            state,
            registration,
            f"{self.bridge_url}{bridge.RTC_PATH}",
        )
        self.livekit = self._part(livekit.command(server, data / "livekit", ports, sfu))
        self.synapse = self._part(
            synapse.command(python, data / "synapse", ports.synapse, homeserver)
        )
        self.bridge = self._part(bridge.command(data / "bridge", ports.bridge))

    @property
    def parts(self) -> tuple[Part, ...]:
        """In the order of their start."""
        everything = (self.livekit, self.synapse, self.bridge)
        return everything if self.with_bridge else everything[:2]

    def start(self, progress: Progress | None = None) -> Info:
        """Start all parts, and make the people and the room.

        Raises:
            StartupError: A part did not start; what had started is still running.
        """
        progress = progress or quiet()
        for part in self.parts:
            with progress.step(f"starting {part.name}"):
                part.start()
        with progress.step("making the users and the room"):
            for name in PEOPLE:
                self._world.user(name)
            self._world.room()
        if self.with_bridge:
            with progress.step("waiting for the bot to join the room"):
                self._world.invite_bot(bridge.BOT_USER_ID, within_s=BOT_JOINS_WITHIN_S)
        return self.info

    def stop(self) -> None:
        """Stop all parts, in reverse order, and let go of the data folder."""
        for part in reversed(self.parts):
            part.stop()
        self._lock.close()

    def kill(self) -> None:
        """Send SIGKILL to all parts; `stop` then has little left to wait for."""
        for part in self.parts:
            part.send_kill()

    def user(self, name: str, *, admin: bool = False) -> User:
        """Somebody with a valid access token; registered if there is no such user yet."""
        return self._world.user(name, admin=admin)

    def session(self, name: str) -> Session:
        """Call the homeserver as that user."""
        return self._world.session(name)

    def entry_links(self) -> dict[str, str]:
        """One-time links into the room's call, by name; none if the web client is not built."""
        if not self.with_bridge or web_client.built() is None:
            return {}
        room_id, bot = self._file.state.room_id, bridge.BOT_USER_ID
        return {name: entry_link(self.session(name), bot, room_id) for name in PEOPLE}

    @property
    def info(self) -> Info:
        """As it is now; complete once `start` is done."""
        state = self._file.state
        return Info(
            homeserver_url=self.homeserver_url,
            server_name=synapse.SERVER_NAME,
            livekit_url=self.livekit_url,
            livekit_api_key=state.livekit_api_key,
            livekit_api_secret=state.livekit_api_secret,
            bridge_url=self.bridge_url,
            web_url=f"{self.bridge_url}/",
            bot_user_id=bridge.BOT_USER_ID,
            room_id=state.room_id,
            users=dict(state.users),
            pids=self._pids(),
        )

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _part(self, command: Command) -> Part:
        if command.log.exists():
            command.log.replace(command.log.with_suffix(".old.log"))
        return Part(command, self._record)

    def _pids(self) -> dict[str, int | None]:
        return {
            "synapse": self.synapse.pid,
            "livekit": self.livekit.pid,
            "bridge": self.bridge.pid,
        }

    def _record(self) -> None:
        leftovers.record(self.data / "pids.json", self._pids())


def _lock(path: Path) -> TextIO:
    """Hold the data folder for ourselves until the file is closed, or we end in any way."""
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise StartupError(
            f"{path.parent} is in use by another run (process {holder}); stop that one, or choose "
            "another folder with --data (and other ports with --port-base)"
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock
