"""Synapse: its environment, and its configuration for one machine without limits."""

import base64
import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from haos_voice_bridge.config import files
from haos_voice_bridge.devstack import cache, process
from haos_voice_bridge.devstack.ports import HOST
from haos_voice_bridge.devstack.process import Command
from haos_voice_bridge.devstack.progress import Progress, Tick
from haos_voice_bridge.devstack.state import State

VERSION = "1.163.2"
PACKAGE = f"matrix-synapse=={VERSION}"
SERVER_NAME = "localhost"


def find(folder: Path, progress: Progress) -> Path:
    """The Python that has Synapse; installed if it is not there yet."""
    home = folder / f"synapse-{VERSION}"
    python = home / "bin" / "python"
    with cache.locked(folder, progress):
        if not _has_synapse(python):
            with progress.step(f"Synapse {VERSION}: installing (once, about a minute)") as tick:
                _install(home, python, tick)
    return python


def _has_synapse(python: Path) -> bool:
    # Asked of the package's metadata: this is quick, and fails after half an installation or
    # when the Python below the environment is gone.
    question = "import importlib.metadata as m; print(m.version('matrix-synapse'))"
    try:
        answer = subprocess.run(
            [python, "-I", "-c", question], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.stdout.strip() == VERSION and (python.parent.parent / "complete").exists()


def _install(home: Path, python: Path, tick: Tick) -> None:
    log = home.parent / "synapse-install.log"
    shutil.rmtree(home, ignore_errors=True)
    log.unlink(missing_ok=True)
    uv = shutil.which("uv")
    env = {"VIRTUAL_ENV": None}
    if uv and _works(uv):
        process.run([uv, "venv", "--python", sys.executable, str(home)], log, env, tick)
        process.run([uv, "pip", "install", "--python", str(python), PACKAGE], log, env, tick)
    else:
        process.run([sys.executable, "-m", "venv", str(home)], log, env, tick)
        process.run([str(python), "-m", "pip", "install", PACKAGE], log, env, tick)
    (home / "complete").touch()


def _works(uv: str) -> bool:
    """False for the stand-in of a version manager that has no uv behind it."""
    answer = subprocess.run([uv, "--version"], capture_output=True, check=False, timeout=30)
    return answer.returncode == 0


def config(
    folder: Path, port: int, state: State, registration: Path | None, token_service_url: str
) -> dict[str, object]:
    """The homeserver's configuration; see the reference for MatrixRTC's part of it."""
    url = f"http://{HOST}:{port}"
    transport = {"type": "livekit", "livekit_service_url": token_service_url}
    return {
        "server_name": SERVER_NAME,
        "public_baseurl": url,
        "report_stats": False,
        "listeners": [
            {
                "port": port,
                "type": "http",
                "tls": False,
                "bind_addresses": [HOST],
                # The bridge checks OpenID tokens through `openid`.
                "resources": [{"names": ["client", "federation", "openid"], "compress": False}],
            }
        ],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "log_config": str(folder / "log.yaml"),
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "registration_shared_secret": state.registration_shared_secret,
        "macaroon_secret_key": state.macaroon_secret,
        "form_secret": state.form_secret,
        "suppress_key_server_warning": True,
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "app_service_config_files": [str(registration)] if registration else [],
        "presence": {"enabled": True},
        "user_directory": {"search_all_users": True},
        "max_event_delay_duration": "24h",
        "matrix_rtc": {"transports": [transport]},
        "extra_well_known_client_content": {"org.matrix.msc4143.rtc_foci": [transport]},
        "experimental_features": {
            "msc4143_enabled": True,  # where clients ask for the transports
            "msc4222_enabled": True,  # state_after in /sync
            "msc4354_enabled": True,  # sticky events
            "msc2409_to_device_messages_enabled": True,
            "msc3202_transaction_extensions": True,  # for encrypted rooms
        },
        **_no_limits(),
    }


def _no_limits() -> dict[str, object]:
    free = {"per_second": 10_000, "burst_count": 10_000}
    plain = (
        "rc_message",
        "rc_registration",
        "rc_joins_per_room",
        "rc_key_requests",
        "rc_delayed_event_mgmt",
        "rc_room_creation",
        "rc_user_directory",
        "rc_profile",
        "rc_media_create",
        "rc_admin_redaction",
    )
    return {
        **dict.fromkeys(plain, free),
        "rc_login": dict.fromkeys(("address", "account", "failed_attempts"), free),
        "rc_joins": dict.fromkeys(("local", "remote"), free),
        "rc_invites": dict.fromkeys(("per_room", "per_user", "per_issuer"), free),
        "rc_presence": {"per_user": free},
    }


def command(python: Path, folder: Path, port: int, content: Mapping[str, object]) -> Command:
    """Write the configuration (JSON is YAML) and say how to start the server with it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "homeserver.yaml"
    files.replace(path, json.dumps(content, indent=2))
    files.replace(folder / "log.yaml", json.dumps(_logging(), indent=2))
    key = folder / "signing.key"
    if not key.exists():
        seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        files.create(key, f"ed25519 a_{secrets.token_hex(2)} {seed}\n")
    return Command(
        name="Synapse",
        argv=(str(python), "-m", "synapse.app.homeserver", "--config-path", str(path)),
        log=folder / "synapse.log",
        ready_url=f"http://{HOST}:{port}/health",
        # Ours may point to packages that are not Synapse's.
        env={"PYTHONPATH": None, "PYTHONHOME": None, "VIRTUAL_ENV": None},
    )


def _logging() -> dict[str, object]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"format": "%(asctime)s %(levelname)s %(name)s %(request)s %(message)s"}
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": "INFO", "handlers": ["console"]},
        "loggers": {
            # A line for each request of each client's /sync hides everything else.
            "synapse.access": {"level": "WARNING"},
            "synapse.util.caches": {"level": "WARNING"},
        },
    }
