"""A room as the web client shows it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.call import Active, Room
from haos_voice_bridge.core.history import CallRecord, attendance
from haos_voice_bridge.core.permissions import Role, Standing
from haos_voice_bridge.core.request import Refusal
from haos_voice_bridge.errors import NotLetIn
from haos_voice_bridge.ports import Clock, Profile, RoomFacts, Store

PROFILE_MS = 60_000
PROFILES = 10_000


class RoomView:
    """Asks the store and the homeserver; names and pictures are a minute old at most."""

    def __init__(self, store: Store, facts: RoomFacts, clock: Clock) -> None:
        self._store = store
        self._facts = facts
        self._clock = clock
        self._profiles: dict[tuple[str, str], tuple[int, Profile]] = {}

    async def admitted(self, room_id: str, user_id: str) -> tuple[Room, Standing]:
        """The room, for somebody who may look into it.

        Raises:
            NotLetIn: They are not joined to it, or the bot is not, or the config blocks them.
        """
        room = await self._store.load(room_id)
        if room.bot != "joined":
            raise NotLetIn(Refusal("NOT_A_CHANNEL", "The bot is not in that room any more."))
        standing = await self._facts.standing(room_id, user_id)
        if not standing.is_member:
            raise NotLetIn(Refusal("NOT_A_MEMBER", f"You are not in {room.title} any more."))
        if standing.role is Role.BLOCK:
            raise NotLetIn(Refusal("FORBIDDEN", "This bridge's admin does not let you in."))
        return room, standing

    async def shown(self, room_id: str, user_id: str) -> Mapping[str, Any]:
        """The room and its call as they are now (docs/protocol.md §5)."""
        room, standing = await self.admitted(room_id, user_id)
        call = room.call if isinstance(room.call, Active) else None
        users = {user_id, *(p.user_id for p in (call.everybody if call else ()))}
        profiles = {user: await self._profile(room_id, user) for user in sorted(users)}
        return {
            "room_id": room_id,
            "name": room.name,
            "channel": {
                **asdict(room.settings),
                "enabled": room.is_channel,
                "media_encryption": room.encrypts_media,
            },
            "call": contents.roster(call, room.restraints) if call else {},
            "people": {
                user: {"name": profile.name, "avatar_url": profile.avatar_url}
                for user, profile in profiles.items()
            },
            "you": {"user_id": user_id, "may_moderate": standing.is_moderator},
        }

    async def past(self, room_id: str, user_id: str, limit: int) -> Mapping[str, Any]:
        """The room's newest calls, newest first."""
        await self.admitted(room_id, user_id)
        calls = await self._store.past_calls(room_id, limit)
        return {"calls": [_past_call(call) for call in calls]}

    async def profile(self, room_id: str, user_id: str) -> Profile:
        """How a user is shown there."""
        return await self._profile(room_id, user_id)

    async def _profile(self, room_id: str, user_id: str) -> Profile:
        now = self._clock.now_ms()
        read_ts, profile = self._profiles.get((room_id, user_id), (None, None))
        if profile is None or read_ts is None or not 0 <= now - read_ts < PROFILE_MS:
            profile = await self._facts.profile(room_id, user_id)
            if len(self._profiles) >= PROFILES:
                self._profiles.clear()
            self._profiles[room_id, user_id] = (now, profile)
        return profile


def _past_call(call: CallRecord) -> dict[str, Any]:
    return {
        "call_id": call.call_id,
        "started_ts": call.started_ts,
        "ended_ts": call.ended_ts,
        "started_by": call.started_by,
        "peak": call.peak,
        "ended_how": call.ended_how,
        "participants": [
            {"user_id": person.user_id, "name": person.name, "seconds": person.seconds}
            for person in attendance(call.spans)
        ],
    }
