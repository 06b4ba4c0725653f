"""Reads and writes encrypted events. Doing either again after a crash is harmless."""

import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, cast

from mautrix.api import Method, Path
from mautrix.client.syncer import SyncStream
from mautrix.errors import CryptoError, DecryptionError, SessionNotFound
from mautrix.types import (
    ASToDeviceEvent,
    DeviceID,
    DeviceIdentity,
    DeviceLists,
    EncryptedEvent,
    EventType,
    IdentityKey,
    RoomID,
    SerializerError,
    SessionID,
    SyncToken,
    TrustState,
    UserID,
)
from mautrix.util.async_db import Database

from haos_voice_bridge.adapters.db.connection import outages, transaction
from haos_voice_bridge.adapters.e2ee.exclusive import Exclusive
from haos_voice_bridge.adapters.e2ee.machine import KeyStore, Machine
from haos_voice_bridge.adapters.e2ee.rooms import EncryptedRooms
from haos_voice_bridge.adapters.matrix.client import MatrixClient
from haos_voice_bridge.adapters.matrix.key_intake import KeyIntake
from haos_voice_bridge.errors import EffectError, KeyMissing, Rejected
from haos_voice_bridge.ports import NewArrival

logger = logging.getLogger(__name__)
Content = Mapping[str, Any]
Accept = Callable[[list[NewArrival]], Awaitable[None]]
RELATES = "m.relates_to"
NO_ROOMS = json.dumps(
    {"room": {"rooms": []}, "presence": {"types": []}, "account_data": {"types": []}}
)


class Cipher:
    """The bot's device, as the rest of the bridge uses it."""

    def __init__(
        self,
        database: Database,
        store: KeyStore,
        machine: Machine,
        rooms: EncryptedRooms,
        exclusive: Exclusive,
        client: MatrixClient,
    ) -> None:
        self._client = client
        self._intake = KeyIntake(client.user_id, str(machine.client.device_id))
        self._database = database
        self._store = store
        self._machine = machine
        self._rooms = rooms
        self._exclusive = exclusive

    async def load(self) -> None:
        """Begin a turn: nothing in memory is believed."""
        self._store.forget()
        self._machine.account = await self._store.get_account()
        await self._store.get_next_batch()  # it is written back with the account

    # Out

    async def seal(self, room_id: str, event_type: str, content: Content) -> Content | None:
        """The content of `m.room.encrypted` for a message event; None: the room is in clear.

        Its key goes to all devices of who may read there now. Whoever left, or is new, or has
        another device: then it is a new key, so nobody reads what is not for them.

        Raises:
            Unavailable: The homeserver or the database does not answer.
            Rejected: The room asks for an encryption that is not known here.
        """
        with outages():
            if not await self._rooms.is_encrypted(room_id):
                return None
            room, readers = RoomID(room_id), await self._rooms.readers(room_id)
            if not await self._has_key_for(room, readers):
                # Before the turn: another server may take 10 s to say who has which devices.
                await self._learn_devices(readers)
            async with self._exclusive.turn():
                await self.load()
                try:
                    if not await self._has_key_for(room, readers):
                        await self._share(room, readers)
                    clear = {name: value for name, value in content.items() if name != RELATES}
                    kind = EventType.find(event_type, EventType.Class.MESSAGE)
                    sealed = await self._machine.encrypt_megolm_event(room, kind, clear)
                except CryptoError as error:
                    raise Rejected(f"cannot encrypt: {error}") from error
        shown = dict(sealed.serialize())
        # In clear, so that the homeserver sees threads and edits (spec, m.relates_to).
        return {**shown, RELATES: content[RELATES]} if RELATES in content else shown

    async def _has_key_for(self, room: RoomID, readers: set[str]) -> bool:
        session = await self._store.get_outbound_group_session(room)
        if session is None or not session.shared or session.expired:
            return False
        return await self._rooms.shared_with(room) == readers

    async def _learn_devices(self, users: set[str]) -> None:
        """Ask anew, for a change may not have been told yet."""
        if users:
            asked = [UserID(user) for user in sorted(users)]
            async with self._machine._fetch_keys_lock:  # noqa: SLF001 (mautrix has no other way)
                await self._machine._fetch_keys(asked, include_untracked=True)  # noqa: SLF001

    async def _share(self, room: RoomID, readers: set[str]) -> None:
        await self._store.remove_outbound_group_session(room)
        await self._rooms.is_to_be_shared_with(room, readers)
        users = [UserID(user) for user in sorted(readers)]
        await self._open_sessions(users)
        await self._machine.share_group_session(room, users)

    async def _open_sessions(self, users: Iterable[UserID]) -> None:
        """Beforehand: mautrix would pass over an outage here, and share with fewer devices."""
        devices: dict[UserID, dict[DeviceID, DeviceIdentity]] = {
            user: await self._store.get_devices(user) or {} for user in users
        }
        try:
            await self._machine._create_outbound_sessions(devices)  # noqa: SLF001
        except EffectError:
            raise
        except Exception as error:  # noqa: BLE001 (what mautrix raises for a device without keys)
            logger.info("a device gets no key, since it offers none to begin with: %s", error)

    # In

    async def open(self, event: Content) -> dict[str, Any]:
        """The event as it was before it was encrypted, by the owner of the key.

        Raises:
            KeyMissing: The key, or the device that it belongs to, is not known (yet).
            Rejected: It can never be read, or pretends to be somebody else's.
        """
        content = event.get("content")
        if not isinstance(content, dict):
            raise Rejected("no content")
        bare = {name: value for name, value in content.items() if name != RELATES}
        with outages():
            try:
                raw = cast("Any", {**event, "content": bare, "unsigned": {}})
                encrypted = EncryptedEvent.deserialize(raw)
                opened = await self._machine.decrypt_megolm_event(encrypted)
                shown, known = opened.content.serialize(), opened["mautrix"]
            except SessionNotFound as error:
                raise KeyMissing(f"no key {error.session_id}") from error
            except (DecryptionError, SerializerError) as error:
                raise Rejected(f"cannot be read: {error}") from error
        if known["forwarded_keys"]:
            raise Rejected("its key did not come from its owner")
        if known["trust_state"] == TrustState.UNKNOWN_DEVICE:
            raise KeyMissing("its key belongs to no known device of the sender")
        if RELATES in content:
            shown = {**shown, RELATES: content[RELATES]}
        outer = ("event_id", "room_id", "sender", "origin_server_ts", "msc4354_sticky")
        kept = {name: event[name] for name in outer if name in event}
        return {**kept, "type": str(opened.type), "content": shown}

    async def has_key(self, event: Content) -> bool:
        """Whether the key has come by now."""
        room, session, _ = _names(event)
        with outages():
            return await self._store.has_group_session(RoomID(room), SessionID(session))

    async def ask_for_key(self, event: Content) -> None:
        """Ask the device that wrote it for the key."""
        room, session, device = _names(event)
        content = event.get("content")
        sender_key = content.get("sender_key", "") if isinstance(content, Mapping) else ""
        with outages():
            await self._machine.request_room_key(
                RoomID(room),
                IdentityKey(str(sender_key)),
                SessionID(session),
                {UserID(str(event.get("sender"))): [DeviceID(device or "*")]},
                timeout=0,
            )

    async def catch_up(self, accept: Accept) -> None:
        """Fetch what was sent to the device and did not arrive; `accept` stores it.

        Synapse sends keys in one transaction only: when it tries again, they are left out. They
        stay in the device's own queue, which this empties.
        """
        with outages():
            await self._store.get_account()
            since = await self._store.get_next_batch()
            query = {"timeout": "0", "filter": NO_ROOMS, "set_presence": "offline"}
            if since:
                query["since"] = since
            answer = await self._client.request(Method.GET, Path.v3.sync, query=query)
            arrivals = self._intake.synced(answer)
            if arrivals:
                await accept(arrivals)
            if (batch := str(answer.get("next_batch", ""))) != since:
                await self._store.put_next_batch(SyncToken(batch))

    async def receive(
        self, payload: Mapping[str, Any], done: Callable[[], Awaitable[None]]
    ) -> list[str]:
        """Take in what came for the device; the rooms for which there are new keys.

        The ratchet, the key, and `done` ("this message is handled") are one database transaction:
        a crash leaves all or nothing of it.

        Raises:
            Rejected: It cannot be decrypted, now or later.
        """
        with outages():
            match payload.get("kind"):
                case "olm":
                    return await self._receive_olm(payload["message"], done)
                case "devices":
                    await self._devices_changed(payload["changed"])
                case "one_time_keys":
                    async with self._exclusive.turn():
                        await self.load()
                        await self._machine.publish_keys(payload["count"])
                case _:  # a probe
                    pass
            await done()
        return []

    async def _receive_olm(
        self, message: dict[str, Any], done: Callable[[], Awaitable[None]]
    ) -> list[str]:
        event: Any = ASToDeviceEvent.deserialize(cast("Any", message))
        event.source = SyncStream.TO_DEVICE  # mautrix reads it, and does not set it here
        machine = self._machine
        async with self._exclusive.turn():
            await self.load()
            machine.received.clear()
            try:
                async with transaction(self._database):
                    await machine.handle_to_device_event(event)
                    await done()
            except (DecryptionError, SerializerError) as error:
                await self.load()
                await machine.mend()
                raise Rejected(f"cannot be decrypted: {error}") from error
            return list(machine.received)

    async def _devices_changed(self, users: list[str]) -> None:
        changed = [UserID(user) for user in users]
        await self._machine.handle_device_lists(DeviceLists(changed=changed))
        # Once more, in turn: a key that was being shared meanwhile went to the old devices.
        rooms = {room for user in changed for room in await self._rooms.rooms_of(user)}
        if rooms:
            async with self._exclusive.turn():
                await self._store.remove_outbound_group_sessions(sorted(rooms))


def _names(event: Content) -> tuple[str, str, str]:
    """The room, the session and the device of an encrypted event; empty where they are odd."""
    content = event.get("content")
    inner: Content = content if isinstance(content, Mapping) else {}
    found = (event.get("room_id"), inner.get("session_id"), inner.get("device_id"))
    room, session, device = (value if isinstance(value, str) else "" for value in found)
    return room, session, device
