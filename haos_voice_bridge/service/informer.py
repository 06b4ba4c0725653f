"""Turns what the border could read into events, by asking for the facts that are missing."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from haos_voice_bridge.core.call import Active, Idle, Room
from haos_voice_bridge.core.events import (
    BotJoined,
    CommandGiven,
    Event,
    ParticipantJoined,
    RightsSeen,
    RingDeclined,
)
from haos_voice_bridge.core.hints import (
    Declines,
    Hint,
    Recheck,
    Recount,
    WithSettings,
    WithStanding,
)
from haos_voice_bridge.core.reconcile import differences
from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.service.callees import Callees
from haos_voice_bridge.service.world import World

NOTED_MS = 5_000
"""A client that declines by itself may be faster than our note of which event it declines."""
E = TypeVar("E", bound=Event | CommandGiven)


class Informer:
    """Asks the homeserver, the SFU and the store."""

    def __init__(self, world: World, bot_user_id: str) -> None:
        self._world = world
        self._callees = Callees(world, bot_user_id)

    async def events(self, room: Room, hint: Hint, cause: str) -> Sequence[Event | CommandGiven]:
        """What a hint says, with the facts as they are now."""
        match hint:
            case WithStanding():
                standing = await self._world.facts.standing(room.room_id, hint.user_id)
                return [await self._with_plan(room, hint.event(standing))]
            case WithSettings():
                return [await self._settings_of(room.room_id, hint.event_id)]
            case Recheck():
                return await self.rights(room, cause)
            case Recount():
                return []
            case Declines():
                return await self._decline(room, hint)
            case _:
                return [hint]

    async def _settings_of(self, room_id: str, event_id: str) -> BotJoined:
        found = await self._world.facts.settings(room_id, event_id)
        if not found.predecessor:
            return found
        before = await self._world.store.load(found.predecessor)
        # Both rooms must say so: anybody can make a room that claims to follow another.
        if before.moved_to != room_id or not replace(before, moved_to="").is_channel:
            return found
        return replace(found, inherited=before.settings, restraints=before.restraints)

    async def rights(self, room: Room, cause: str) -> Sequence[Event]:
        """What those in the call are in the room; `cause` names the moment."""
        if not isinstance(room.call, Active):
            return []
        users = sorted({participant.user_id for participant in room.call.participants})
        standings = await self._world.facts.standings(room.room_id, users)
        return [RightsSeen(cause, self._world.clock.now_ms(), tuple(standings))]

    async def differences(self, room: Room) -> Sequence[Event]:
        """What must have happened for the SFU's list of participants to be true."""
        seen = await self._world.media.participants(room.room_id)
        found = differences(room, seen, self._world.clock.now_ms())
        arrived = [
            ParticipantJoined(
                identity=new.identity,
                sid=new.sid,
                user_id=new.user_id,
                device_id=new.device_id,
                at=new.at,
                standing=await self._world.facts.standing(room.room_id, new.user_id),
                is_seen=True,
                hashed=new.hashed,
            )
            for new in found.new
        ]
        if arrived:
            arrived[0] = await self._with_plan(room, arrived[0])
        return [*found.strangers, *found.gone, *arrived, *found.changed]

    async def _with_plan(self, room: Room, event: E) -> E:
        """Whoever may start a call comes with the plan of whom it rings."""
        if isinstance(event, ParticipantJoined) and isinstance(room.call, Idle):
            return replace(event, ring_plan=await self._callees.plan(room, event))
        return event

    async def _decline(self, room: Room, hint: Declines) -> Sequence[Event]:
        ring = room.call.ringing(hint.user_id) if isinstance(room.call, Active) else None
        if ring is None:
            return []
        sent = await self._world.store.sent_event(room.room_id, ring.key)
        if sent is None and self._world.clock.now_ms() - ring.at < NOTED_MS:
            raise Unavailable("the ring's event id is not noted yet", retry_after_s=0.2)
        return [RingDeclined(hint.user_id, hint.at)] if sent == hint.event_id else []
