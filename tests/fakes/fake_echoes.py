"""Echo tests that nobody hears."""


class FakeEchoes:
    def __init__(self):
        self.running = {}

    async def start(self, room_id, echo, listeners, tell):
        self.running[room_id, echo] = listeners
        await tell("playing")

    async def stop(self, room_id, echo):
        self.running.pop((room_id, echo), None)
