"""Placeholders, weak secrets and names of servers."""

import pytest

from haos_voice_bridge.config import checks
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.errors import ConfigError, RegistrationError
from tests.unit.config.sample import SECRET, TEXT, read, refusal, with_line

PERMISSIONS = TEXT[TEXT.index('    "*"') :]


def with_permissions(*entries: str) -> str:
    return TEXT.replace(PERMISSIONS, "".join(f"    {entry}\n" for entry in entries))


@pytest.mark.parametrize("name", ["as", "hs"])
def test_a_token_still_to_be_generated_says_how(name):
    text = with_line(f"{name}-token-of-the-test", checks.TO_GENERATE)
    message = refusal(text, kind=RegistrationError)
    assert (
        f"appservice.{name}_token: is still the placeholder; run: haos-voice-bridge -c" in message
    )
    assert message.endswith("-g -r registration.yaml")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("domain: hs.test", "domain: example.com", "homeserver.domain"),
        ("wss://sfu.test", "wss://livekit.example.com/", "livekit.url"),
        ("api_key: key", "api_key: your LiveKit API key", "livekit.api_key"),
        (SECRET, "your LiveKit API secret", "livekit.api_secret"),
        ("https://voice.test", "https://voice.example.com", "bridge.public_url"),
    ],
)
def test_a_placeholder_left_in_place_is_refused(old, new, key):
    message = refusal(with_line(old, new), kind=ConfigError)
    assert f"{key}: is still the example's placeholder; set it to" in message


@pytest.mark.parametrize("domain", ["https://hs.test", "hs test", "@ann:hs.test", "hs.test/"])
def test_a_domain_that_is_no_server_name_is_refused(domain):
    text = with_line("domain: hs.test", f'domain: "{domain}"')
    assert "homeserver.domain: is not a server name" in refusal(text, kind=ConfigError)


@pytest.mark.parametrize("domain", ["hs.test:8448", "localhost", "[::1]:8448", "1.2.3.4"])
def test_any_matrix_server_name_is_a_domain(domain):
    assert read(with_line("domain: hs.test", f'domain: "{domain}"')).homeserver.domain == domain


def test_a_livekit_secret_needs_32_bytes():
    assert "livekit.api_secret: is shorter than 32 bytes" in refusal(
        with_line(SECRET, "s" * 31), kind=ConfigError
    )
    assert read(with_line(SECRET, "s" * 32))
    assert read(with_line(SECRET, "ü" * 16)), "bytes count, not characters"


@pytest.mark.parametrize(
    "entries",
    [
        ["example.com: start"],
        ["example.com: start", '"@admin:example.com": admin'],
    ],
)
def test_permissions_of_the_example_alone_are_refused(entries):
    message = refusal(with_permissions(*entries), kind=ConfigError)
    assert "bridge.permissions: has only the example's entries" in message


def test_permissions_may_keep_an_entry_of_the_example_beside_others():
    config = read(with_permissions("example.com: start", "hs.test: admin"))
    assert config.bridge.permissions["hs.test"] is Role.ADMIN


def test_empty_permissions_are_refused():
    text = TEXT.replace("permissions:\n" + PERMISSIONS, "permissions: {}\n")
    assert "bridge.permissions: is empty, so nobody" in refusal(text, kind=ConfigError)


@pytest.mark.parametrize("key", ["*", "hs.test", "hs.test:8448", "@ann:hs.test", "@a b:[::1]"])
def test_a_permission_is_for_all_or_a_server_or_a_user(key):
    if " " in key:
        assert "is neither *" in refusal(with_permissions(f'"{key}": join'))
    else:
        assert read(with_permissions(f'"{key}": join')).bridge.permissions == {key: Role.JOIN}


@pytest.mark.parametrize(
    "key", ["@ann", "ann@hs.test", "*.hs.test", "@*:hs.test", "", "#a:hs.test"]
)
def test_any_other_permission_is_refused_at_its_line(key):
    message = refusal(with_permissions('"*": join', f'"{key}": join'), kind=ConfigError)
    assert message.startswith(f"config.yaml:18: bridge.permissions.{key}: is neither *, nor")
