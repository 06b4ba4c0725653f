"""All voice channels at once, as the list beside a client shows them.

One look at the database serves all who read, rooms that did not change are not read again, and
who is in a room is asked once for all (`Membership`).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.call import Active, Room
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.core.rules.missed import KEEP_MS
from haos_voice_bridge.ports import Clock, Members, RoomFacts, Store
from haos_voice_bridge.service.members import FRESH_S, Membership, standing_of
from haos_voice_bridge.service.watch import Watch

LOOK_S = 0.25
"""The database is asked what changed at most this often, for all readers together."""
SPACES_S = 60.0
"""How long it is believed which rooms a space lists."""
PATIENCE_S = FRESH_S
SHOWN = 50
"""Participants of one call in the list; its count is true."""
MISSED = 50
SPACE = "m.space"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one user sees; `channels` by room ID."""

    channels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rings: Sequence[Mapping[str, Any]] = ()
    missed: Sequence[Mapping[str, Any]] = ()

    def as_content(self) -> dict[str, Any]:
        """The answer of `GET /rooms`."""
        return {"channels": [*self.channels.values()], "rings": self.rings, "missed": self.missed}


@dataclass(frozen=True, slots=True)
class _Space:
    children: frozenset[str]
    at: float


class Directory:
    """The rooms that the bot is in, kept up with the database."""

    def __init__(
        self,
        store: Store,
        facts: RoomFacts,
        membership: Membership,
        clock: Clock,
        watch: Watch,
    ) -> None:
        self._store = store
        self._facts = facts
        self._membership = membership
        self._clock = clock
        self._watch = watch
        self._versions: dict[str, int] = {}
        self._rooms: dict[str, Room] = {}
        self._spaces: dict[str, _Space] = {}
        self._looked = float("-inf")
        self._looking = asyncio.Lock()
        self._generation = 0

    async def seen_by(self, user_id: str, only: str = "") -> Seen:
        """What a user sees; `only`: of that room alone.

        Raises:
            Unavailable: The homeserver or the database does not answer.
        """
        await self._look()
        channels = [
            room for room in self._rooms.values() if room.is_channel and only in ("", room.room_id)
        ]
        theirs = [
            (room, members)
            for room, members in await self._with_members(channels)
            if user_id in members.people and members.role(user_id) is not Role.BLOCK
        ]
        spaces = await self._spaces_of(user_id) if theirs else []
        return Seen(
            {room.room_id: _channel(room, members, user_id, spaces) for room, members in theirs},
            [ring for room, _ in theirs for ring in _rings(room, user_id)],
            self._missed((room for room, _ in theirs), user_id),
        )

    async def changed(self, seen: int) -> int:
        """The generation of all rooms, as soon as it is not `seen`, or after `PATIENCE_S`.

        After that time, who is in a room may have changed even where no room did.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_S
        while True:
            await self._look()
            if self._generation != seen or loop.time() >= deadline:
                return self._generation
            await self._watch.anything()

    async def _look(self) -> None:
        async with self._looking:
            loop = asyncio.get_running_loop()
            if loop.time() - self._looked < LOOK_S:
                return
            versions, before = await self._store.versions(), len(self._versions)
            changed = [name for name, version in versions.items() if self._is_new(name, version)]
            if len(changed) > 20:  # at first, or after an outage: in one request
                found = {room.room_id: room for room in await self._store.known_rooms()}
            else:
                found = {room_id: await self._store.load(room_id) for room_id in changed}
            for room_id in [*changed, *(self._versions.keys() - versions.keys())]:
                self._rooms.pop(room_id, None)
                room = found.get(room_id)
                if room is not None and (room.is_channel or _is_space(room)):
                    self._rooms[room_id] = room
            self._versions = {**versions, **{name: room.version for name, room in found.items()}}
            self._generation += bool(changed) or len(versions) != before
            self._looked = loop.time()

    def _is_new(self, room_id: str, version: int) -> bool:
        return self._versions.get(room_id, -1) < version

    async def _with_members(self, rooms: Sequence[Room]) -> list[tuple[Room, Members]]:
        known = [(room, self._membership.known(room.room_id, room.version)) for room in rooms]
        missing = [room for room, members in known if members is None]
        asked = await asyncio.gather(
            *(self._membership.of(room.room_id, room.version) for room in missing)
        )
        found = [(room, members) for room, members in known if members is not None]
        return [*found, *zip(missing, asked, strict=True)]

    async def _spaces_of(self, user_id: str) -> list[tuple[Room, frozenset[str]]]:
        """The spaces that a user and the bot are in, with the rooms that each lists."""
        spaces = [room for room in self._rooms.values() if _is_space(room)]
        theirs = [
            room for room, members in await self._with_members(spaces) if user_id in members.people
        ]
        return [(room, await self._children(room)) for room in theirs]

    async def _children(self, space: Room) -> frozenset[str]:
        now = asyncio.get_running_loop().time()
        known = self._spaces.get(space.room_id)
        if known is None or now - known.at > SPACES_S:
            children = frozenset(await self._facts.children(space.room_id))
            known = self._spaces[space.room_id] = _Space(children, now)
        return known.children

    def _missed(self, rooms: Iterable[Room], user_id: str) -> list[dict[str, Any]]:
        since = self._clock.now_ms() - KEEP_MS
        found: list[dict[str, Any]] = [
            {
                "room_id": room.room_id,
                "room_name": room.name,
                "call_id": missed.call_id,
                "caller": {"user_id": missed.by, "name": missed.caller},
                "ts": missed.at,
            }
            for room in rooms
            for missed in room.missed
            if missed.user_id == user_id and missed.at > since
        ]
        return sorted(found, key=lambda one: one["ts"], reverse=True)[:MISSED]


def _is_space(room: Room) -> bool:
    return room.room_type == SPACE and room.bot == "joined"


def _channel(
    room: Room,
    members: Members,
    user_id: str,
    spaces: Sequence[tuple[Room, frozenset[str]]],
) -> dict[str, Any]:
    call = contents.roster(room.call, room.restraints) if isinstance(room.call, Active) else {}
    shown = call.get("participants", [])[:SHOWN]
    if call:
        call = {**call, "participants": shown}
    here = {entry["user_id"]: members.people.get(entry["user_id"]) for entry in shown}
    standing = standing_of(members, user_id)
    return {
        "room_id": room.room_id,
        "name": room.name,
        "spaces": [
            {"room_id": space.room_id, "name": space.name}
            for space, children in spaces
            if room.room_id in children
        ],
        "channel": {
            **asdict(room.settings),
            "enabled": room.is_channel,
            "media_encryption": room.encrypts_media,
        },
        "call": call,
        "people": {
            user: {"name": profile.name, "avatar_url": profile.avatar_url}
            for user, profile in here.items()
            if profile is not None
        },
        "you": {
            "user_id": user_id,
            "may_moderate": standing is not None and standing.is_moderator,
        },
    }


def _rings(room: Room, user_id: str) -> list[dict[str, Any]]:
    if not isinstance(room.call, Active):
        return []
    return [
        {
            "room_id": room.room_id,
            "call_id": room.call.call_id,
            "room_name": room.name,
            "caller": {"user_id": ring.by, "name": ring.caller},
            "started_ts": ring.at,
            "until_ts": ring.until,
            "state": ring.state,
        }
        for ring in room.call.rings
        if ring.user_id == user_id
    ]
