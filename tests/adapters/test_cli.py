"""The command line, from arguments to exit code."""

import os
import stat
import subprocess
import sys

import pytest
from click.testing import CliRunner

from haos_voice_bridge import __version__, errors
from haos_voice_bridge.__main__ import main
from haos_voice_bridge.config import example
from tests.unit.config.sample import SECRET, TEXT


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("HAOS_VOICE_"):
            monkeypatch.delenv(name)


def run(*arguments: str, env: dict[str, str] | None = None):
    result = CliRunner().invoke(main, arguments, env=env)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def write(tmp_path, text: str = TEXT):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    return path


def test_a_configuration_that_is_right_is_summed_up_without_secrets(tmp_path):
    write(tmp_path, TEXT.replace("sqlite:voice.db", "postgres://me:hush@db/voice"))
    result = run("check-config")
    assert result.exit_code == 0
    assert result.stdout.startswith("config.yaml: ok\n")
    for shown in ("@voice:hs.test", "http://hs.test:8008", "wss://sfu.test", "PostgreSQL"):
        assert shown in result.stdout
    for secret in ("hush", SECRET, "as-token", "hs-token"):
        assert secret not in result.output


def test_the_file_may_be_named_before_or_after_the_command_or_by_the_environment(tmp_path):
    write(tmp_path).rename("other.yaml")
    assert run("-c", "other.yaml", "check-config").exit_code == 0
    assert run("check-config", "-c", "other.yaml").exit_code == 0
    assert run("check-config", env={"HAOS_VOICE_CONFIG": "other.yaml"}).exit_code == 0


@pytest.mark.parametrize("arguments", [["check-config"], []])
def test_an_error_of_the_configuration_is_one_message_and_exit_code_10(tmp_path, arguments):
    write(tmp_path, TEXT.replace("api_key:", "api_kay:"))
    result = run(*arguments)
    assert result.exit_code == 10
    assert result.stdout == ""
    assert result.stderr.startswith("haos-voice-bridge: 2 problems in the configuration:\n")
    assert "config.yaml:12: livekit.api_kay: unknown key" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("arguments", [["check-config"], []])
def test_tokens_still_to_be_generated_are_exit_code_11(tmp_path, arguments):
    write(tmp_path, TEXT.replace("as-token-of-the-test", "generate with -g"))
    result = run(*arguments)
    assert result.exit_code == 11
    assert "-g -r registration.yaml" in result.stderr


def test_a_missing_file_says_how_to_get_one():
    result = run()
    assert result.exit_code == 10
    assert "haos-voice-bridge -e -c config.yaml" in result.stderr


def test_an_override_from_the_environment_is_in_force(tmp_path):
    write(tmp_path)
    result = run("check-config", env={"HAOS_VOICE_HOMESERVER__DOMAIN": "env.test"})
    assert "@voice:env.test" in result.stdout
    result = run("check-config", env={"HAOS_VOICE_HOMSERVER__DOMAIN": "env.test"})
    assert "did you mean HAOS_VOICE_HOMESERVER__DOMAIN?" in result.stderr


def test_the_example_is_written_for_its_owner_only(tmp_path):
    result = run("-e", "-c", "new.yaml")
    path = tmp_path / "new.yaml"
    assert result.exit_code == 0
    assert path.read_text() == example.text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_example_is_not_written_over_a_file(tmp_path):
    path = write(tmp_path)
    result = run("-e")
    assert result.exit_code == 10
    assert "exists already" in result.stderr
    assert path.read_text() == TEXT


def test_the_example_cannot_be_written_into_a_folder_that_is_not_there():
    result = run("-e", "-c", "none/config.yaml")
    assert result.exit_code == 10
    assert "cannot be written" in result.stderr


def test_from_the_example_to_a_registration_needs_only_the_domain(tmp_path):
    run("-e")
    assert run("-g").exit_code == 10, "the domain is still the placeholder"
    path = tmp_path / "config.yaml"
    path.write_text(path.read_text().replace("domain: example.com", "domain: hs.test"))
    result = run("-g", "-r", "voice.yaml")
    assert result.exit_code == 0
    assert "app_service_config_files" in result.stdout
    assert str(tmp_path / "voice.yaml") in result.stdout
    assert "@voice:hs.test" in result.stdout
    again = run("-g", "-r", "voice.yaml")
    assert again.exit_code == 0
    assert "agrees" in again.stdout


def test_a_registration_that_differs_is_exit_code_11(tmp_path):
    write(tmp_path)
    run("-g")
    write(tmp_path, TEXT.replace("bridge.test", "moved.test"))
    result = run("-g")
    assert result.exit_code == 11
    assert "url differ" in result.stderr


@pytest.mark.parametrize("arguments", [["-e", "-g"], ["-g", "check-config"], ["--nonsense"], ["x"]])
def test_a_wrong_command_line_is_exit_code_2(arguments):
    assert run(*arguments).exit_code == 2


def test_the_version_is_told():
    assert run("--version").stdout == f"haos-voice-bridge, version {__version__}\n"


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_the_commands_and_the_exit_codes(option):
    text = run(option).stdout
    for command in ("check-config", "up"):
        assert f"\n  {command} " in text
    named = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    own_code = [kind for kind in named if getattr(kind, "exit_code", 1) != 1]
    assert own_code
    for error in own_code:
        assert f"\n    {error.exit_code}  {error.__doc__}\n" in text


def test_up_shows_its_own_options():
    result = run("up", "--help")
    assert result.exit_code == 0
    assert "up [OPTIONS]" in result.stdout


def test_the_program_runs_as_a_module_and_imports_no_devstack(tmp_path):
    write(tmp_path)
    code = (
        "import sys; from haos_voice_bridge.__main__ import main\n"
        "main(['check-config'], standalone_mode=False)\n"
        "sys.exit(any(name.startswith('haos_voice_bridge.devstack') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    module = [sys.executable, "-m", "haos_voice_bridge", "--version"]
    assert b"version" in subprocess.run(module, check=True, capture_output=True).stdout
