import json

import pytest

from haos_voice_bridge.config.load import load
from haos_voice_bridge.devstack import bridge
from haos_voice_bridge.devstack.ports import Ports
from haos_voice_bridge.devstack.state import State
from haos_voice_bridge.errors import ConfigError


@pytest.fixture
def content(tmp_path):
    return bridge.config(tmp_path, Ports.from_base(20000), State(), None)


def test_the_bridge_accepts_what_is_written_for_it(content, tmp_path):
    registration = json.loads(bridge.write(tmp_path, content).read_text())
    config = load(tmp_path / "config.yaml", environ={})
    assert config.bot_user_id == bridge.BOT_USER_ID
    assert config.database.uri == f"sqlite:///{tmp_path}/bridge.db"
    assert registration["as_token"] == config.appservice.as_token
    assert registration["url"] == config.bridge.public_url


def test_another_database_can_be_given(tmp_path):
    url = "postgres://voice:secret@localhost/voice"
    content = bridge.config(tmp_path, Ports.from_base(20000), State(), url)
    assert content["database"]["uri"] == url


def test_a_test_may_change_single_keys(content, tmp_path):
    changed = bridge.merged(content, {"logging": {"level": "debug"}, "homeserver": {}})
    bridge.write(tmp_path, changed)
    config = load(tmp_path / "config.yaml", environ={})
    assert (config.logging.level, config.logging.format) == ("debug", "text")
    assert content["logging"]["level"] == "info"


def test_a_changed_key_that_is_none_is_named(content, tmp_path):
    with pytest.raises(ConfigError, match="prefx"):
        bridge.write(tmp_path, bridge.merged(content, {"bridge": {"prefx": "!"}}))


def test_overrides_for_another_installation_do_not_reach_the_bridge(tmp_path, monkeypatch):
    monkeypatch.setenv("HAOS_VOICE_LIVEKIT__URL", "wss://elsewhere.example")
    command = bridge.command(tmp_path, 20003)
    assert command.env["HAOS_VOICE_LIVEKIT__URL"] is None
