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
        self.name = "Lounge"
        self.call_members = {}
        self.told = []
        self.redacted = set()

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
        here = sorted(user for user, said in self.memberships.items() if said == "join")
        return await self.standings(room_id, here)

    async def invited(self, room_id):
        async with self.doing("invited", room_id):
            return [user for user, said in self.memberships.items() if said == "invite"]

    async def call_member(self, room_id, user_id, device_ids):
        async with self.doing("call_member", user_id):
            return self.call_members.get(user_id, "")

    async def state_event(self, room_id, event_type, state_key):
        async with self.doing("state_event", room_id):
            return

    async def is_redacted(self, room_id, event_id):
        async with self.doing("is_redacted", event_id):
            return event_id in self.redacted

    async def rtc_members(self, room_id, now):
        async with self.doing("rtc_members", room_id):
            return list(self.told)

    async def settings(self, room_id, event_id):
        async with self.doing("settings", room_id):
            made = room_id in self.directs.values()
            direct = "@" + room_id.removeprefix("!with-") if made else ""
            return BotJoined(event_id, self.name, "", self.channel, direct=direct)

    async def joined_rooms(self):
        async with self.doing("joined_rooms"):
            return [*self.joined, *self.directs.values()]

    async def profile(self, room_id, user_id):
        is_member = self.memberships.get(user_id, "join") == "join"
        return Profile(standing(user_id).name, "", is_member)
