import json

import pytest

from haos_voice_bridge.devstack import synapse
from haos_voice_bridge.devstack.progress import quiet
from haos_voice_bridge.devstack.state import State
from haos_voice_bridge.errors import StartupError

UV = f"""
if test "$1" = --version; then exit 0; fi
if test "$1" = venv; then /bin/mkdir -p "$4/bin"; exit 0; fi
test "$5" = matrix-synapse=={synapse.VERSION} || exit 2
printf '#!/bin/sh\\necho {synapse.VERSION}\\n' > "$4"
/bin/chmod +x "$4"
"""


def test_it_is_installed_once(programs, cache):
    uv = programs.add("uv", UV)
    first = synapse.find(cache, quiet())
    uv.unlink()
    assert synapse.find(cache, quiet()) == first


def test_half_an_installation_is_done_again(programs, installed):
    programs.add("uv", UV)
    home = installed / f"synapse-{synapse.VERSION}"
    (home / "complete").unlink()
    (home / "rest").touch()
    synapse.find(installed, quiet())
    assert not (home / "rest").exists()


def test_an_installation_that_fails_shows_its_last_output(programs, cache):
    programs.add("uv", 'test "$1" = --version || { echo no such package; exit 1; }')
    with pytest.raises(StartupError, match="no such package"):
        synapse.find(cache, quiet())


@pytest.fixture
def content(tmp_path):
    registration = tmp_path / "registration.yaml"
    return synapse.config(tmp_path, 20000, State(), registration, "http://127.0.0.1:20003")


def test_it_listens_on_loopback_and_talks_to_no_other_server(content):
    (listener,) = content["listeners"]
    assert listener["bind_addresses"] == ["127.0.0.1"]
    assert content["federation_domain_whitelist"] == []
    assert content["trusted_key_servers"] == []


def test_clients_are_told_where_calls_are(content):
    transport = {"type": "livekit", "livekit_service_url": "http://127.0.0.1:20003"}
    assert content["matrix_rtc"]["transports"] == [transport]
    assert content["extra_well_known_client_content"] == {
        "org.matrix.msc4143.rtc_foci": [transport]
    }


def test_the_bridge_is_registered(content, tmp_path):
    assert content["app_service_config_files"] == [str(tmp_path / "registration.yaml")]


def test_the_signing_key_stays_the_same(content, tmp_path):
    python = tmp_path / "python"
    synapse.command(python, tmp_path, 20000, content)
    key = (tmp_path / "signing.key").read_text()
    synapse.command(python, tmp_path, 20000, content)
    assert (tmp_path / "signing.key").read_text() == key
    assert json.loads((tmp_path / "homeserver.yaml").read_text()) == content
