"""Turns what the border could read into events, by asking for the facts that are missing."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from haos_voice_bridge.core.call import Active, Idle, Room
from haos_voice_bridge.core.events import (
    BotJoined,
    CommandGiven,
    Event,
    MembershipSaid,
    MembershipsRead,
    ParticipantJoined,
    PuppetCleared,
    RightsSeen,
    RingDeclined,
)
from haos_voice_bridge.core.hints import (
    CameBack,
    Declines,
    Hint,
    RangByClient,
    Recheck,
    Recount,
    Redacted,
    WithSettings,
    WithStanding,
)
from haos_voice_bridge.core.membership import Said
from haos_voice_bridge.core.reconcile import differences
from haos_voice_bridge.core.site import Site
from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.service.callees import Callees, Starter
from haos_voice_bridge.service.world import World

logger = logging.getLogger(__name__)

NOTED_MS = 5_000
"""A client that declines by itself may be faster than our note of which event it declines."""
E = TypeVar("E", bound=Event | CommandGiven)


class Informer:
    """Asks the homeserver, the SFU and the store."""

    def __init__(self, world: World, bot_user_id: str, site: Site) -> None:
        self._world = world
        self._site = site
        self._callees = Callees(world, bot_user_id)

    async def events(  # noqa: PLR0911 (one a hint)
        self, room: Room, hint: Hint, cause: str
    ) -> Sequence[Event | CommandGiven]:
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
            case RangByClient():
                rang = await self._callees.rung_by(room, hint)
                return [] if rang is None else [rang]
            case Said():
                return [] if room.bot != "joined" else [await self._membership(room, hint)]
            case CameBack():
                return await self._came_back(room, hint.user_id)
            case Redacted():
                return await self._redacted(room, hint)
            case PuppetCleared():
                return [*await self._unheard(room, hint.identity), hint]
            case _:
                return [hint]

    async def memberships(self, room_id: str) -> MembershipsRead:
        """Who says that they are in the room's call, from before the bot heard it."""
        told = await self._world.facts.rtc_members(room_id, self._world.clock.now_ms())
        users = sorted({said.membership.user_id for said in told if said.membership})
        found = await self._world.facts.standings(room_id, users) if users else []
        standings = {standing.user_id: standing for standing in found}
        return MembershipsRead(
            tuple(
                MembershipSaid(said, standings.get(said.membership.user_id))
                for said in told
                if said.membership
            )
        )

    async def _membership(self, room: Room, said: Said) -> MembershipSaid:
        one = said.membership
        if one is None:
            return MembershipSaid(said)
        known = [old for old in room.memberships if old.slot == said.slot and old.counts]
        if any(old.device == one.device and old.name for old in known):
            return MembershipSaid(said)  # said anew, as clients do often
        standing = await self._world.facts.standing(room.room_id, one.user_id)
        plan = None
        if isinstance(room.call, Idle) and not self._site.is_own(one.focus):
            starter = Starter(one.user_id, one.device_id, one.created_ts)
            plan = await self._callees.plan(room, starter)
        return MembershipSaid(said, standing, plan)

    async def _came_back(self, room: Room, user_id: str) -> Sequence[Event]:
        """Memberships from before they left the room count again."""
        mine = [one for one in room.memberships if one.user_id == user_id and not one.counts]
        if not mine:
            return []
        standing = await self._world.facts.standing(room.room_id, user_id)
        return [
            MembershipSaid(Said(one.slot, one.event_id, one.sent_ts, one), standing) for one in mine
        ]

    async def _redacted(self, room: Room, hint: Redacted) -> Sequence[Event]:
        """A membership that was emptied, and not by another that took its place."""
        one = next((one for one in room.memberships if one.event_id == hint.event_id), None)
        if one is None:
            return []
        if not await self._world.facts.is_redacted(room.room_id, one.event_id):
            return []  # whoever asked for it may not
        return [MembershipSaid(Said(one.slot, one.event_id, max(hint.at, one.sent_ts), None))]

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
        users = sorted({participant.user_id for participant in room.call.everybody})
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

    async def _unheard(self, room: Room, identity: str) -> Sequence[Event]:
        """The same before a puppet speaks again, whose connection may have ended unheard.

        Nothing where it does not speak, and where the SFU does not say: it is asked again soon.
        """
        if not any(one.identity == identity and one.shown for one in room.puppets):
            return ()
        try:
            return await self.differences(room)
        except Unavailable as error:
            logger.debug("%s is recounted later: %s", room.room_id, error)
            return ()

    async def _with_plan(self, room: Room, event: E) -> E:
        """Whoever may start a call comes with the plan of whom it rings."""
        if isinstance(event, ParticipantJoined) and isinstance(room.call, Idle):
            starter = Starter(event.user_id, event.device_id, event.at)
            return replace(event, ring_plan=await self._callees.plan(room, starter))
        return event

    async def _decline(self, room: Room, hint: Declines) -> Sequence[Event]:
        mine = (rung for rung in room.rung if rung.user_id == hint.user_id)
        if any(rung.event_id == hint.event_id for rung in mine):
            return [RingDeclined(hint.user_id, hint.at, hint.event_id)]
        ring = room.call.ringing(hint.user_id) if isinstance(room.call, Active) else None
        if ring is None:
            return []
        if ring.is_by_client:
            return [RingDeclined(hint.user_id, hint.at)] if ring.key == hint.event_id else []
        sent = await self._world.store.sent_event(room.room_id, ring.key)
        if sent is None and self._world.clock.now_ms() - ring.at < NOTED_MS:
            raise Unavailable("the ring's event id is not noted yet", retry_after_s=0.2)
        return [RingDeclined(hint.user_id, hint.at)] if sent == hint.event_id else []
