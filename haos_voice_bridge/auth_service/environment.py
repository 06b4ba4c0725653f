"""The environment variables of lk-jwt-service 0.5 (`config.go`, README), and three of our own."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from haos_voice_bridge.adapters.federation.guard import Network, networks
from haos_voice_bridge.errors import ConfigError
from haos_voice_bridge.token_service.gates import EVERYBODY

T = TypeVar("T")
Level = Literal["debug", "info", "warning", "error"]
INSECURE = "YES_I_KNOW_WHAT_I_AM_DOING"
SANITY_S = 60
"""The original looks for nobody unless told to; but one lost webhook would leave a ghost."""
_LEVELS: Mapping[str, Level] = {
    "debug": "debug",
    "info": "info",
    "warn": "warning",
    "warning": "warning",
    "error": "error",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service is to run.

    Attributes:
        hostname: None: every address of this machine.
    """

    livekit_url: str
    key: str
    secret: str = field(repr=False)
    hostname: str | None
    port: int
    full_access: tuple[str, ...]
    client_apis: Mapping[str, str]
    sanity_ms: int
    redis_url: str = field(repr=False)
    level: Level
    format: Literal["text"]
    verify_tls: bool
    prefix: str
    allowed: tuple[Network, ...]

    @property
    def rpc_url(self) -> str:
        """The base of LiveKit's HTTP API."""
        return re.sub(r"^ws", "http", self.livekit_url)


class _Wrong(ValueError):
    """One thing to mend."""


def settings(environ: Mapping[str, str]) -> Settings:
    """Read them.

    Raises:
        ConfigError: The text lists everything that is wrong, and repeats no value.
    """
    env = {name: value.strip() for name, value in environ.items() if value.strip()}
    wrong: list[str] = []

    def read(reader: Callable[[Mapping[str, str]], T], otherwise: T) -> T:
        try:
            return reader(env)
        except _Wrong as error:
            wrong.append(str(error))
            return otherwise

    key, secret = read(_keys, ("", ""))
    nowhere: tuple[str | None, int] = (None, 0)
    hostname, port = read(_bind, nowhere)
    made = Settings(
        livekit_url=read(_livekit_url, ""),
        key=key,
        secret=secret,
        hostname=hostname,
        port=port,
        full_access=read(_full_access, ()),
        client_apis=read(_client_apis, {}),
        sanity_ms=read(_sanity_ms, 0),
        redis_url=env.get("LIVEKIT_REDIS_URL", ""),
        level=read(_level, "info"),
        format="text",
        verify_tls=env.get("LIVEKIT_INSECURE_SKIP_VERIFY_TLS") != INSECURE,
        prefix=read(_prefix, ""),
        allowed=read(_allowed, ()),
    )
    if wrong:
        lines = wrong if len(wrong) == 1 else [f"{len(wrong)} problems:", *wrong]
        raise ConfigError("the environment: " + "\n  ".join(lines))
    return made


def _livekit_url(env: Mapping[str, str]) -> str:
    url = env.get("LIVEKIT_URL")
    if url is None:
        raise _Wrong("LIVEKIT_URL is not set; it is where clients reach LiveKit, as wss://…")
    parts = urlsplit(url)
    if parts.scheme not in {"ws", "wss", "http", "https"} or not parts.hostname:
        raise _Wrong("LIVEKIT_URL must begin with wss:// (or ws://) and a host")
    if parts.username or parts.password:
        raise _Wrong("LIVEKIT_URL must be without user name and password: clients are told it")
    return url.rstrip("/")


def _keys(env: Mapping[str, str]) -> tuple[str, str]:
    path = env.get("LIVEKIT_KEY_FILE")
    if path is None:
        return _one_key(env, "LIVEKIT_KEY"), _one_key(env, "LIVEKIT_SECRET")
    if set(env) & {"LIVEKIT_KEY", "LIVEKIT_SECRET", *(f"LIVEKIT_{n}_FROM_FILE" for n in _PAIR)}:
        raise _Wrong("LIVEKIT_KEY_FILE and LIVEKIT_KEY, LIVEKIT_SECRET exclude each other")
    key, colon, secret = (part.strip() for part in _file("LIVEKIT_KEY_FILE", path).partition(":"))
    if not (key and colon and secret) or ":" in secret:
        raise _Wrong("LIVEKIT_KEY_FILE must name a file with one line: `key: secret`")
    return key, secret


_PAIR = ("KEY", "SECRET")


def _one_key(env: Mapping[str, str], name: str) -> str:
    path = env.get(f"{name}_FROM_FILE")
    # The file wins where both are set, as in the original.
    value = env.get(name, "") if path is None else _file(f"{name}_FROM_FILE", path).strip()
    if not value:
        raise _Wrong(f"{name} is not set (nor {name}_FROM_FILE, nor LIVEKIT_KEY_FILE), or empty")
    return value


def _file(name: str, path: str) -> str:
    # The path is not repeated: somebody may have put the secret itself there.
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise _Wrong(f"{name} names a file that cannot be read: {reason}") from None


def _bind(env: Mapping[str, str]) -> tuple[str | None, int]:
    bind, port = env.get("LIVEKIT_JWT_BIND"), env.get("LIVEKIT_JWT_PORT")
    if bind and port:
        raise _Wrong("LIVEKIT_JWT_BIND and LIVEKIT_JWT_PORT must not be set together")
    text = bind or f":{port or 8080}"
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]\s]*):([0-9]{1,5})", text)
    if found is None or not 0 < int(found[2]) < 65536:
        name = "LIVEKIT_JWT_PORT" if port else "LIVEKIT_JWT_BIND"
        raise _Wrong(f"{name} must be an address and a port, such as :8080 or 127.0.0.1:8080")
    return found[1].strip("[]") or None, int(found[2])


def _full_access(env: Mapping[str, str]) -> tuple[str, ...]:
    names = env.get("LIVEKIT_FULL_ACCESS_HOMESERVERS", "").replace(",", " ").split()
    if not names:
        raise _Wrong(
            "LIVEKIT_FULL_ACCESS_HOMESERVERS is not set; name the homeservers that you serve "
            "(what follows the colon in their user IDs), or * for all"
        )
    if EVERYBODY in names and len(names) > 1:
        raise _Wrong("LIVEKIT_FULL_ACCESS_HOMESERVERS must be * alone, or names without it")
    return tuple(names)


def _client_apis(env: Mapping[str, str]) -> Mapping[str, str]:
    return dict(_overrides(env.get("LIVEKIT_CS_API_URL_OVERRIDES", "")))


def _overrides(text: str) -> Iterator[tuple[str, str]]:
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, equals, url = (part.strip() for part in entry.partition("="))
        if not (name and equals and url):
            raise _Wrong("LIVEKIT_CS_API_URL_OVERRIDES must be name=url,name=url")
        url = url if "://" in url else f"https://{url}"  # the original's README leaves it out
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise _Wrong("LIVEKIT_CS_API_URL_OVERRIDES must hold URLs of http or https")
        yield name, url


def _sanity_ms(env: Mapping[str, str]) -> int:
    text = env.get("LIVEKIT_SANITY_CHECK_INTERVAL_SECONDS", str(SANITY_S))
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise _Wrong("LIVEKIT_SANITY_CHECK_INTERVAL_SECONDS must be a number of seconds, or 0")
    return int(text) * 1000


def _level(env: Mapping[str, str]) -> Level:
    # An unknown one is no reason not to start, says the original.
    return _LEVELS.get(env.get("LIVEKIT_LOG_LEVEL", "info").lower(), "info")


def _prefix(env: Mapping[str, str]) -> str:
    prefix = env.get("LIVEKIT_JWT_PATH_PREFIX", "").rstrip("/")
    if prefix and not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", prefix):
        raise _Wrong("LIVEKIT_JWT_PATH_PREFIX must be a path such as /livekit/jwt")
    return prefix


def _allowed(env: Mapping[str, str]) -> tuple[Network, ...]:
    try:
        return tuple(networks(env.get("LIVEKIT_ALLOWED_PRIVATE_NETWORKS", "")))
    except ValueError:
        raise _Wrong(
            "LIVEKIT_ALLOWED_PRIVATE_NETWORKS must be addresses or networks, such as 10.0.0.0/8"
        ) from None
