"""The membership that a MatrixRTC client publishes for its device."""

MEMBER = "org.matrix.msc3401.call.member"
STICKY_MEMBER = "org.matrix.msc4143.rtc.member"
TRANSPORTS = ("org.matrix.msc4143", "rtc", "transports")


class Membership:
    def __init__(self, person, room_id):
        self.person, self.room_id = person, room_id
        self.key = f"_{person.user_id}_{person.device_id}_m.call"

    async def publish(self):
        """As matrix-js-sdk writes it."""
        person = self.person
        answer = await person.request("GET", *TRANSPORTS, version="unstable")
        content = {
            "application": "m.call",
            "call_id": "",
            "scope": "m.room",
            "device_id": person.device_id,
            "membershipID": f"{person.user_id}:{person.device_id}",
            "expires": 14_400_000,
            "m.call.intent": "video",
            "focus_active": {"type": "livekit", "focus_selection": "multi_sfu"},
            "foci_preferred": [
                {**focus, "livekit_alias": self.room_id} for focus in answer["rtc_transports"]
            ],
        }
        await person.set_state(self.room_id, MEMBER, content, self.key)

    async def clear(self):
        await self.person.set_state(self.room_id, MEMBER, {}, self.key)

    async def is_gone(self):
        """Neither in state nor, as a sticky event, the newest of the device's."""
        if await self.person.state(self.room_id, MEMBER, self.key):
            return False
        sticky = [
            event["content"]
            for event in await self.person.timeline(self.room_id)
            if event["type"] == STICKY_MEMBER and event["sender"] == self.person.user_id
        ]
        return not sticky or "member" not in sticky[-1]
