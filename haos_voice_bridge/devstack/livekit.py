"""LiveKit: where its server comes from, and its configuration."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from haos_voice_bridge.config import files
from haos_voice_bridge.devstack import cache, process
from haos_voice_bridge.devstack.ports import HOST, Ports
from haos_voice_bridge.devstack.process import Command
from haos_voice_bridge.devstack.progress import Progress
from haos_voice_bridge.devstack.state import State
from haos_voice_bridge.errors import StartupError

VERSION = "1.13.5"
"""Newer tags carry replace directives and cannot be had with `go install`."""

OLDEST = (1, 13)
MODULE = f"github.com/livekit/livekit-server/cmd/server@v{VERSION}"
IMAGE = f"livekit/livekit-server:v{VERSION}"
BINARY = "livekit-server"


@dataclass(frozen=True, slots=True)
class Binary:
    """A server on this machine."""

    path: Path
    origin: str


@dataclass(frozen=True, slots=True)
class Container:
    """A server in Docker; `docker` is the client's path."""

    docker: Path
    origin: str = f"Docker ({IMAGE})"


Server = Binary | Container


def find(folder: Path, progress: Progress) -> Server:
    """The first that there is: on PATH, built before, to be built, Docker.

    Raises:
        StartupError: There is none; the text says what would help.
    """
    path = shutil.which(BINARY)
    refused: list[str] = []
    if path:
        version = version_of(Path(path))
        if OLDEST <= version < (OLDEST[0] + 1,):
            return Binary(Path(path), f"{path}, version {'.'.join(map(str, version))}")
        shown = ".".join(map(str, version)) or "that does not tell its version"
        refused.append(f"{path} is {BINARY} {shown}")
    built = folder / f"livekit-{VERSION}" / BINARY
    with cache.locked(folder, progress):
        if version_of(built):
            return Binary(built, f"{built}, built before")
        go = shutil.which("go")
        if go is None:
            refused.append("there is no Go")
        else:
            try:
                _build(Path(go), built, progress)
                return Binary(built, f"{built}, built now")
            except StartupError as error:
                refused.append(str(error))
    docker = shutil.which("docker")
    if docker and _daemon_answers(docker):
        return Container(Path(docker))
    refused.append("no Docker daemon answers" if docker else "there is no Docker")
    raise StartupError(
        "LiveKit's server cannot be had. One of three things is needed:\n"
        f"  - {BINARY} {OLDEST[0]}.{OLDEST[1]} or newer on PATH "
        "(https://github.com/livekit/livekit/releases)\n"
        f"  - Go 1.24 or newer, with a way to its module proxy, to build {VERSION} once\n"
        "  - a running Docker\n"
        "What there is:\n" + "\n".join(f"  - {reason}" for reason in refused)
    )


def version_of(binary: Path) -> tuple[int, ...]:
    """What a server says it is; `()` if it says nothing."""
    try:
        answer = subprocess.run(
            [binary, "--version"], capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"version v?(\d+)\.(\d+)\.(\d+)", answer.stdout)
    return tuple(map(int, found.groups())) if found else ()


def _build(go: Path, built: Path, progress: Progress) -> None:
    workshop = built.parent.with_suffix(".building")
    log = built.parent.parent / "livekit-build.log"
    shutil.rmtree(workshop, ignore_errors=True)
    log.unlink(missing_ok=True)
    env = {"GOBIN": str(workshop)}
    title = f"LiveKit {VERSION}: building with Go (once, two to four minutes)"
    with progress.step(title) as tick:
        process.run([str(go), "install", MODULE], log, env, tick)
        built.parent.mkdir(parents=True, exist_ok=True)
        # Go names the program after its folder. Moved in one step: half a binary is never found.
        (workshop / "server").replace(built)
    shutil.rmtree(workshop, ignore_errors=True)


def _daemon_answers(docker: str) -> bool:
    try:
        answer = subprocess.run(
            [docker, "version", "--format", "{{.Server.Version}}"],
            capture_output=True,
            check=False,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def config(ports: Ports, state: State, webhook_url: str) -> dict[str, object]:
    """The server's configuration: all on loopback."""
    return {
        "port": ports.livekit,
        "bind_addresses": [HOST],
        "rtc": {
            "node_ip": HOST,
            "use_external_ip": False,
            # Media over TCP is off: LiveKit would listen for it on every interface.
            "tcp_port": 0,
            "udp_port": ports.livekit_udp,
            "interfaces": {"includes": ["lo", "lo0"]},  # Linux, macOS
            "ips": {"includes": [f"{HOST}/32"]},
            "enable_loopback_candidate": True,
        },
        # Only the bridge opens rooms: a token for one that it closed must not bring it back.
        "room": {"auto_create": False},
        "keys": {state.livekit_api_key: state.livekit_api_secret},
        "webhook": {"api_key": state.livekit_api_key, "urls": [webhook_url]},
        "logging": {"level": "info", "json": False},
    }


def command(server: Server, folder: Path, ports: Ports, content: dict[str, object]) -> Command:
    """Write the configuration (JSON is YAML) and say how to start the server with it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "livekit.yaml"
    text = json.dumps(content, indent=2)
    files.replace(path, text)
    env: dict[str, str | None] = {"LIVEKIT_CONFIG": None, "LIVEKIT_KEYS": None, "NODE_IP": None}
    if isinstance(server, Binary):
        argv: tuple[str, ...] = (str(server.path), "--config", str(path))
        sweep: tuple[str, ...] = ()
    else:
        # By environment, since the container's user may not be able to read the file. The
        # container outlives a killed client, so it is removed by name.
        name = f"haos-voice-livekit-{os.getuid()}-{ports.livekit}"
        docker = str(server.docker)
        named = ("--rm", "--name", name, "--label", f"config={path}")
        argv = (docker, "run", *named, "--network", "host", "--env", "LIVEKIT_CONFIG", IMAGE)
        env |= {"LIVEKIT_CONFIG": text}
        sweep = (docker, "rm", "--force", name)
    return Command(
        name="LiveKit",
        argv=argv,
        log=folder / "livekit.log",
        ready_url=f"http://{HOST}:{ports.livekit}/",
        env=env,
        # The first start in Docker pulls the image.
        ready_within_s=300 if sweep else 20,
        grace_s=1,
        sweep=sweep,
    )
