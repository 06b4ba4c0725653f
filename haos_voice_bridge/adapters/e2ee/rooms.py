"""Which rooms are encrypted, and who is to read what the bot says there."""

from collections.abc import Mapping
from typing import Any

from mautrix.api import Method, Path, PathBuilder
from mautrix.crypto.store import PgCryptoStateStore
from mautrix.types import (
    EncryptionAlgorithm,
    Member,
    Membership,
    RoomEncryptionStateEventContent,
    RoomID,
    UserID,
)

from haos_voice_bridge.adapters.matrix.client import MatrixClient
from haos_voice_bridge.errors import Rejected

ENCRYPTION = "m.room.encryption"
WEEK_MS = 604_800_000
HOUR_MS = 3_600_000


class EncryptedRooms:
    """The `mx_*` tables, and the homeserver."""

    def __init__(self, client: MatrixClient, store: PgCryptoStateStore) -> None:
        self._client = client
        self._store = store
        self._known: set[str] = set()

    async def is_encrypted(self, room_id: str) -> bool:
        """Asked every time until it is, and from then on for ever, whatever the state says."""
        room = RoomID(room_id)
        if room_id in self._known or await self._store.is_encrypted(room):
            self._known.add(room_id)
            return True
        content = await self._read(Path.v3.rooms[room_id].state[ENCRYPTION])
        if content is None:
            return False
        await self._store.set_encryption_info(room, _settings(content))
        self._known.add(room_id)
        return True

    async def readers(self, room_id: str) -> set[str]:
        """Who is joined, and who is invited where invited people may read (the spec's default)."""
        members = await self._read(Path.v3.rooms[room_id].members) or {}
        state = Path.v3.rooms[room_id].state["m.room.history_visibility"]
        visible = (await self._read(state) or {}).get("history_visibility", "shared")
        wanted = {"join"} if visible == "joined" else {"join", "invite"}
        return {
            event["state_key"]
            for event in members.get("chunk", [])
            if event["content"].get("membership") in wanted
            and event["state_key"] != self._client.user_id
        }

    async def shared_with(self, room_id: str) -> set[str]:
        """Who got the key that the bot writes with."""
        return set(await self._store.get_members(RoomID(room_id)))

    async def is_to_be_shared_with(self, room_id: str, users: set[str]) -> None:
        """Note it before it is done: a change of their devices must find the room."""
        joined = Member(membership=Membership.JOIN)
        await self._store.set_members(RoomID(room_id), {UserID(user): joined for user in users})

    async def rooms_of(self, user_id: str) -> list[RoomID]:
        """The rooms in which the user got a key of ours."""
        return await self._store.find_shared_rooms(UserID(user_id))

    async def _read(self, path: PathBuilder) -> dict[str, Any] | None:
        try:
            return await self._client.request(Method.GET, path)
        except Rejected as error:
            if error.errcode in {"M_NOT_FOUND", "M_FORBIDDEN"}:
                return None
            raise


def _settings(content: Mapping[str, Any]) -> RoomEncryptionStateEventContent:
    """What a room may ask for, within reason: an admin's slip must not make the bot mute."""
    algorithm = content.get("algorithm")
    return RoomEncryptionStateEventContent(
        algorithm=EncryptionAlgorithm(algorithm if isinstance(algorithm, str) else "none"),
        rotation_period_ms=_within(content.get("rotation_period_ms"), HOUR_MS, WEEK_MS),
        rotation_period_msgs=_within(content.get("rotation_period_msgs"), 1, 100),
    )


def _within(value: object, least: int, most: int) -> int:
    """The number, or the spec's default, which is the most."""
    if not isinstance(value, int) or isinstance(value, bool):
        return most
    return min(max(value, least), most)
