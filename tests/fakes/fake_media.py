"""LiveKit: who is connected, and what it was told to do."""

from haos_voice_bridge.core.events import Media
from haos_voice_bridge.core.ids import identity_of, livekit_room
from haos_voice_bridge.core.reconcile import Seen
from haos_voice_bridge.ports import SealedToken
from tests.fakes.peer import Peer


class FakeMedia(Peer):
    def __init__(self, fate):
        super().__init__("LiveKit", fate)
        self.rooms = set()
        self.here = {}
        self.removed = []
        self.closed = []
        self.grants = {}
        self.data = []
        self.count = 0

    async def open_room(self, room_id):
        async with self.doing("open_room", room_id):
            self.rooms.add(room_id)

    async def remove_participant(self, room_id, identity):
        async with self.doing("remove_participant", identity):
            self.removed.append(identity)
            self.here.pop((room_id, identity), None)

    async def set_grant(self, room_id, identity, grant):
        async with self.doing("set_grant", identity):
            self.grants[identity] = grant

    async def send_data(self, room_id, identity, topic, data):
        async with self.doing("send_data", identity):
            self.data.append((room_id, identity, topic, data))

    async def close_room(self, room_id):
        async with self.doing("close_room", room_id):
            self.closed.append(room_id)
            self.here = {place: seen for place, seen in self.here.items() if place[0] != room_id}

    async def occupied(self):
        async with self.doing("occupied", ""):
            return [livekit_room(room_id) for room_id, _ in self.here]

    async def participants(self, room_id):
        async with self.doing("participants", room_id):
            return [seen for place, seen in self.here.items() if place[0] == room_id]

    # What people do

    def connect(self, room_id, user_id, at, device="DEV", hashed=""):
        """Somebody connects; what LiveKit would list. Of a hash it cannot tell whose it is."""
        self.count += 1
        sid = f"PA_{self.count}"
        seen = Seen(identity_of(user_id, device), sid, user_id, device, at, Media())
        if hashed:
            seen = Seen(hashed, sid, "", "", at, Media())
        self.here[room_id, seen.identity] = seen
        return seen

    def disconnect(self, room_id, seen):
        """Their connection is gone."""
        self.here.pop((room_id, seen.identity), None)


class FakeTokens:
    """Tokens that can be read."""

    def __init__(self, clock):
        self._clock = clock

    def sealed_token(self, access, public_key):
        return SealedToken(f"token for {access.identity}", self._clock.now_ms() + 60_000)

    def open_token(self, access):
        jwt = f"token for {access.identity} in {access.room_id}"
        return {"jwt": jwt, "identity": access.identity}
