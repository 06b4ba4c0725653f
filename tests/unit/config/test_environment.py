"""Overrides by HAOS_VOICE_ variables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge.config import schema
from haos_voice_bridge.config.checks import value_at
from haos_voice_bridge.config.environment import variable_of
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.errors import ConfigError
from tests.unit.config.sample import SECRET, TEXT, read, refusal, with_line

LEAVES = [key for key, _ in schema.leaves()]
SAMPLES = {
    "homeserver.address": ("https://env.test", "https://env.test"),
    "homeserver.browser_address": ("https://env.test", "https://env.test"),
    "homeserver.domain": ("env.test", "env.test"),
    "homeserver.startup_timeout_s": ("1.5", 1.5),
    "appservice.address": ("http://env.test", "http://env.test"),
    "appservice.hostname": ("::", "::"),
    "appservice.port": ("8080", 8080),
    "appservice.id": ("12", "12"),
    "appservice.bot.username": ("007", "007"),
    "appservice.bot.displayname": ("true", "true"),
    "appservice.bot.avatar": ("mxc://env.test/a", "mxc://env.test/a"),
    "appservice.as_token": ("null", "null"),
    "appservice.hs_token": ("5e3", "5e3"),
    "database.uri": ("postgres://a:b@c/d", "postgres://a:b@c/d"),
    "livekit.url": ("ws://env.test", "ws://env.test"),
    "livekit.api_url": ("http://env.test", "http://env.test"),
    "livekit.api_key": ("{key}", "{key}"),
    "livekit.api_secret": ("*" * 40, "*" * 40),
    "livekit.startup_timeout_s": ("0", 0.0),
    "bridge.command_prefix": ("!v", "!v"),
    "bridge.public_url": ("https://env.test", "https://env.test"),
    "bridge.permissions": ('{"*": start}', {"*": Role.START}),
    "matrix_rtc.path_prefix": ("", ""),
    "matrix_rtc.livekit_service_url": ("https://env.test/jwt", "https://env.test/jwt"),
    "matrix_rtc.full_access_homeservers": ("[hs.test]", ["hs.test"]),
    "matrix_rtc.allowed_networks": ("[10.0.0.0/8, '::1']", ["10.0.0.0/8", "::1"]),
    "matrix_rtc.sanity_check_interval_s": ("5", 5.0),
    "matrix_rtc.puppet_name": ("{name}", "{name}"),
    "matrix_rtc.well_known.serve": ("true", True),
    "matrix_rtc.well_known.homeserver_url": ("https://m.hs", "https://m.hs"),
    "matrix_rtc.well_known.more": ("{m.x: {y: 1}}", {"m.x": {"y": 1}}),
    "matrix_rtc.well_known.url": ("https://hs/wk", "https://hs/wk"),
    "encryption.enabled": ("true", True),
    "encryption.pickle_key": ("{p}", "{p}"),
    "history.keep_days": ("30", 30),
    "bridge.show_status": ("true", True),
    "bridge.embed_from": (
        '["https://app.element.io", "vector:"]',
        ["https://app.element.io", "vector:"],
    ),
    "bridge.login_homeservers": ("[https://hs.test/]", ["https://hs.test"]),
    "logging.level": ("debug", "debug"),
    "logging.format": ("json", "json"),
}


def test_there_is_a_sample_for_every_key():
    assert sorted(SAMPLES) == sorted(schema.dotted(key) for key in LEAVES)


@pytest.mark.parametrize("key", LEAVES, ids=schema.dotted)
def test_every_key_can_be_overridden(key):
    text, value = SAMPLES[schema.dotted(key)]
    config = read(environ={variable_of(key): text})
    assert value_at(config.model_dump(), key) == value


@pytest.mark.parametrize("key", LEAVES, ids=schema.dotted)
def test_every_key_can_be_read_from_a_file(key, tmp_path):
    text, value = SAMPLES[schema.dotted(key)]
    secret = tmp_path / "secret"
    secret.write_text(text + "\n")
    config = read(environ={f"{variable_of(key)}_FILE": str(secret)})
    assert value_at(config.model_dump(), key) == value


@given(st.text(st.characters(codec="utf-8"), max_size=50))
def test_any_text_arrives_as_it_is(text):
    environ = {"HAOS_VOICE_APPSERVICE__BOT__DISPLAYNAME": text}
    assert read(environ=environ).appservice.bot.displayname == text


def test_only_one_line_end_is_cut_from_a_file(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(f"{SECRET} \n\r\n".encode())
    config = read(environ={"HAOS_VOICE_LIVEKIT__API_SECRET_FILE": str(secret)})
    assert config.livekit.api_secret == f"{SECRET} \n"


def test_a_whole_section_can_come_from_the_environment():
    without = with_line("database:\n  uri: sqlite:voice.db\n", "")
    environ = {"HAOS_VOICE_DATABASE__URI": "sqlite:env.db"}
    assert read(without, environ).database.uri == "sqlite:env.db"
    assert read(without + "database:\n", environ).database.uri == "sqlite:env.db"


def test_an_override_does_not_hide_that_a_section_is_no_section():
    text = with_line("database:\n  uri: sqlite:voice.db\n", "database: here\n")
    message = refusal(text, {"HAOS_VOICE_DATABASE__URI": "sqlite:env.db"})
    assert "database: must be a block of keys" in message


def test_a_placeholder_in_the_file_does_not_matter_when_it_is_overridden():
    text = with_line("as-token-of-the-test", "generate with -g")
    environ = {"HAOS_VOICE_APPSERVICE__AS_TOKEN": "from-env"}
    assert read(text, environ).appservice.as_token == "from-env"


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("HAOS_VOICE_APPSERVICE__PORT", "many", "appservice.port: must be a whole number"),
        ("HAOS_VOICE_LIVEKIT__API_SECRET", "hush", "livekit.api_secret: is shorter than 32"),
        ("HAOS_VOICE_BRIDGE__PERMISSIONS", '{"*": boss}', "bridge.permissions.*: must be one of"),
        ("HAOS_VOICE_BRIDGE__PERMISSIONS", "{1: boss, @a: b}", "bridge.permissions: is not valid"),
        ("HAOS_VOICE_BRIDGE__PERMISSIONS", "join", "bridge.permissions: must be a block of keys"),
        ("HAOS_VOICE_HOMESERVER__DOMAIN", "example.com", "homeserver.domain: is still"),
    ],
)
def test_a_problem_with_an_override_names_the_variable_and_no_line(variable, value, problem):
    message = refusal(environ={variable: value}, kind=ConfigError)
    assert message.startswith(f"{variable}: {problem}")
    assert "config.yaml" not in message
    assert "hush" not in message


def test_a_number_as_a_permission_is_a_problem_and_not_a_crash():
    environ = {"HAOS_VOICE_BRIDGE__PERMISSIONS": "{1: join, 2.5: join, null: join}"}
    assert read(environ=environ).bridge.permissions.keys() == {"1", "2.5", "None"}


def test_an_unknown_variable_is_an_error_with_a_suggestion():
    assert refusal(environ={"HAOS_VOICE_LIVEKIT__API_SEKRET": SECRET}, kind=ConfigError) == (
        "HAOS_VOICE_LIVEKIT__API_SEKRET: unknown variable "
        "(did you mean HAOS_VOICE_LIVEKIT__API_SECRET?)"
    )


def test_variables_of_others_are_left_alone():
    environ = {"HAOS_VOICE_CONFIG": "x", "HAOS_VOICE_CACHE": "y", "PATH": "z", "HAOS_VOICES": "w"}
    assert read(environ=environ) == read()


def test_a_value_and_a_file_for_one_key_are_an_error():
    message = refusal(
        environ={
            "HAOS_VOICE_LIVEKIT__API_SECRET": SECRET,
            "HAOS_VOICE_LIVEKIT__API_SECRET_FILE": "/run/secrets/livekit",
        },
        kind=ConfigError,
    )
    assert message == (
        "HAOS_VOICE_LIVEKIT__API_SECRET: livekit.api_secret: "
        "HAOS_VOICE_LIVEKIT__API_SECRET_FILE is set as well; keep one of them"
    )


def test_a_file_that_cannot_be_read_names_the_variable_and_not_its_value(tmp_path):
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff")
    for value, reason in [(SECRET, "No such file"), (str(binary), "UTF-8"), ("\0", "")]:
        message = refusal(environ={"HAOS_VOICE_LIVEKIT__API_SECRET_FILE": value})
        assert message.startswith(
            "HAOS_VOICE_LIVEKIT__API_SECRET_FILE: livekit.api_secret: the file it names cannot"
        )
        assert reason in message
        assert value not in message


def test_problems_of_the_file_and_of_the_environment_come_together():
    text = TEXT.replace("api_key:", "api_kay:")
    message = refusal(text, {"HAOS_VOICE_LOGGING__LEVEL": "loud"})
    assert "livekit.api_kay: unknown key" in message
    assert "HAOS_VOICE_LOGGING__LEVEL: logging.level: must be one of" in message
