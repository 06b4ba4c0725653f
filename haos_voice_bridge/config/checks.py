"""What a type cannot say: placeholders left over from the example, weak secrets, names of servers.

Works on plain data that the model may not have accepted, so that all problems show up at once.
"""

import re
from collections.abc import Iterator, Mapping

from haos_voice_bridge.config.model import TO_GENERATE
from haos_voice_bridge.config.problems import Problem
from haos_voice_bridge.config.schema import KeyPath

DOMAIN_PLACEHOLDER = "example.com"
PLACEHOLDERS: Mapping[KeyPath, tuple[str, str]] = {
    ("livekit", "url"): ("wss://livekit.example.com", "where browsers reach your LiveKit"),
    ("livekit", "api_key"): ("your LiveKit API key", "the key from LiveKit's own config"),
    ("livekit", "api_secret"): ("your LiveKit API secret", "the secret that belongs to api_key"),
    ("bridge", "public_url"): ("https://voice.example.com", "where browsers reach the bridge"),
}
"""The example's value of a key, and what belongs there instead."""

TOKENS: tuple[KeyPath, ...] = (("appservice", "as_token"), ("appservice", "hs_token"))
PICKLE_KEY: KeyPath = ("encryption", "pickle_key")
LIVEKIT_SECRET_BYTES = 32
"""HMAC-SHA256 keys shorter than the hash are weaker than it (RFC 2104 §3); LiveKit warns too."""

_PERMISSIONS = ("bridge", "permissions")
_SERVER = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_USER = re.compile(rf"@[^:*\s]+:({_SERVER.pattern})")  # "@*:hs" would be a pattern to its author


def problems(data: Mapping[str, object]) -> Iterator[Problem]:
    """Everything but the tokens."""
    yield from domain(data)
    for key, (placeholder, wanted) in PLACEHOLDERS.items():
        value = value_at(data, key)
        if isinstance(value, str) and value.rstrip("/") == placeholder:
            yield Problem(key, f"is still the example's placeholder; set it to {wanted}")
    yield from _livekit_secret(data)
    yield from _permissions(data)


def domain(data: Mapping[str, object]) -> Iterator[Problem]:
    """Whether the homeserver's name is one, and not the example's."""
    key = ("homeserver", "domain")
    value = value_at(data, key)
    if value == DOMAIN_PLACEHOLDER:
        yield Problem(
            key,
            "is still the example's placeholder; set it to what follows the colon in your user IDs",
        )
    elif isinstance(value, str) and value and not _SERVER.fullmatch(value):
        yield Problem(key, "is not a server name; set it to what follows the colon in user IDs")


def tokens(data: Mapping[str, object], generate: str) -> Iterator[Problem]:
    """Tokens that are still to be generated, with the command that does so."""
    for key in TOKENS:
        if value_at(data, key) == TO_GENERATE:
            yield Problem(key, f"is still the placeholder; run: {generate}")
    if value_at(data, ("encryption", "enabled")) is True and lacks_pickle_key(data):
        yield Problem(PICKLE_KEY, f"is still to be generated; run: {generate}")


def lacks_pickle_key(data: Mapping[str, object]) -> bool:
    """Whether the key of the stored keys is still to be generated."""
    return value_at(data, PICKLE_KEY) in (None, "", TO_GENERATE)


def value_at(data: Mapping[str, object], key: KeyPath) -> object:
    """The value at this path, or None."""
    value: object = data
    for name in key:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _livekit_secret(data: Mapping[str, object]) -> Iterator[Problem]:
    key = ("livekit", "api_secret")
    value = value_at(data, key)
    if not isinstance(value, str) or value in ("", PLACEHOLDERS[key][0]):
        return
    if len(value.encode(errors="replace")) < LIVEKIT_SECRET_BYTES:
        yield Problem(
            key,
            f"is shorter than {LIVEKIT_SECRET_BYTES} bytes; make a longer one, "
            "for example with `openssl rand -base64 36`, and set it in LiveKit too",
        )


def _permissions(data: Mapping[str, object]) -> Iterator[Problem]:
    entries = value_at(data, _PERMISSIONS)
    if not isinstance(entries, Mapping):
        return
    if not entries:
        yield Problem(
            _PERMISSIONS, 'is empty, so nobody could do anything; add "*", servers, users'
        )
    elif all(_is_of_example(name) for name in entries):
        yield Problem(
            _PERMISSIONS,
            f"has only the example's entries for {DOMAIN_PLACEHOLDER}; "
            "name your own server and user",
        )
    for name in entries:
        if not (name == "*" or _SERVER.fullmatch(name) or _USER.fullmatch(name)):
            yield Problem(
                (*_PERMISSIONS, name),
                "is neither *, nor a server (matrix.org), nor a full user ID (@ann:matrix.org)",
            )


def _is_of_example(name: str) -> bool:
    return name == DOMAIN_PLACEHOLDER or name.endswith(f":{DOMAIN_PLACEHOLDER}")
