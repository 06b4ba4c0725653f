"""The bridge itself: its configuration, its registration, and how to start it."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from haos_voice_bridge import registration
from haos_voice_bridge.config import environment, files
from haos_voice_bridge.config.load import load
from haos_voice_bridge.devstack.ports import HOST, Ports
from haos_voice_bridge.devstack.process import Command
from haos_voice_bridge.devstack.state import State
from haos_voice_bridge.devstack.synapse import SERVER_NAME

RTC_PATH = "/livekit/jwt"
BOT_LOCALPART = "voice"
BOT_USER_ID = f"@{BOT_LOCALPART}:{SERVER_NAME}"

Settings = Mapping[str, Mapping[str, object]]
"""Sections of the bridge's configuration, each with some of its keys."""


def config(
    folder: Path, ports: Ports, state: State, database: str | None
) -> dict[str, dict[str, object]]:
    """What `up` sets; everything else keeps the bridge's defaults."""
    url = f"http://{HOST}:{ports.bridge}"
    return {
        "homeserver": {"address": f"http://{HOST}:{ports.synapse}", "domain": SERVER_NAME},
        "appservice": {
            "address": url,
            "hostname": HOST,
            "port": ports.bridge,
            "bot": {"username": BOT_LOCALPART, "displayname": "Voice"},
            "as_token": state.as_token,
            "hs_token": state.hs_token,
        },
        # An absolute path begins with a fourth slash.
        "database": {"uri": database or f"sqlite:///{folder / 'bridge.db'}"},
        "livekit": {
            "url": f"ws://{HOST}:{ports.livekit}",
            "api_url": f"http://{HOST}:{ports.livekit}",
            "api_key": state.livekit_api_key,
            "api_secret": state.livekit_api_secret,
        },
        "bridge": {
            "command_prefix": "!voice",
            "public_url": url,
            # A client on this machine, such as a local Element, may have no https.
            "embed_from": ["https:", "http:", "vector:", "tauri:"],
            "permissions": {SERVER_NAME: "start", f"@alice:{SERVER_NAME}": "admin"},
        },
        # So that Element Call works in every room here, with or without the bot.
        "matrix_rtc": {"path_prefix": RTC_PATH, "full_access_homeservers": [SERVER_NAME]},
        "logging": {"level": "info", "format": "text"},
    }


def merged(base: dict[str, dict[str, object]], changes: Settings) -> dict[str, dict[str, object]]:
    """The configuration with some keys changed, for tests."""
    names = {*base, *changes}
    return {name: {**base.get(name, {}), **changes.get(name, {})} for name in names}


def write(folder: Path, content: Mapping[str, object]) -> Path:
    """Write the configuration and the registration (JSON is YAML); the latter's path comes back.

    Raises:
        ConfigError: The configuration is not one (a key changed for a test, or a wrong URL).
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = _config_path(folder)
    files.replace(path, json.dumps(content, indent=2))
    registered = folder / "registration.yaml"
    built = registration.build(load(path, environ={}))
    files.replace(registered, json.dumps(built, indent=2))
    return registered


def command(folder: Path, port: int) -> Command:
    """How to start the bridge with what `write` wrote."""
    # Overrides in our environment are meant for another installation, not for this one.
    overrides = [name for name in os.environ if name.startswith(environment.PREFIX)]
    return Command(
        name="the bridge",
        argv=(sys.executable, "-m", "haos_voice_bridge", "-c", str(_config_path(folder))),
        log=folder / "bridge.log",
        ready_url=f"http://{HOST}:{port}/ready",
        env={**dict.fromkeys(overrides), "PYTHONUNBUFFERED": "1"},
    )


def _config_path(folder: Path) -> Path:
    return folder / "config.yaml"
