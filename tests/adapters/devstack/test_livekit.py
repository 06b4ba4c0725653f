import json

import pytest

from haos_voice_bridge.devstack import livekit
from haos_voice_bridge.devstack.livekit import Binary, Container
from haos_voice_bridge.devstack.ports import Ports
from haos_voice_bridge.devstack.progress import quiet
from haos_voice_bridge.devstack.state import State
from haos_voice_bridge.errors import StartupError

BUILDS = """
test "$1 $2" = "install github.com/livekit/livekit-server/cmd/server@v1.13.5" || exit 2
/bin/mkdir -p "$GOBIN"
printf '#!/bin/sh\\necho livekit-server version 1.13.5\\n' > "$GOBIN/server"
/bin/chmod +x "$GOBIN/server"
"""


def find(cache):
    return livekit.find(cache, quiet())


def test_a_server_on_path_is_taken_first(programs, installed):
    path = programs.livekit("1.14.0")
    server = find(installed)
    assert isinstance(server, Binary)
    assert server.path == path


@pytest.mark.parametrize("version", ["1.9.12", "2.0.0", "of yesterday"])
def test_a_server_on_path_of_another_version_is_passed_over(programs, installed, version):
    programs.livekit(version)
    assert find(installed).path.is_relative_to(installed)


def test_a_server_that_was_built_before_is_used_without_go(programs, installed):
    assert find(installed).path.is_relative_to(installed)


def test_go_builds_the_server_once(programs, cache):
    go = programs.add("go", BUILDS)
    first = find(cache)
    assert first.path.name == "livekit-server"
    go.unlink()
    assert find(cache).path == first.path


def test_a_build_that_was_interrupted_is_done_again(programs, cache):
    programs.add("go", BUILDS)
    half = cache / f"livekit-{livekit.VERSION}.building"
    half.mkdir(parents=True)
    (half / "server").write_text("half of it")
    assert livekit.version_of(find(cache).path) == (1, 13, 5)


def test_docker_is_used_where_go_is_missing(programs, cache):
    docker = programs.add("docker", "echo 27.0")
    server = find(cache)
    assert isinstance(server, Container)
    assert server.docker == docker


def test_docker_is_used_where_the_build_fails(programs, cache):
    programs.add("go", "exit 1")
    programs.add("docker", "echo 27.0")
    assert isinstance(find(cache), Container)


def test_without_any_way_the_error_names_all_three_and_what_is_wrong(programs, cache):
    programs.livekit("1.2.3")
    programs.add("go", "echo dial tcp: no route to host; exit 1")
    programs.add("docker", "exit 1")
    with pytest.raises(StartupError) as refused:
        find(cache)
    text = str(refused.value)
    for way in ("livekit-server 1.13 or newer on PATH", "Go 1.24 or newer", "a running Docker"):
        assert way in text
    for reason in ("livekit-server 1.2.3", "no route to host", "no Docker daemon answers"):
        assert reason in text


def test_a_machine_with_nothing_is_told_so(programs, cache):
    with pytest.raises(StartupError, match=r"there is no Go\n.*there is no Docker"):
        find(cache)


@pytest.fixture
def content():
    return livekit.config(Ports.from_base(20000), State(), "http://127.0.0.1:20003/hook")


def test_the_configuration_is_for_loopback_alone(content):
    assert content["bind_addresses"] == ["127.0.0.1"]
    rtc = content["rtc"]
    assert rtc["node_ip"] == "127.0.0.1"
    assert rtc["ips"] == {"includes": ["127.0.0.1/32"]}
    assert rtc["tcp_port"] == 0


def test_rooms_are_opened_by_the_bridge_only(content):
    assert content["room"] == {"auto_create": False}


def test_a_binary_reads_a_file_that_only_its_owner_can_read(content, tmp_path):
    server = Binary(tmp_path / "livekit-server", "")
    command = livekit.command(server, tmp_path / "livekit", Ports.from_base(20000), content)
    path = tmp_path / "livekit" / "livekit.yaml"
    assert command.argv == (str(server.path), "--config", str(path))
    assert json.loads(path.read_text()) == content
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_container_is_removed_by_name_and_told_its_secrets_outside_its_arguments(
    content, tmp_path
):
    server = Container(tmp_path / "docker")
    command = livekit.command(server, tmp_path / "livekit", Ports.from_base(20000), content)
    name = command.argv[command.argv.index("--name") + 1]
    assert command.sweep == (str(server.docker), "rm", "--force", name)
    assert "host" in command.argv
    assert not any("keys" in word for word in command.argv)
    assert json.loads(command.env["LIVEKIT_CONFIG"]) == content
