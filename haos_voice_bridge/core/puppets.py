"""Puppets: accounts of the bridge's own, by which Matrix sees people who came by a link.

A device that came by a link has no Matrix session, so it cannot say in the room that it is in the
call. A puppet says it: `@_voice_ana=3aexample.com:hs` for `@ana:example.com`. On the SFU the device
is called by the puppet's name, since Element Call shows only whom a membership names.
"""

import re
from dataclasses import dataclass
from typing import Any

from haos_voice_bridge.core.ids import identity_of, parse_identity

LINK_DEVICE = "LINK"
"""What the IDs of devices that came by a link begin with."""
CALL_MEMBER = "org.matrix.msc3401.call.member"
LONGEST_ID = 255
"""Of a user ID, in bytes (spec, identifiers)."""
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789._-/+")
_CODED = re.compile(r"=([0-9a-f]{2})")


def by_link(identity: str) -> bool:
    """Whether the device came by a link."""
    return identity.rpartition(":")[2].startswith(LINK_DEVICE)


@dataclass(frozen=True, slots=True)
class PuppetNames:
    """How puppets are called, and whose they are: one can be told from the other.

    Attributes:
        prefix: What their names begin with, such as `_voice_`; the registration reserves it.
        domain: The homeserver's.
    """

    prefix: str
    domain: str

    def of(self, owner: str) -> str | None:
        """The puppet of a user; None: their ID is too long for one."""
        coded = "".join(chr(c) if c in _PLAIN else f"={c:02x}" for c in owner[1:].encode())
        puppet = f"@{self.prefix}{coded}:{self.domain}"
        return puppet if len(puppet.encode()) <= LONGEST_ID else None

    def owner_of(self, user_id: str) -> str | None:
        """Whose puppet it is; None for anybody else."""
        start, end = f"@{self.prefix}", f":{self.domain}"
        if not (user_id.startswith(start) and user_id.endswith(end)):
            return None
        coded = user_id[len(start) : -len(end)]
        try:
            plain = _CODED.sub(lambda found: chr(int(found[1], 16)), coded)
            owner = "@" + plain.encode("latin-1").decode()
        except UnicodeError:
            return None
        return owner if ":" in owner and self.of(owner) == user_id else None

    def device_of(self, identity: str) -> tuple[str, str] | None:
        """`(user_id, device_id)` of whom the SFU calls by a puppet's name; None for anybody else.

        Nobody else can bear such a name: tokens for it are made for links alone.
        """
        found = parse_identity(identity)
        owner = self.owner_of(found[0]) if found else None
        return (owner, found[1]) if found and owner else None


@dataclass(frozen=True, slots=True)
class Puppet:
    """A device that is, or was, shown by a puppet in the call that runs.

    Attributes:
        identity: The device's name on the SFU, which is the puppet's.
        owner: Whose device it is.
        sid: The connection for which it was shown last.
        shown: Whether the room's state says that it is in the call, once all is done.
        turn: How often that changed.
        look_at: When to see that it still says so (ms).
    """

    identity: str
    owner: str
    sid: str
    shown: bool
    turn: int
    look_at: int

    @property
    def user_id(self) -> str:
        """The puppet's."""
        return self.identity.rpartition(":")[0]

    @property
    def device_id(self) -> str:
        """The device's."""
        return self.identity.rpartition(":")[2]


def member_key(user_id: str, device_id: str) -> str:
    """The state key of a device's membership, as Element Call has it."""
    return f"_{user_id}_{device_id}_m.call"


def identity_in_key(user_id: str, state_key: str) -> str | None:
    """The identity whose membership has this key; None: it is none of this user's."""
    start, end = f"_{user_id}_", "_m.call"
    if not (state_key.startswith(start) and state_key.endswith(end)):
        return None
    device_id = state_key[len(start) : -len(end)]
    return identity_of(user_id, device_id) if device_id else None


def member_content(
    identity: str, room_id: str, service_url: str, expires: int, created_ts: int | None
) -> dict[str, Any]:
    """A membership as Element Call writes it (MSC3401 as of MatrixRTC's first generation).

    Args:
        identity: The device's name on the SFU.
        room_id: The alias: old clients need the Matrix room's ID there, whatever the SFU calls it.
        service_url: The `livekit_service_url`, to the letter as all others are told it.
        expires: How long it is valid (ms), from when it was first said.
        created_ts: When that was, where it is said anew.
    """
    return {
        "application": "m.call",
        "call_id": "",
        "scope": "m.room",
        "device_id": identity.rpartition(":")[2],
        "membershipID": identity,
        "expires": expires,
        **({} if created_ts is None else {"created_ts": created_ts}),
        "m.call.intent": "audio",
        "focus_active": {"type": "livekit", "focus_selection": "multi_sfu"},
        "foci_preferred": [
            {"type": "livekit", "livekit_service_url": service_url, "livekit_alias": room_id}
        ],
    }
