"""The ports of the stack: derived from one number, and checked before anything starts."""

import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from haos_voice_bridge.errors import AddressInUse, StartupError

HOST = "127.0.0.1"
DEFAULT_BASE = 18000
COUNT = 4
LOWEST, HIGHEST = 1024, 65535 - COUNT + 1

# Below the range from which systems take ports for outgoing connections: such a one could
# otherwise hold a part's port while that part is down.
_FREE_RANGE = range(20000, 32000, 10)

Protocol = Literal["tcp", "udp"]


@dataclass(frozen=True, slots=True)
class Port:
    """A port, and which part of the stack listens on it."""

    number: int
    protocol: Protocol
    part: str


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports in use; LiveKit's TCP port is for HTTP and WebSockets, its UDP port for media."""

    synapse: int
    livekit: int
    livekit_udp: int
    bridge: int

    @classmethod
    def from_base(cls, base: int) -> "Ports":
        """The ports from `base` on."""
        if not LOWEST <= base <= HIGHEST:
            raise StartupError(f"--port-base {base}: choose one from {LOWEST} to {HIGHEST}")
        return cls(base, base + 1, base + 2, base + 3)

    @classmethod
    def free(cls) -> "Ports":
        """Ports that nobody holds at the moment, for tests."""
        for base in random.sample(_FREE_RANGE, len(_FREE_RANGE)):
            ports = cls.from_base(base)
            if all(is_free(port) for port in ports.listing()):
                return ports
        raise AddressInUse("there are no four free ports in a row")

    def listing(self) -> tuple[Port, ...]:
        """Each with its protocol and part."""
        return (
            Port(self.synapse, "tcp", "Synapse"),
            Port(self.livekit, "tcp", "LiveKit"),
            Port(self.livekit_udp, "udp", "LiveKit (media)"),
            Port(self.bridge, "tcp", "the bridge"),
        )

    def check(self) -> None:
        """Refuse to start where something else listens.

        Raises:
            AddressInUse: It names each port, what it is for and who holds it.
        """
        taken = [port for port in self.listing() if not is_free(port)]
        if not taken:
            return
        lines = [
            f"  {port.number}/{port.protocol} for {port.part}: held by {holder(port)}"
            for port in taken
        ]
        raise AddressInUse(
            "ports that are needed are in use:\n"
            + "\n".join(lines)
            + "\nEnd what holds them, or choose other ports, for instance with "
            f"--port-base {self._elsewhere()}"
        )

    def _elsewhere(self) -> int:
        for base in range(DEFAULT_BASE, HIGHEST, 100):
            if all(is_free(port) for port in Ports.from_base(base).listing()):
                return base
        return DEFAULT_BASE


def is_free(port: Port) -> bool:
    """Whether the port can be bound on loopback."""
    kind = socket.SOCK_STREAM if port.protocol == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if port.protocol == "tcp":
            # Connections of an earlier run that linger in TIME_WAIT are no clash.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port.number))
        except OSError:
            return False
    return True


def holder(port: Port) -> str:
    """The process that holds a port, as far as this system lets us see."""
    inodes = set(_inodes(port))
    if inodes:
        for process in Path("/proc").glob("[0-9]*"):
            if inodes & set(_sockets(process)):
                return f"process {process.name} ({_command(process)})"
    return "a process that this user may not see"


def _inodes(port: Port) -> Iterator[str]:
    listening = {"tcp": "0A", "udp": "07"}[port.protocol]  # include/net/tcp_states.h
    for table in (port.protocol, f"{port.protocol}6"):
        with suppress(OSError):
            for line in Path("/proc/net", table).read_text().splitlines()[1:]:
                fields = line.split()
                number = int(fields[1].rpartition(":")[2], 16)
                if number == port.number and fields[3] == listening:
                    yield fields[9]


def _sockets(process: Path) -> Iterator[str]:
    with suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with suppress(OSError):
                target = str(descriptor.readlink())
                if target.startswith("socket:["):
                    yield target.removeprefix("socket:[").removesuffix("]")


def _command(process: Path) -> str:
    try:
        words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return "it just ended"
    return words.strip()[:120]
