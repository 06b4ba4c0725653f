"""What the bot does on the homeserver. Doing it twice is harmless."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from mautrix.api import Method, Path

from haos_voice_bridge.adapters.matrix.client import MatrixClient
from haos_voice_bridge.adapters.matrix.facts import DIRECT
from haos_voice_bridge.core.effects import Content
from haos_voice_bridge.core.ids import server_of
from haos_voice_bridge.errors import Rejected

DEVICE_ID = "HAOSVOICE"
Seal = Callable[[str, str, Content], Awaitable[Content | None]]
"""Room, type and content of a message to the content of `m.room.encrypted`; None: not encrypted."""


async def in_clear(_room_id: str, _event_type: str, _content: Content) -> None:
    """Without encryption, everything is sent in clear."""


class MatrixBot:
    """The bot's account."""

    def __init__(
        self, client: MatrixClient, device_id: str = DEVICE_ID, seal: Seal = in_clear
    ) -> None:
        self._client = client
        self._displayname = ""
        self._device_id = device_id
        self._seal = seal
        self.has_device = False
        self._displayname = ""

    async def prepare(self, username: str, displayname: str, avatar: str) -> None:
        """Make sure that the account, its device and its profile are there."""
        self._displayname = displayname
        await self._client.register(username)
        await self._add_device()
        profile = Path.v3.profile[self._client.user_id]
        if displayname:
            await self._client.request(
                Method.PUT, profile.displayname, {"displayname": displayname}
            )
        if avatar:
            await self._client.request(Method.PUT, profile.avatar_url, {"avatar_url": avatar})

    async def _add_device(self) -> None:
        try:
            await self._client.add_device(self._device_id)
        except Rejected:
            return  # an older homeserver: it keeps our transaction ids in memory only
        self.has_device = True

    async def join(self, room_id: str) -> None:
        """Accept an invitation; being in already is success."""
        await self._client.request(Method.POST, Path.v3.rooms[room_id].join, {})

    async def leave(self, room_id: str, reason: str) -> None:
        """Decline or leave; being out already is success."""
        try:
            await self._client.request(
                Method.POST, Path.v3.rooms[room_id].leave, {"reason": reason}
            )
        except Rejected as error:
            if error.errcode not in {"M_FORBIDDEN", "M_NOT_FOUND"}:
                raise

    async def send(self, room_id: str, event_type: str, content: Content, txn_id: str) -> str:
        """Send a message event and give its id; the same `txn_id` sends once."""
        # After a crash it is encrypted anew, under the same transaction id: still sent once.
        sealed = await self._seal(room_id, event_type, content)
        if sealed is not None:
            event_type, content = "m.room.encrypted", sealed
        answer = await self._client.request(
            Method.PUT, Path.v3.rooms[room_id].send[event_type][txn_id], content
        )
        return str(answer["event_id"])

    async def set_state(
        self, room_id: str, event_type: str, state_key: str, content: Content
    ) -> None:
        """Send a state event; the same content twice is one event."""
        await self._client.request(
            Method.PUT, Path.v3.rooms[room_id].state[event_type][state_key], content
        )

    async def clear_state(
        self, room_id: str, event_type: str, state_key: str, event_id: str
    ) -> None:
        """Empty a state event, if it is still this one; none is success."""
        path = Path.v3.rooms[room_id].state[event_type][state_key]
        try:
            event = await self._client.request(Method.GET, path, query={"format": "event"})
        except Rejected as error:
            if error.errcode != "M_NOT_FOUND":
                raise
            return
        if event.get("event_id") == event_id:
            await self._client.request(Method.PUT, path, {})

    async def merge_state(
        self, room_id: str, event_type: str, state_key: str, changes: Content
    ) -> None:
        """Change some fields of a state event; mappings are merged, not replaced."""
        path = Path.v3.rooms[room_id].state[event_type][state_key]
        try:
            content: Mapping[str, Any] = await self._client.request(Method.GET, path)
        except Rejected as error:
            if error.errcode != "M_NOT_FOUND":
                raise
            content = {}
        await self._client.request(Method.PUT, path, _merged(content, changes))

    async def make_direct(self, user_id: str, alias: str) -> str:
        """Make a direct chat with a user and give its id; the same `alias` makes one room."""
        room: dict[str, Any] = {
            "is_direct": True,
            "invite": [user_id],
            "preset": "trusted_private_chat",
            "creation_content": {DIRECT: user_id},
            **({"name": self._displayname} if self._displayname else {}),
        }
        return await self.make_room(room, alias)

    async def make_room(self, room: Content, alias: str) -> str:
        """Make a room and give its id; the same `alias` makes one room.

        The alias starts with the bot's name, which the registration reserves.
        """
        localpart = self._client.user_id[1:].partition(":")[0]
        alias = f"{localpart}-{alias}"
        try:
            made = await self._client.request(
                Method.POST, Path.v3.createRoom, {**room, "room_alias_name": alias}
            )
        except Rejected as error:
            if error.errcode == "M_EXCLUSIVE":
                raise Rejected(
                    "the bridge's registration does not reserve the aliases of its rooms; the "
                    "bridge's admin must write it anew (-g) and restart the homeserver",
                    errcode=error.errcode,
                ) from error
            if error.errcode != "M_ROOM_IN_USE":
                raise
            full = f"#{alias}:{server_of(self._client.user_id)}"
            made = await self._client.request(Method.GET, Path.v3.directory.room[full])
        return str(made["room_id"])

    async def room_version(self) -> int:
        """The version of the rooms that the homeserver makes; 0: one that is not a number."""
        answer = await self._client.request(Method.GET, Path.v3.capabilities)
        versions = answer.get("capabilities", {}).get("m.room_versions", {})
        default = str(versions.get("default", "1"))
        return int(default) if default.isdecimal() else 0

    async def invite(self, room_id: str, user_id: str) -> None:
        """Invite a user; being in already is success."""
        try:
            await self._client.request(
                Method.POST, Path.v3.rooms[room_id].invite, {"user_id": user_id}
            )
        except Rejected as error:
            path = Path.v3.rooms[room_id].state["m.room.member"][user_id]
            member = await self._client.request(Method.GET, path)
            if member.get("membership") not in {"join", "invite"}:
                raise error from None

    async def send_to_device(
        self, user_id: str, device_id: str, event_type: str, content: Content, txn_id: str
    ) -> None:
        """Send to one device of a user."""
        messages = {user_id: {device_id: dict(content)}}
        await self._client.request(
            Method.PUT, Path.v3.sendToDevice[event_type][txn_id], {"messages": messages}
        )


def _merged(content: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(content)
    for name, value in changes.items():
        old = merged.get(name)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            merged[name] = _merged(cast("Mapping[str, Any]", old), value)
        else:
            merged[name] = value
    return merged
