"""The registration: its content, and writing it without ever changing tokens that exist."""

import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from haos_voice_bridge import registration
from haos_voice_bridge.config import checks, example
from haos_voice_bridge.config.load import load_for_registration
from haos_voice_bridge.errors import ConfigError, RegistrationError
from tests.unit.config.sample import TEXT, read, refusal, with_line

TOP = Path(__file__).parents[2]
WITHOUT_TOKENS = TEXT.replace("as-token-of-the-test", checks.TO_GENERATE).replace(
    "hs-token-of-the-test", checks.TO_GENERATE
)


def yaml_of(path: Path):
    return YAML(typ="safe", pure=True).load(path.read_text())


@pytest.fixture
def files(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(WITHOUT_TOKENS)
    return config, tmp_path / "registration.yaml"


def generate(files, environ=None) -> bool:
    config, target = files
    return registration.generate(load_for_registration(config, environ or {}), config, target)


def test_the_registration_says_what_the_configuration_says():
    assert registration.build(read()) == {
        "id": "haos-voice",
        "url": "http://bridge.test:29345",
        "as_token": "as-token-of-the-test",
        "hs_token": "hs-token-of-the-test",
        "sender_localpart": "voice",
        "rate_limited": False,
        "namespaces": {
            "users": [
                {"exclusive": True, "regex": r"@voice:hs\.test$"},
                {"exclusive": True, "regex": r"@_voice_[^:]*:hs\.test$"},
            ],
            "aliases": [{"exclusive": True, "regex": r"#voice-(dm|room)-[^:]*:hs\.test$"}],
            "rooms": [],
        },
        "receive_ephemeral": True,
        "de.sorunome.msc2409.push_ephemeral": True,
        "io.element.msc4190": True,
    }


def test_the_example_at_the_top_is_what_the_example_configuration_gives(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(example.text().replace("domain: example.com", "domain: placeholder.test"))
    built = registration.build(load_for_registration(config, {}))
    there = yaml_of(TOP / "registration.yaml")
    assert list(there) == list(built)
    assert there["namespaces"]["users"][0]["regex"] == r"@voice:example\.com$"
    assert there["namespaces"]["aliases"][0]["regex"] == r"#voice-(dm|room)-[^:]*:example\.com$"
    assert there | {"namespaces": None} == built | {"namespaces": None}


@given(
    st.from_regex(r"[a-z0-9._=/+-]{1,20}", fullmatch=True),
    st.text("abc.:-+$@", max_size=4),
    st.text("abc.:-+$@\n", max_size=4),
)
def test_the_namespace_is_the_bot_and_nobody_else(username, before, after):
    text = TEXT.replace("  hs_token:", f'  bot: {{username: "{username}"}}\n  hs_token:')
    config = read(text)
    regex = registration.build(config)["namespaces"]["users"][0]["regex"]
    other = f"{before}{config.bot_user_id}{after}"
    matches = re.match(regex, other) is not None
    # `$` allows one line end in Python, which no user ID can hold.
    assert matches == (other.removesuffix("\n") == config.bot_user_id)


def test_new_tokens_go_into_both_files(files):
    assert generate(files)
    config = load_for_registration(files[0], {})
    tokens = {config.appservice.as_token, config.appservice.hs_token}
    assert len(tokens) == 2
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{64}", token) for token in tokens)
    assert yaml_of(files[1]) == registration.build(config)


def test_only_the_lines_of_the_tokens_change_in_the_configuration(files):
    generate(files)
    before, after = WITHOUT_TOKENS.splitlines(), files[0].read_text().splitlines()
    changed = [
        old.split(":")[0].strip() for old, new in zip(before, after, strict=True) if old != new
    ]
    assert changed == ["as_token", "hs_token"]


def test_the_registration_is_readable_by_its_owner_only(files):
    generate(files)
    assert stat.S_IMODE(files[1].stat().st_mode) == 0o600


@pytest.mark.parametrize("nothing", ["", " ''", " null", f" {checks.TO_GENERATE}"])
def test_tokens_that_are_empty_are_generated_as_well(files, nothing):
    files[0].write_text(re.sub(r"(hs_token:).*", rf"\1{nothing}", WITHOUT_TOKENS))
    assert generate(files)
    assert len(load_for_registration(files[0], {}).appservice.hs_token) == 64


def test_tokens_whose_keys_are_missing_are_generated_as_well(files):
    files[0].write_text(re.sub(r"  .s_token: .*\n", "", TEXT))
    assert generate(files)
    lines = files[0].read_text().splitlines()
    assert re.sub(r"  .s_token: .*\n", "", files[0].read_text()) == re.sub(
        r"  .s_token: .*\n", "", TEXT
    )
    assert sum("s_token: " in line for line in lines) == 2


def test_tokens_that_exist_are_used_and_not_replaced(files):
    files[0].write_text(TEXT)
    assert generate(files)
    assert files[0].read_text() == TEXT
    assert yaml_of(files[1])["as_token"] == "as-token-of-the-test"


def test_only_the_token_that_lacks_is_generated(files):
    files[0].write_text(with_line("hs-token-of-the-test", checks.TO_GENERATE))
    generate(files)
    assert yaml_of(files[1])["as_token"] == "as-token-of-the-test"
    assert yaml_of(files[1])["hs_token"] == load_for_registration(files[0], {}).appservice.hs_token


def test_tokens_from_the_environment_are_used_and_not_written_into_the_configuration(files):
    environ = {
        "HAOS_VOICE_APPSERVICE__AS_TOKEN": "env-a",
        "HAOS_VOICE_APPSERVICE__HS_TOKEN": "env-h",
    }
    assert generate(files, environ)
    assert files[0].read_text() == WITHOUT_TOKENS
    assert yaml_of(files[1])["hs_token"] == "env-h"


def test_a_registration_that_agrees_is_left_alone(files):
    generate(files)
    before = [path.read_bytes() for path in files]
    assert not generate(files)
    assert [path.read_bytes() for path in files] == before


def test_a_registration_may_say_more_than_ours(files):
    generate(files)
    files[1].write_text(files[1].read_text() + "protocols: [voice]\n")
    assert not generate(files)


def test_a_registration_without_tokens_in_the_configuration_is_an_error(files):
    generate(files)
    written = files[1].read_text()
    files[0].write_text(WITHOUT_TOKENS)
    with pytest.raises(RegistrationError, match="either copy as_token and hs_token from it into"):
        generate(files)
    assert files[0].read_text() == WITHOUT_TOKENS
    assert files[1].read_text() == written


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        (r"as_token: .*", "as_token: another", "as_token differ"),
        (r"_token: .*", "_token: another", "as_token, hs_token differ"),
        (r"url: .*", "url: http://another.test", "url differ"),
        (r"sender_localpart: .*", "sender_localpart: other", "sender_localpart differ"),
        (r"receive_ephemeral: .*\n", "", "receive_ephemeral differ"),
    ],
)
def test_a_registration_that_differs_is_an_error_that_names_what(files, old, new, named):
    generate(files)
    files[1].write_text(changed := re.sub(old, new, files[1].read_text()))
    with pytest.raises(RegistrationError, match=named) as caught:
        generate(files)
    assert "another" not in str(caught.value)
    assert files[1].read_text() == changed


@pytest.mark.parametrize("text", ["", "- a\n", "a: [\n"])
def test_a_registration_that_is_none_is_an_error(files, text):
    files[0].write_text(TEXT)
    files[1].write_text(text)
    with pytest.raises(RegistrationError, match=r"registration\.yaml"):
        generate(files)


def test_a_registration_that_cannot_be_written_leaves_tokens_for_the_next_try(files):
    config, target = files
    with pytest.raises(RegistrationError, match="cannot be written"):
        generate((config, target.parent / "none" / "registration.yaml"))
    kept = config.read_text()
    assert generate(files)
    assert config.read_text() == kept


def test_a_name_that_yaml_1_1_reads_as_a_boolean_stays_a_name(files):
    files[0].write_text(TEXT.replace("  hs_token:", '  bot: {username: "on"}\n  hs_token:'))
    generate(files)
    assert "sender_localpart: 'on'" in files[1].read_text()


def test_there_is_no_registration_for_the_placeholder_domain(files):
    files[0].write_text(WITHOUT_TOKENS.replace("domain: hs.test", "domain: example.com"))
    with pytest.raises(
        ConfigError, match=r"homeserver\.domain: is still the example's placeholder"
    ):
        generate(files)
    assert not files[1].exists()


ENCRYPTED = WITHOUT_TOKENS.replace(
    "  pickle_key: pickle-key-of-the-test", '  enabled: true\n  pickle_key: "generate with -g"'
)


def test_with_encryption_the_sender_is_not_the_bot_and_keys_are_counted(files):
    files[0].write_text(ENCRYPTED)
    assert generate(files)
    there = yaml_of(files[1])
    assert there["org.matrix.msc3202"] is True
    assert there["sender_localpart"] == "_voice_sender"
    regexes = [user["regex"] for user in there["namespaces"]["users"]]
    puppets = r"@_voice_[^:]*:hs\.test$"
    assert regexes == [r"@voice:hs\.test$", puppets, r"@_voice_sender:hs\.test$"]
    assert all(user["exclusive"] for user in there["namespaces"]["users"])


def test_a_pickle_key_is_generated_once_and_only_where_encryption_is_enabled(files):
    generate(files)
    assert "pickle-key-of-the-test" in files[0].read_text()
    files[0].write_text(ENCRYPTED)
    files[1].unlink()
    generate(files)
    key = yaml_of(files[0])["encryption"]["pickle_key"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", key)
    assert not generate(files)
    assert yaml_of(files[0])["encryption"]["pickle_key"] == key


def test_encryption_switched_on_later_says_that_the_registration_must_be_written_anew(files):
    generate(files)
    switched_on = files[0].read_text().replace("encryption:\n", "encryption:\n  enabled: true\n")
    files[0].write_text(switched_on)
    with pytest.raises(
        RegistrationError, match="remove the registration, run this again"
    ) as caught:
        generate(files)
    for name in ("sender_localpart", "org.matrix.msc3202"):
        assert name in str(caught.value)
    files[1].unlink()
    tokens = [yaml_of(files[0])["appservice"][name] for name in ("as_token", "hs_token")]
    assert generate(files)
    assert [yaml_of(files[1])[name] for name in ("as_token", "hs_token")] == tokens


def test_encryption_without_a_pickle_key_is_told_with_the_command_to_run():
    text = TEXT.replace("  pickle_key: pickle-key-of-the-test", "  enabled: true")
    message = refusal(text, kind=RegistrationError)
    assert "encryption.pickle_key" in message
    assert "-g" in message
