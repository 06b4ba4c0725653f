import json
import socket

import pytest
from click.testing import CliRunner

from haos_voice_bridge.devstack.ports import Ports
from haos_voice_bridge.devstack.stack import Options, Stack
from haos_voice_bridge.devstack.up import up
from haos_voice_bridge.errors import AddressInUse, StartupError


def test_a_data_folder_keeps_its_secrets(installed, programs, tmp_path):
    data = tmp_path / "data"
    first = Stack.prepare(Options(data))
    first.stop()
    second = Stack.prepare(Options(data))
    second.stop()
    assert first.info.livekit_api_secret == second.info.livekit_api_secret
    assert (data / "state.json").stat().st_mode & 0o777 == 0o600
    assert data.stat().st_mode & 0o777 == 0o700


def test_a_second_run_with_the_same_data_is_refused(installed, programs, tmp_path, me):
    first = Stack.prepare(Options(tmp_path / "data"))
    with pytest.raises(StartupError, match=rf"in use by another run \(process {me}\).*--data"):
        Stack.prepare(Options(tmp_path / "data"))
    first.stop()
    Stack.prepare(Options(tmp_path / "data")).stop()


def test_a_damaged_state_is_named(installed, programs, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "state.json").write_text('{"users": {}, "unknown": 1}')
    with pytest.raises(StartupError, match=r"state\.json cannot be read"):
        Stack.prepare(Options(data))
    (data / "state.json").unlink()
    Stack.prepare(Options(data)).stop()


def test_the_info_has_all_addresses(installed, programs, tmp_path):
    ports = Ports.free()
    stack = Stack.prepare(Options(tmp_path / "data", ports))
    stack.stop()
    info = json.loads(stack.info.to_json())
    assert info["homeserver_url"] == f"http://127.0.0.1:{ports.synapse}"
    assert info["livekit_url"] == f"ws://127.0.0.1:{ports.livekit}"
    assert info["bridge_url"] == f"http://127.0.0.1:{ports.bridge}"
    assert info["bot_user_id"] == "@voice:localhost"
    assert info["pids"] == {"synapse": None, "livekit": None, "bridge": None}


def test_without_the_bridge_synapse_is_told_of_none(installed, programs, tmp_path):
    stack = Stack.prepare(Options(tmp_path / "data", with_bridge=False))
    stack.stop()
    homeserver = json.loads((tmp_path / "data" / "synapse" / "homeserver.yaml").read_text())
    assert homeserver["app_service_config_files"] == []
    assert stack.parts == (stack.livekit, stack.synapse)


def test_the_logs_of_the_run_before_are_kept(installed, programs, tmp_path):
    data = tmp_path / "data"
    Stack.prepare(Options(data)).stop()
    (data / "bridge" / "bridge.log").write_text("what happened")
    Stack.prepare(Options(data)).stop()
    assert (data / "bridge" / "bridge.old.log").read_text() == "what happened"


def test_up_reports_a_port_clash_and_lets_go_of_the_folder(installed, programs, tmp_path):
    ports = Ports.free()
    argv = ["--data", str(tmp_path / "data"), "--port-base", str(ports.synapse)]
    with socket.create_server(("127.0.0.1", ports.livekit)):
        result = CliRunner().invoke(up, argv)
    assert isinstance(result.exception, AddressInUse)
    Stack.prepare(Options(tmp_path / "data")).stop()


def test_up_leaves_the_info_of_a_run_that_holds_the_folder(installed, programs, tmp_path):
    stack = Stack.prepare(Options(tmp_path / "data"))
    stack.info.write(tmp_path / "info.json")
    argv = ["--data", str(tmp_path / "data"), "--info", str(tmp_path / "info.json")]
    result = CliRunner().invoke(up, [*argv, "--port-base", str(Ports.free().synapse)])
    stack.stop()
    assert isinstance(result.exception, StartupError)
    assert (tmp_path / "info.json").exists()
