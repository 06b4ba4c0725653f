"""The homeserver as the bot writes to it: a transaction id counts once, as on a real one."""

from dataclasses import dataclass

from tests.fakes.peer import Peer


@dataclass(frozen=True)
class Sent:
    event_id: str
    room_id: str
    key: str
    content: dict
    event_type: str = "m.room.message"


class FakeBot(Peer):
    def __init__(self, fate):
        super().__init__("the homeserver", fate)
        self.messages = {}
        self.state = {}
        self.written = []
        self.to_device = {}
        self.rooms = set()
        self.aliases, self.directs = {}, {}
        self.invited = []
        self.cleared = []

    async def join(self, room_id):
        async with self.doing("join", room_id):
            self.rooms.add(room_id)

    async def leave(self, room_id, reason):
        async with self.doing("leave", room_id):
            self.rooms.discard(room_id)

    async def send(self, room_id, event_type, content, txn_id):
        async with self.doing("send", txn_id):
            new = Sent(f"$sent{len(self.messages)}", room_id, txn_id, dict(content), event_type)
            return self.messages.setdefault((room_id, txn_id), new).event_id

    async def set_state(self, room_id, event_type, state_key, content):
        async with self.doing("set_state", event_type):
            place = (room_id, event_type, state_key)
            if self.state.get(place) != content:
                self.state[place] = content
                self.written.append((*place, content))

    async def clear_state(self, room_id, event_type, state_key, event_id):
        async with self.doing("clear_state", state_key):
            self.cleared.append((event_type, state_key, event_id))

    async def merge_state(self, room_id, event_type, state_key, changes):
        async with self.doing("merge_state", event_type):
            place = (room_id, event_type, state_key)
            self.state[place] = {**self.state.get(place, {}), **changes}

    async def send_to_device(self, user_id, device_id, event_type, content, txn_id):
        async with self.doing("send_to_device", user_id):
            self.to_device.setdefault(txn_id, (user_id, device_id, dict(content)))

    async def make_direct(self, user_id, alias):
        async with self.doing("make_direct", user_id):
            if alias not in self.aliases:
                self.aliases[alias] = self.directs[user_id] = f"!with-{user_id[1:]}"
                self.rooms.add(self.aliases[alias])
            return self.aliases[alias]

    async def room_version(self):
        return 12

    async def make_room(self, room, alias):
        async with self.doing("make_room", alias):
            return self.aliases.setdefault(alias, f"!made{len(self.aliases)}")

    async def invite(self, room_id, user_id):
        async with self.doing("invite", user_id):
            self.invited.append((room_id, user_id))

    # What tests ask

    def sent(self, room_id, kind=""):
        """The room's messages whose key begins so, in order."""
        return [
            one
            for one in self.messages.values()
            if one.room_id == room_id and one.key.startswith(kind)
        ]

    def roster(self, room_id):
        """Who the room's state shows in the call, by device; None: it was never written."""
        content = self.state.get((room_id, "io.haos.voice.call", ""))
        if content is None:
            return None
        return {f"{p['user_id']}:{p['device_id']}" for p in content.get("participants", ())}

    def answers(self, room_id, user_id):
        """All answers to a user's requests in the room, in order."""
        key = f"_{user_id}"
        return [
            content
            for room, event_type, state_key, content in self.written
            if (room, event_type, state_key) == (room_id, "io.haos.voice.token", key)
        ]
