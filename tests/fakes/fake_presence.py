"""The statuses of the homeserver's users."""

from tests.fakes.peer import Peer


class FakePresence(Peer):
    def __init__(self, fate):
        super().__init__("the homeserver", fate)
        self.statuses = {}

    async def status_of(self, user_id):
        async with self.doing("status_of", user_id):
            return self.statuses.get(user_id, "")

    async def set_status(self, user_id, text):
        async with self.doing("set_status", user_id):
            self.statuses[user_id] = text
