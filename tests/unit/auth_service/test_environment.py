"""The environment variables of lk-jwt-service, and what is said of wrong ones."""

import pytest

from haos_voice_bridge.auth_service.environment import settings
from haos_voice_bridge.errors import ConfigError

SECRET = "hush-" * 8
ENV = {
    "LIVEKIT_URL": "wss://sfu.test/rtc/",
    "LIVEKIT_KEY": "key",
    "LIVEKIT_SECRET": SECRET,
    "LIVEKIT_FULL_ACCESS_HOMESERVERS": "hs.test, other.test",
}


def without(*names):
    return {name: value for name, value in ENV.items() if name not in names}


def refusal(env):
    with pytest.raises(ConfigError) as caught:
        settings(env)
    assert caught.value.exit_code == 10
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_the_least_that_is_needed():
    made = settings(ENV)
    assert (made.livekit_url, made.rpc_url) == ("wss://sfu.test/rtc", "https://sfu.test/rtc")
    assert (made.key, made.secret) == ("key", SECRET)
    assert (made.hostname, made.port, made.prefix) == (None, 8080, "")
    assert made.full_access == ("hs.test", "other.test")
    assert (made.sanity_ms, made.level, made.verify_tls) == (60_000, "info", True)
    assert (made.redis_url, made.client_apis, made.allowed) == ("", {}, ())
    assert SECRET not in repr(made)


def test_all_that_is_missing_is_said_at_once():
    text = refusal({})
    for name in ("LIVEKIT_URL", "LIVEKIT_KEY", "LIVEKIT_FULL_ACCESS_HOMESERVERS"):
        assert f"\n  {name} is not set" in text or f"{name} is not set" in text


def test_key_and_secret_from_files_of_their_own(tmp_path):
    key, secret = tmp_path / "key", tmp_path / "secret"
    key.write_text("other \r\n")
    secret.write_text(f"{SECRET}\n")
    env = without("LIVEKIT_SECRET") | {
        "LIVEKIT_KEY_FROM_FILE": str(key),
        "LIVEKIT_SECRET_FROM_FILE": str(secret),
    }
    assert (settings(env).key, settings(env).secret) == ("other", SECRET)


def test_key_and_secret_from_one_file(tmp_path):
    file = tmp_path / "keys.yaml"
    file.write_text(f"key: {SECRET}\n")
    env = without("LIVEKIT_KEY", "LIVEKIT_SECRET") | {"LIVEKIT_KEY_FILE": str(file)}
    assert (settings(env).key, settings(env).secret) == ("key", SECRET)
    assert "exclude each other" in refusal(ENV | {"LIVEKIT_KEY_FILE": str(file)})
    for wrong in ("", "key", "a:b:c", ":x"):
        file.write_text(wrong)
        assert "LIVEKIT_KEY_FILE" in refusal(env)


def test_a_file_that_cannot_be_read_is_said_without_its_path(tmp_path):
    env = ENV | {"LIVEKIT_SECRET_FROM_FILE": str(tmp_path / "nothing-here")}
    text = refusal(env)
    assert "LIVEKIT_SECRET_FROM_FILE" in text
    assert "nothing-here" not in text


@pytest.mark.parametrize(
    ("bind", "address"),
    [
        (":9000", (None, 9000)),
        ("127.0.0.1:9000", ("127.0.0.1", 9000)),
        ("[::1]:9000", ("::1", 9000)),
        ("localhost:9000", ("localhost", 9000)),
    ],
)
def test_where_to_listen(bind, address):
    made = settings(ENV | {"LIVEKIT_JWT_BIND": bind})
    assert (made.hostname, made.port) == address


def test_the_old_name_of_the_port():
    assert settings(ENV | {"LIVEKIT_JWT_PORT": "9000"}).port == 9000
    both = ENV | {"LIVEKIT_JWT_PORT": "9000", "LIVEKIT_JWT_BIND": ":9000"}
    assert "together" in refusal(both)


def test_overrides_of_client_server_apis():
    text = "hs.test=https://matrix.hs.test, other.test = inner:8008 "
    assert settings(ENV | {"LIVEKIT_CS_API_URL_OVERRIDES": text}).client_apis == {
        "hs.test": "https://matrix.hs.test",
        "other.test": "https://inner:8008",
    }


@pytest.mark.parametrize(
    ("name", "value", "attribute", "read"),
    [
        ("LIVEKIT_SANITY_CHECK_INTERVAL_SECONDS", "5", "sanity_ms", 5000),
        ("LIVEKIT_SANITY_CHECK_INTERVAL_SECONDS", "0", "sanity_ms", 0),
        ("LIVEKIT_LOG_LEVEL", "WARN", "level", "warning"),
        ("LIVEKIT_LOG_LEVEL", "loud", "level", "info"),
        ("LIVEKIT_INSECURE_SKIP_VERIFY_TLS", "true", "verify_tls", True),
        (
            "LIVEKIT_INSECURE_SKIP_VERIFY_TLS",
            "YES_I_KNOW_WHAT_I_AM_DOING",
            "verify_tls",
            False,
        ),
        ("LIVEKIT_REDIS_URL", "redis://r:6379", "redis_url", "redis://r:6379"),
        ("LIVEKIT_JWT_PATH_PREFIX", "/livekit/jwt/", "prefix", "/livekit/jwt"),
        ("LIVEKIT_FULL_ACCESS_HOMESERVERS", "*", "full_access", ("*",)),
    ],
)
def test_one_variable(name, value, attribute, read):
    assert getattr(settings(ENV | {name: value}), attribute) == read


def test_networks_inside_that_may_be_reached():
    made = settings(ENV | {"LIVEKIT_ALLOWED_PRIVATE_NETWORKS": "10.0.0.0/8, fd00::/8"})
    assert [str(network) for network in made.allowed] == ["10.0.0.0/8", "fd00::/8"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIVEKIT_URL", "sfu.test"),
        ("LIVEKIT_URL", f"wss://user:{SECRET}@sfu.test"),
        ("LIVEKIT_JWT_BIND", "8080"),
        ("LIVEKIT_JWT_BIND", ":99999"),
        ("LIVEKIT_JWT_BIND", "::1:80"),
        ("LIVEKIT_JWT_PORT", "http"),
        ("LIVEKIT_FULL_ACCESS_HOMESERVERS", " , "),
        ("LIVEKIT_FULL_ACCESS_HOMESERVERS", "*, hs.test"),
        ("LIVEKIT_CS_API_URL_OVERRIDES", "hs.test"),
        ("LIVEKIT_CS_API_URL_OVERRIDES", "hs.test=ftp://x"),
        ("LIVEKIT_SANITY_CHECK_INTERVAL_SECONDS", "-1"),
        ("LIVEKIT_SANITY_CHECK_INTERVAL_SECONDS", "1m"),
        ("LIVEKIT_JWT_PATH_PREFIX", "livekit"),
        ("LIVEKIT_ALLOWED_PRIVATE_NETWORKS", "10.0.0.0/99"),
    ],
)
def test_a_wrong_value_is_one_error_that_names_the_variable(name, value):
    assert name in refusal(ENV | {name: value})
