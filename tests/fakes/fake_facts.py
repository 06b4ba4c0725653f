"""The homeserver as the bot reads it."""

from haos_voice_bridge.core.channel import Channel
from haos_voice_bridge.core.events import BotJoined
from haos_voice_bridge.ports import Profile
from tests.fakes.peer import Peer
from tests.fakes.people import standing


class FakeFacts(Peer):
    def __init__(self, fate):
        super().__init__("the homeserver", fate)
        self.memberships = {}
        self.joined = []
        self.directs = {}
        self.channel = Channel()
        self.level = 0
        self.events = {}

    async def standing(self, room_id, user_id):
        async with self.doing("standing", user_id):
            membership = self.memberships.get(user_id, "join")
            return standing(user_id, membership=membership, level=self.level, events=self.events)

    async def standings(self, room_id, user_ids):
        async with self.doing("standings", room_id):
            return [
                standing(
                    user_id,
                    membership=self.memberships.get(user_id, "join"),
                    level=self.level,
                    events=self.events,
                )
                for user_id in user_ids
            ]

    async def everybody(self, room_id):
        return await self.standings(room_id, sorted(self.memberships))

    async def settings(self, room_id, event_id):
        async with self.doing("settings", room_id):
            made_for = {room: user for user, room in self.directs.items()}
            if room_id in made_for:
                return BotJoined(event_id, "Voice", "", None, direct=made_for[room_id])
            return BotJoined(event_id, "Lounge", "", self.channel)

    async def joined_rooms(self):
        async with self.doing("joined_rooms"):
            return [*self.joined, *self.directs.values()]

    async def profile(self, room_id, user_id):
        is_member = self.memberships.get(user_id, "join") == "join"
        return Profile(standing(user_id).name, "", is_member)
