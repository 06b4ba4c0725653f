"""Whom the start of a call rings, by the channel's setting `ring`."""

from collections.abc import Sequence

from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.events import ParticipantJoined
from haos_voice_bridge.core.permissions import Role, Standing
from haos_voice_bridge.core.rings import MOST_RUNG, RING_MS, Callee, RingPlan
from haos_voice_bridge.service.world import World

CLIENT_RINGS_MS = 3_000
"""A MatrixRTC client may ring by itself by then; so may who came without a token of ours."""


class Callees:
    """Asks who is in the room, and who wants not to be rung."""

    def __init__(self, world: World, bot_user_id: str) -> None:
        self._world = world
        self._bot_user_id = bot_user_id

    async def plan(self, room: Room, starter: ParticipantJoined) -> RingPlan | None:
        """Whom to ring if this person starts a call now; None: nobody."""
        now = self._world.clock.now_ms()
        ring = room.settings.ring
        is_old = now - starter.at > RING_MS  # it began while the bridge was away
        if not room.is_channel or is_old or ring == "never" or (ring == "dm" and room.name):
            return None
        everybody = await self._world.facts.everybody(room.room_id)
        others = [p for p in everybody if p.user_id not in (self._bot_user_id, starter.user_id)]
        if ring == "dm" and not await self._is_pair(room, others):
            return None
        if room.settings.locked:
            others = [person for person in others if person.is_moderator]
        callees = await self._willing(others)
        if not callees:
            return None
        devices = [starter.device_id]
        target = await self._world.facts.call_member(room.room_id, starter.user_id, devices)
        has_token = any(
            held.identity == starter.identity and not held.rings_itself for held in room.admissions
        )
        return RingPlan(callees, target, now if has_token else now + CLIENT_RINGS_MS)

    async def _is_pair(self, room: Room, others: Sequence[Standing]) -> bool:
        """Whether the room is a chat of two, the bot aside."""
        return len(others) == 1 and not await self._world.facts.invited(room.room_id)

    async def _willing(self, others: Sequence[Standing]) -> tuple[Callee, ...]:
        able = [p for p in others if p.role.includes(Role.JOIN) and p.has("io.haos.voice.join")]
        quiet = await self._world.people.quiet_among([person.user_id for person in able])
        willing = [person for person in able if person.user_id not in quiet]
        # Where there are too many, those first who have a say in the room.
        willing.sort(key=lambda person: (-person.levels.of(person.user_id), person.user_id))
        return tuple(Callee(person.user_id, person.name) for person in willing[:MOST_RUNG])
