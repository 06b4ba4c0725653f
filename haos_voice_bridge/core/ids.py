"""Names that two systems must agree on (docs/protocol.md §1)."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence

DEVICE_LIMIT = 255
CALL_SLOT = "m.call#ROOM"
"""The one slot a Matrix room has for its call; Element's token service hard-codes the same."""

_IDENTITY = re.compile(
    r"(?P<user>@[^:]*:(?:\[[^\]]+\]|[^:\[\]]+)(?::\d+)?):(?P<device>.+)", re.DOTALL
)
_UNCLEAN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def hash_of(names: Sequence[str]) -> str:
    """Unpadded standard base64 of the SHA-256 of the compact JSON array (MSC4195)."""
    text = json.dumps(list(names), separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def livekit_room(room_id: str) -> str:
    """The LiveKit room of a Matrix room. May contain `/` and `+`: never put it raw into a URL."""
    return hash_of([room_id, CALL_SLOT])


def identity_of(user_id: str, device_id: str) -> str:
    """The participant identity of a device in a call."""
    return f"{user_id}:{device_id}"


def parse_identity(identity: str) -> tuple[str, str] | None:
    """`(user_id, device_id)` of an identity made by `identity_of`, or None for any other."""
    found = _IDENTITY.fullmatch(identity)
    return (found["user"], found["device"]) if found and is_clean(identity) else None


def is_clean(text: str) -> bool:
    """Whether a text from outside can be stored and logged: no control or unpaired characters."""
    return _UNCLEAN.search(text) is None


def is_device(device_id: str) -> bool:
    """Whether it can be a part of an identity that nobody else could have, or is empty.

    `@ana:hs` with a device `8448:X` would read as a user of the server `hs:8448`.
    """
    return len(device_id) <= DEVICE_LIMIT and ":" not in device_id and is_clean(device_id)


def server_of(user_id: str) -> str:
    """The server part of a user ID, port included."""
    return user_id.partition(":")[2]


def call_id_of(cause: str, now: int) -> str:
    """A ULID (26 characters, sorted by time) that is the same for the same cause and moment.

    Args:
        cause: Names what started the call uniquely, such as the participant's SFU session.
        now: Milliseconds since the epoch.
    """
    random = int.from_bytes(hashlib.sha256(cause.encode()).digest()[:10], "big")
    number = (now & (2**48 - 1)) << 80 | random
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
