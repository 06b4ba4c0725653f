"""What the homeserver says of a room, now: asked at every decision, so never out of date."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from mautrix.api import Method, Path, PathBuilder

from haos_voice_bridge.adapters.matrix.client import MatrixClient
from haos_voice_bridge.adapters.matrix.memberships import (
    is_membership,
    membership_said,
    sent_at,
)
from haos_voice_bridge.core.channel import channel_from
from haos_voice_bridge.core.events import BotJoined
from haos_voice_bridge.core.membership import STICKY_TYPE, Said
from haos_voice_bridge.core.permissions import (
    Membership,
    PowerLevels,
    Role,
    Standing,
    power_levels_from,
    role_of,
)
from haos_voice_bridge.core.puppets import PuppetNames
from haos_voice_bridge.core.text import shown_name
from haos_voice_bridge.core.widget import Sent
from haos_voice_bridge.errors import Rejected
from haos_voice_bridge.ports import Members, Profile

DIRECT = "io.haos.voice.direct"
"""In the content of `m.room.create` of a direct chat that the bot made: whose it is."""
CALL_MEMBER = "org.matrix.msc3401.call.member"


class RoomFacts:
    """Reads rooms as the bot sees them."""

    def __init__(
        self,
        client: MatrixClient,
        permissions: Mapping[str, Role],
        puppets: PuppetNames | None = None,
    ) -> None:
        """`puppets`: who is nobody, wherever people are listed."""
        self._client = client
        self._permissions = permissions
        self._puppets = puppets

    async def standing(self, room_id: str, user_id: str) -> Standing:
        """A user's membership, name and levels; "leave" where the bot cannot see the room."""
        member, levels, create = await asyncio.gather(
            self._state(room_id, "m.room.member", user_id),
            self._state(room_id, "m.room.power_levels"),
            self._create(room_id),
        )
        content, creator = create
        return Standing(
            user_id=user_id,
            name=shown_name((member or {}).get("displayname"), user_id),
            membership=_membership(member),
            role=role_of(user_id, self._permissions),
            levels=power_levels_from(levels, content, creator),
        )

    async def standings(self, room_id: str, user_ids: Sequence[str]) -> Sequence[Standing]:
        """The same for several users, in as few requests as one; who is not joined has left."""
        joined, levels = await self._joined(room_id)
        return [self._standing(user_id, joined, levels) for user_id in user_ids]

    async def everybody(self, room_id: str) -> Sequence[Standing]:
        """All who are joined to the room."""
        joined, levels = await self._joined(room_id)
        people = filter(self._is_somebody, joined)
        return [self._standing(user_id, joined, levels) for user_id in people]

    async def members(self, room_id: str) -> Members:
        """The same with their pictures."""
        joined, levels = await self._joined(room_id)
        people = {user_id: _profile(user_id, said) for user_id, said in joined.items()}
        return Members(people, levels, lambda user_id: role_of(user_id, self._permissions))

    async def children(self, space_id: str) -> Sequence[str]:
        """The rooms that a space lists, as far as the homeserver knows them."""
        path = Path.v1.rooms[space_id].hierarchy
        answer = await self._read(path, {"max_depth": "1", "limit": "100"}) or {}
        rooms = answer.get("rooms", [])
        listed = rooms[0].get("children_state", []) if rooms else []
        return [event["state_key"] for event in listed if event.get("content", {}).get("via")]

    async def invited(self, room_id: str) -> Sequence[str]:
        """Who is invited and not joined yet."""
        path = Path.v3.rooms[room_id].members
        answer = await self._read(path, {"membership": "invite"}) or {}
        found = (event["state_key"] for event in answer.get("chunk", []))
        return list(filter(self._is_somebody, found))

    def _is_somebody(self, user_id: str) -> bool:
        return self._puppets is None or self._puppets.owner_of(user_id) is None

    async def call_member(self, room_id: str, user_id: str, device_ids: Sequence[str]) -> str:
        """The event id of the MatrixRTC membership of one of a user's devices, or empty."""
        path = Path.v3.rooms[room_id].state[CALL_MEMBER]
        for device_id in device_ids:
            # As Element Call names it now, and as it did before (MSC3757).
            for key in (f"_{user_id}_{device_id}_m.call", f"_{user_id}_{device_id}"):
                event = await self._read(path[key], {"format": "event"}) or {}
                if event.get("content") and event.get("sender") == user_id:
                    return str(event.get("event_id", ""))
        return ""

    async def state_event(self, room_id: str, event_type: str, state_key: str) -> Sent | None:
        """A state event and its sender; None: it was never sent."""
        path = Path.v3.rooms[room_id].state[event_type][state_key]
        event = await self._read(path, {"format": "event"})
        content = (event or {}).get("content")
        if event is None or not isinstance(content, dict):
            return None
        return Sent(content, str(event.get("sender", "")))

    async def is_redacted(self, room_id: str, event_id: str) -> bool:
        """Whether an event that had content has none any more."""
        event = await self._read(Path.v3.rooms[room_id].event[event_id])
        return event is not None and not event.get("content")

    async def rtc_members(self, room_id: str, now: int) -> Sequence[Said]:
        """What devices say about being in the call, the oldest first; `now`: ms since the epoch."""
        room = Path.v3.rooms[room_id]
        sticky = {"dir": "b", "limit": "100", "filter": json.dumps({"types": [STICKY_TYPE]})}
        try:
            state = await self._client.request_list(room.state)
            newest_first = (await self._read(room.messages, sticky) or {}).get("chunk", [])
        except Rejected:
            return []  # the bot is not in the room; those who say it from now on are heard
        events = [*state, *reversed(newest_first)]
        said_by = ((str(event.get("sender", "")), event) for event in events)
        people = (event for sender, event in said_by if self._is_somebody(sender))
        read = (membership_said(e, sent_at(e, now)) for e in people if is_membership(e))
        return [said for said in read if said is not None]

    async def _joined(self, room_id: str) -> tuple[Mapping[str, Any], PowerLevels]:
        members, levels, create = await asyncio.gather(
            self._read(Path.v3.rooms[room_id].joined_members),
            self._state(room_id, "m.room.power_levels"),
            self._create(room_id),
        )
        return (members or {}).get("joined", {}), power_levels_from(levels, *create)

    def _standing(self, user_id: str, joined: Mapping[str, Any], levels: PowerLevels) -> Standing:
        return Standing(
            user_id=user_id,
            name=shown_name((joined.get(user_id) or {}).get("display_name"), user_id),
            membership="join" if user_id in joined else "leave",
            role=role_of(user_id, self._permissions),
            levels=levels,
        )

    async def settings(self, room_id: str, event_id: str) -> BotJoined:
        """The room's name, type and channel settings; `event_id` is what made us ask."""
        name, create, channel, roster, encryption = await asyncio.gather(
            self._state(room_id, "m.room.name"),
            self._create(room_id),
            self._state(room_id, "io.haos.voice.channel"),
            self._state(room_id, "io.haos.voice.call"),
            self._state(room_id, "m.room.encryption"),
        )
        room_type = create[0].get("type")
        return BotJoined(
            event_id=event_id,
            name=shown_name((name or {}).get("name"), ""),
            room_type=room_type if isinstance(room_type, str) else "",
            channel=None if channel is None else channel_from(channel),
            has_roster=bool(roster),
            direct=self._made_for(*create),
            predecessor=_predecessor(create[0]),
            encrypted=encryption is not None,
        )

    def _made_for(self, create: Mapping[str, Any], creator: str) -> str:
        """Whose direct chat it is; only the bot itself may say so."""
        user_id = create.get(DIRECT)
        return user_id if creator == self._client.user_id and isinstance(user_id, str) else ""

    async def profile(self, room_id: str, user_id: str) -> Profile:
        """A user's membership, name and picture in a room."""
        member = await self._state(room_id, "m.room.member", user_id) or {}
        avatar = member.get("avatar_url")
        return Profile(
            name=shown_name(member.get("displayname"), user_id),
            avatar_url=avatar if isinstance(avatar, str) else "",
            is_member=_membership(member) == "join",
        )

    async def room_of_alias(self, alias: str) -> str | None:
        """The room ID that an alias stands for."""
        try:
            answer = await self._read(Path.v3.directory.room[alias]) or {}
        except Rejected:
            return None  # no alias at all, or of a server that does not answer
        room_id = answer.get("room_id")
        return room_id if isinstance(room_id, str) else None

    async def joined_rooms(self) -> list[str]:
        """The rooms that the bot is in."""
        answer = await self._client.request(Method.GET, Path.v3.joined_rooms)
        return [room_id for room_id in answer.get("joined_rooms", []) if isinstance(room_id, str)]

    async def _create(self, room_id: str) -> tuple[dict[str, Any], str]:
        """`m.room.create`: its content and its sender, who is in no field of the content."""
        path = Path.v3.rooms[room_id].state["m.room.create"]
        event = await self._read(path, {"format": "event"}) or {}
        content = event.get("content")
        return (content if isinstance(content, dict) else {}), str(event.get("sender", ""))

    async def _state(
        self, room_id: str, event_type: str, state_key: str = ""
    ) -> dict[str, Any] | None:
        path = Path.v3.rooms[room_id].state[event_type]
        return await self._read(path[state_key] if state_key else path)

    async def _read(
        self, path: PathBuilder, query: Mapping[str, str] | None = None
    ) -> dict[str, Any] | None:
        try:
            return await self._client.request(Method.GET, path, query=query)
        except Rejected as error:
            if error.errcode in {"M_NOT_FOUND", "M_FORBIDDEN"}:
                return None  # no such event, or the bot is not in the room
            raise


def _profile(user_id: str, said: Mapping[str, Any]) -> Profile:
    avatar = said.get("avatar_url")
    name = shown_name(said.get("display_name"), user_id)
    return Profile(name, avatar if isinstance(avatar, str) else "", is_member=True)


def _predecessor(create: Mapping[str, Any]) -> str:
    before = create.get("predecessor")
    room_id = before.get("room_id") if isinstance(before, dict) else None
    return room_id if isinstance(room_id, str) else ""


def _membership(member: Mapping[str, Any] | None) -> Membership:
    said = (member or {}).get("membership")
    for membership in get_args(Membership):
        if said == membership:
            return membership  # type: ignore[no-any-return]  # one of the Literal's own values
    return "leave"
