"""A person with an encrypting client: matrix-nio, on vodozemac, which shares no code with ours."""

import asyncio
from contextlib import asynccontextmanager

import nio

from haos_voice_bridge.devstack import matrix
from tests.e2e.person import until


class Talker:
    """A device that reads and writes encrypted messages, in a sync loop."""

    def __init__(self, client, bot_user_id):
        self.client = client
        self._bot = bot_user_id
        self.seen = []
        self.unreadable = []
        client.add_event_callback(self._on_event, nio.Event)

    async def _on_event(self, room, event):
        if isinstance(event, nio.MegolmEvent):
            self.unreadable.append(event)
            return
        self.seen.append((room.room_id, event))

    def unreadable_in(self, room_id):
        return [event for event in self.unreadable if event.room_id == room_id]

    async def create_room(self, *, encrypted=True, invite=(), levels=None):
        state = [nio.EnableEncryptionBuilder().as_dict()] if encrypted else []
        made = await self.client.room_create(
            name="Vault",
            preset=nio.RoomPreset.private_chat,
            initial_state=state,
            invite=list(invite),
            power_level_override=levels,
        )
        await until(lambda: self._knows(made.room_id, encrypted=encrypted))
        return made.room_id

    async def _knows(self, room_id, *, encrypted):
        room = self.client.rooms.get(room_id)
        return room is not None and (room.encrypted or not encrypted)

    async def sees(self, room_id, user_id):
        """Wait until this client knows that somebody is in the room."""

        async def is_in():
            room = self.client.rooms.get(room_id)
            return room is not None and user_id in room.users

        await until(is_in)

    async def say(self, room_id, body):
        assert self.client.rooms[room_id].encrypted
        sent = await self.client.room_send(
            room_id,
            "m.room.message",
            {"msgtype": "m.text", "body": body},
            ignore_unverified_devices=True,
        )
        return sent.event_id

    def bot_messages(self, room_id):
        """The bot's messages that this device could read; each says whether it was encrypted."""
        return [
            event
            for where, event in self.seen
            if where == room_id and event.sender == self._bot and "msgtype" in content_of(event)
        ]

    async def reply_to(self, room_id, event_id, timeout_s=15):
        async def found():
            for event in self.bot_messages(room_id):
                relates = relation_of(event)
                if relates.get("m.in_reply_to", {}).get("event_id") == event_id:
                    return event
            return None

        return await until(found, timeout_s)


def content_of(event):
    return event.source.get("content", {})


def relation_of(event):
    return content_of(event).get("m.relates_to", {})


@asynccontextmanager
async def talking(stack, folder, name):
    """A new device of this user, logged in and in sync."""
    user = await asyncio.to_thread(stack.user, name)
    login = await asyncio.to_thread(matrix.login, stack.homeserver_url, name, user.password)
    folder.mkdir(parents=True, exist_ok=True)
    client = nio.AsyncClient(
        stack.homeserver_url,
        user.user_id,
        store_path=str(folder),
        config=nio.AsyncClientConfig(encryption_enabled=True),
    )
    client.restore_login(user.user_id, login["device_id"], login["access_token"])
    talker = Talker(client, stack.info.bot_user_id)
    loop = asyncio.ensure_future(client.sync_forever(timeout=2_000, full_state=True))
    try:
        await until(lambda: _is_ready(client))
        yield talker
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        await client.close()
        client.store.database.close()


async def _is_ready(client):
    return client.next_batch and not client.should_upload_keys
