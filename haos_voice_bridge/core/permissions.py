"""Who may do what: the config's map of roles, a room's power levels, and both put together.

Power levels: Matrix spec, client-server API, `m.room.power_levels`. A creator of a room of version
12 or newer stands above every level and is not listed in `users` (MSC4289).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from haos_voice_bridge.core.ids import server_of

_LEVEL_TEXT = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")

CREATOR_LEVEL = 2**53 - 1
"""Above every level that a room can ask for (canonical JSON ends at 2^53 - 1)."""

Membership = Literal["join", "invite", "knock", "leave", "ban"]

VOICE_LEVELS: Mapping[str, int] = {
    "io.haos.voice.join": 0,
    "io.haos.voice.speak": 0,
    "io.haos.voice.video": 0,
    "io.haos.voice.screen": 0,
    "io.haos.voice.moderate": 50,
}
"""The level each right needs where `m.room.power_levels` does not name it (docs/protocol.md §2)."""


class Role(StrEnum):
    """What the config grants a user, in rising order; each includes the ones before."""

    BLOCK = "block"
    JOIN = "join"
    START = "start"
    MODERATE = "moderate"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """Whether this role may do what `other` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


def role_of(user_id: str, permissions: Mapping[str, Role]) -> Role:
    """The role of a user; the most specific entry wins: user, then server, then `*`."""
    for key in (user_id, server_of(user_id), "*"):
        if key in permissions:
            return permissions[key]
    return Role.BLOCK


@dataclass(frozen=True, slots=True)
class PowerLevels:
    """A room's `m.room.power_levels`, read the way a homeserver reads it."""

    users: Mapping[str, int] = field(default_factory=dict)
    users_default: int = 0
    events: Mapping[str, int] = field(default_factory=dict)
    state_default: int = 50
    creators: frozenset[str] = frozenset()
    invite: int = 0

    def of(self, user_id: str) -> int:
        """The level of a user."""
        if user_id in self.creators:
            return CREATOR_LEVEL
        return self.users.get(user_id, self.users_default)

    def to_send_state(self, event_type: str) -> int:
        """The level needed to send a state event of this type."""
        return self.events.get(event_type, self.state_default)

    def to_use(self, right: str) -> int:
        """The level that one of `VOICE_LEVELS` needs."""
        return self.events.get(right, VOICE_LEVELS[right])


@dataclass(frozen=True, slots=True)
class Standing:
    """What one user is in one room at one moment: facts from the homeserver and the config."""

    user_id: str
    name: str
    membership: Membership
    role: Role
    levels: PowerLevels

    @property
    def is_member(self) -> bool:
        """Whether the user is joined."""
        return self.membership == "join"

    def has(self, right: str) -> bool:
        """Whether the user's level is enough for one of `VOICE_LEVELS`."""
        return self.levels.of(self.user_id) >= self.levels.to_use(right)

    @property
    def is_moderator(self) -> bool:
        """Whether the user moderates calls here, by the room or by the config."""
        return self.role.includes(Role.MODERATE) or self.has("io.haos.voice.moderate")

    def may_send_state(self, event_type: str) -> bool:
        """Whether the room lets the user send a state event of this type."""
        return self.is_member and self.levels.of(self.user_id) >= self.levels.to_send_state(
            event_type
        )


def power_levels_from(
    content: Mapping[str, object] | None, create: Mapping[str, object], creator: str
) -> PowerLevels:
    """Read the room's levels.

    Args:
        content: Content of `m.room.power_levels`, or None when the room has none.
        create: Content of `m.room.create`.
        creator: Sender of `m.room.create`.
    """
    if _creators_stand_above(create):
        extra = create.get("additional_creators")
        named = extra if isinstance(extra, list) else []
        creators = frozenset({creator, *(name for name in named if isinstance(name, str))})
    else:
        creators = frozenset()
    if content is None:
        # Without the event the creator has 100 and state is open to all (spec, auth rules).
        return PowerLevels(users={creator: 100}, state_default=0, creators=creators)
    return PowerLevels(
        users=_levels(content.get("users")),
        users_default=_level(content.get("users_default"), 0),
        events=_levels(content.get("events")),
        state_default=_level(content.get("state_default"), 50),
        creators=creators,
        invite=_level(content.get("invite"), 0),
    )


def _creators_stand_above(create: Mapping[str, object]) -> bool:
    version = create.get("room_version", "1")
    if not isinstance(version, str):
        return False
    return version.isdecimal() and int(version) >= 12


def _level(value: object, default: int) -> int:
    if isinstance(value, bool):
        return default
    if isinstance(value, int):
        return value
    # Rooms up to version 9 may hold levels as strings (spec, room version 10).
    if isinstance(value, str) and _LEVEL_TEXT.fullmatch(value):
        return int(value)
    return default


def _levels(value: object) -> Mapping[str, int]:
    if not isinstance(value, Mapping):
        return {}
    return {name: _level(level, 0) for name, level in value.items() if isinstance(name, str)}
