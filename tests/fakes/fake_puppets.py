"""The homeserver as puppets write to it, delayed events included."""

import itertools

from haos_voice_bridge.ports import Saying
from tests.fakes.peer import Peer


class FakePuppets(Peer):
    def __init__(self, fate, clock):
        super().__init__("the homeserver", fate)
        self._clock = clock
        self._numbers = itertools.count(1)
        self.names = {}
        self.here = set()
        self.members = {}
        self.written = []
        self.guarding = {}
        self.jobs = {}

    async def prepare(self, user_id, device_id, name, avatar_url):
        async with self.doing("prepare", user_id):
            self.names[user_id] = name

    async def enter(self, room_id, user_id):
        async with self.doing("enter", user_id):
            self.here.add((room_id, user_id))

    async def part(self, room_id, user_id, device_ids):
        async with self.doing("part", user_id):
            self.here.discard((room_id, user_id))

    async def said(self, room_id, state_key):
        async with self.doing("said", state_key):
            return self.members.get((room_id, state_key))

    async def say(self, room_id, user_id, state_key, content):
        async with self.doing("say", user_id):
            self.set(room_id, state_key, dict(content))

    async def clear(self, room_id, state_key):
        async with self.doing("clear", state_key):
            self.set(room_id, state_key, {})

    async def guards(self, room_id, user_id, state_key):
        async with self.doing("guards", user_id):
            place = (room_id, state_key)
            return [name for name, guarded in self.guarding.items() if guarded == place]

    async def guard(self, room_id, user_id, state_key, delay_ms):
        async with self.doing("guard", user_id):
            name = f"syd_{next(self._numbers)}"
            self.guarding[name] = (room_id, state_key)
            return name

    async def unguard(self, user_id, delay_id):
        async with self.doing("unguard", user_id):
            self.guarding.pop(delay_id, None)

    async def take_over(self, job):
        self.jobs[job.key] = job

    # What tests do and ask

    def set(self, room_id, state_key, content):
        before = self.members.get((room_id, state_key))
        if before is None or before.content != content:  # the same again is no event
            self.members[room_id, state_key] = Saying(content, self._clock.now_ms())
            self.written.append((state_key, content))

    def fires(self, delay_id):
        """The homeserver heard nothing for too long."""
        self.set(*self.guarding.pop(delay_id), {})

    def shown(self, room_id):
        """The devices that the room's state shows by puppets."""
        return {
            said.content["membershipID"]
            for (room, _), said in self.members.items()
            if room == room_id and said.content
        }
