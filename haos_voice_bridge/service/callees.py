"""Whom the start of a call rings, by the channel's setting `ring`."""

from collections.abc import Sequence
from dataclasses import dataclass

from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.events import ClientRang
from haos_voice_bridge.core.hints import RangByClient
from haos_voice_bridge.core.ids import identity_of
from haos_voice_bridge.core.permissions import Role, Standing
from haos_voice_bridge.core.rings import MOST_RUNG, RING_MS, Callee, RingPlan
from haos_voice_bridge.service.world import World

CLIENT_RINGS_MS = 3_000
"""A MatrixRTC client may ring by itself by then; so may who came without a token of ours."""


@dataclass(frozen=True, slots=True)
class Starter:
    """A device that starts a call; `at`: when (ms)."""

    user_id: str
    device_id: str
    at: int


class Callees:
    """Asks who is in the room, and who wants not to be rung."""

    def __init__(self, world: World, bot_user_id: str) -> None:
        self._world = world
        self._bot_user_id = bot_user_id

    async def plan(self, room: Room, starter: Starter) -> RingPlan | None:
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
        identity = identity_of(starter.user_id, starter.device_id)
        has_token = any(
            held.identity == identity and not held.rings_itself for held in room.admissions
        )
        return RingPlan(callees, target, now if has_token else now + CLIENT_RINGS_MS)

    async def rung_by(self, room: Room, hint: RangByClient) -> ClientRang | None:
        """Whom a member's own client rings, by name; None: nobody who is there."""
        if not room.is_channel:
            return None
        facts, room_id = self._world.facts, room.room_id
        found = (
            await facts.everybody(room_id)
            if hint.rings_all
            else await facts.standings(room_id, hint.user_ids)
        )
        others = [p for p in found if p.is_member and p.user_id not in (self._bot_user_id, hint.by)]
        if not others:
            return None
        quiet = await self._world.people.quiet_among([person.user_id for person in others])
        callees = tuple(Callee(p.user_id, p.name) for p in _first_who_have_a_say(others))
        return ClientRang(hint.event_id, hint.by, callees, hint.at, hint.lifetime, tuple(quiet))

    async def _is_pair(self, room: Room, others: Sequence[Standing]) -> bool:
        """Whether the room is a chat of two, the bot aside."""
        return len(others) == 1 and not await self._world.facts.invited(room.room_id)

    async def _willing(self, others: Sequence[Standing]) -> tuple[Callee, ...]:
        able = [p for p in others if p.role.includes(Role.JOIN) and p.has("io.haos.voice.join")]
        quiet = await self._world.people.quiet_among([person.user_id for person in able])
        willing = [person for person in able if person.user_id not in quiet]
        return tuple(Callee(p.user_id, p.name) for p in _first_who_have_a_say(willing))


def _first_who_have_a_say(people: Sequence[Standing]) -> list[Standing]:
    """As many as may be rung; where there are too many, by their level in the room."""
    order = sorted(people, key=lambda person: (-person.levels.of(person.user_id), person.user_id))
    return order[:MOST_RUNG]
