"""The self test at start, against real servers: each failure has an exit code and a next step."""

import json
import os
import subprocess
import sys

import pytest
from ruamel.yaml import YAML

from haos_voice_bridge.devstack.ports import Ports

pytestmark = pytest.mark.e2e


@pytest.fixture
def started(stack, tmp_path):
    """`started({"livekit": {…}})`: a second bridge, some keys changed, run until it gives up."""

    def run(changes, env=None):
        config = YAML(typ="safe").load(stack.data / "bridge" / "config.yaml")
        config["appservice"]["port"] = Ports.free().bridge
        config["database"]["uri"] = f"sqlite:///{tmp_path / 'own.db'}"
        config["homeserver"]["startup_timeout_s"] = 2
        config["livekit"]["startup_timeout_s"] = 2
        for section, keys in changes.items():
            config.setdefault(section, {}).update(keys)
        path = tmp_path / "config.yaml"
        path.write_text(json.dumps(config))
        done = subprocess.run(
            [sys.executable, "-m", "haos_voice_bridge", "-c", path],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, **(env or {})},
        )
        assert "Traceback" not in done.stderr, done.stderr
        for secret in (config["appservice"]["as_token"], config["livekit"]["api_secret"]):
            assert secret not in done.stderr
        *_, last = [line for line in done.stderr.splitlines() if line.startswith("haos-voice-")]
        return done.returncode, last

    return run


def nobody():
    """An address of ours where nothing listens."""
    return f"127.0.0.1:{Ports.free().bridge}"


def test_a_homeserver_that_does_not_answer(started):
    code, text = started({"homeserver": {"address": f"http://{nobody()}"}})
    assert code == 13
    assert "homeserver.address" in text


def test_an_as_token_that_the_homeserver_does_not_know(started):
    code, text = started({"appservice": {"as_token": "x" * 40}})
    assert code == 14
    assert "as_token" in text
    assert "app_service_config_files" in text


def test_an_hs_token_that_differs_from_the_homeservers(started, stack):
    """The stack's own bridge is stopped: its port is where the homeserver calls."""
    stack.bridge.stop()
    try:
        port = stack.ports.bridge
        code, text = started({"appservice": {"hs_token": "x" * 40, "port": port}})
    finally:
        stack.bridge.start()
    assert code == 14
    assert "hs_token" in text


def test_a_bridge_that_the_homeserver_cannot_reach(started, stack):
    stack.bridge.stop()
    try:
        code, text = started({})  # listens on another port than the registration says
    finally:
        stack.bridge.start()
    assert code == 11
    assert "appservice.address" in text


def test_a_bot_that_is_not_the_registered_one(started):
    code, text = started({"appservice": {"bot": {"username": "somebody"}}})
    assert code == 11
    assert "@somebody:localhost" in text


def test_a_livekit_that_does_not_answer(started):
    code, text = started({"livekit": {"api_url": f"http://{nobody()}"}})
    assert code == 15
    assert "livekit.url" in text


@pytest.mark.parametrize(
    "keys", [{"api_secret": "s" * 40}, {"api_key": "APIunknown", "api_secret": "s" * 40}]
)
def test_a_key_that_livekit_does_not_take(started, keys):
    code, text = started({"livekit": keys})
    assert code == 16
    assert "livekit.api_key" in text


def test_a_database_that_cannot_be_opened(started):
    code, text = started({"database": {"uri": "sqlite:////nowhere/at/all.db"}})
    assert code == 12
    assert "database.uri" in text


def test_a_port_that_is_taken(started, stack):
    code, text = started({"appservice": {"port": stack.ports.bridge}})
    assert code == 17
    assert "appservice.port" in text


ENCRYPTION = {"encryption": {"enabled": True, "pickle_key": "a-pickle-key-of-the-test"}}


def test_encryption_without_its_extra(started, tmp_path):
    (tmp_path / "olm.py").write_text("raise ImportError('No module named olm')")
    code, text = started(ENCRYPTION, {"PYTHONPATH": str(tmp_path)})
    assert code == 18
    assert "haos-voice-bridge[e2ee]" in text


def test_encryption_that_the_registration_does_not_allow(started):
    code, text = started(ENCRYPTION)
    assert code == 18
    assert "msc3202_transaction_extensions" in text
    assert "written anew with -g" in text


def test_a_pickle_key_that_is_not_the_stored_keys_own(started):
    started(ENCRYPTION)  # makes the keys, then gives up
    code, text = started({"encryption": {"enabled": True, "pickle_key": "another"}})
    assert code == 18
    assert "encryption.pickle_key" in text


def test_the_full_name_of_the_bot_is_logged(stack):
    log = (stack.data / "bridge" / "bridge.log").read_text()
    assert "ready: invite @voice:localhost into a room" in log
