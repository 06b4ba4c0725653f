"""The lanes: each room's arrivals, handled in order; load, step, save.

What is owed after a save is done by `delivery.py`. Nothing here talks to a peer except for facts.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from haos_voice_bridge.aio import Lanes, TaskScope
from haos_voice_bridge.core.call import Room, due
from haos_voice_bridge.core.effects import Effect, Queue, queue_of
from haos_voice_bridge.core.events import (
    CommandGiven,
    Event,
    JoinRequested,
    MovedHere,
    ParticipantJoined,
    Tick,
)
from haos_voice_bridge.core.hints import Hint, Recount, WithStanding
from haos_voice_bridge.core.site import Site
from haos_voice_bridge.core.step import step
from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.ports import Arrival, NewArrival
from haos_voice_bridge.service.claimed import claimed
from haos_voice_bridge.service.commander import Commander
from haos_voice_bridge.service.draining import site_now
from haos_voice_bridge.service.informer import Informer
from haos_voice_bridge.service.pace import Pace
from haos_voice_bridge.service.world import Settings, World

logger = logging.getLogger(__name__)

RECOUNT_S = 5.0
"""How often the SFU is asked which rooms have somebody in them, whatever its webhooks say."""
LOOK_S = 1.0
"""How often it is looked which calls are to be compared with the SFU; `Pace` says which."""
BACKLOG = 10_000
"""Events that may wait; the homeserver and LiveKit keep more for us, and try again."""
RECHECK_S = 30.0
"""How often the homeserver is asked for the rights of who is in a call, whatever its events say."""
PATROL_S = 2.0
MAX_BACKOFF_S = 10.0


@dataclass(slots=True)
class _Agenda:
    """What a lane must do besides its arrivals."""

    recount: set[str] = field(default_factory=set)
    recheck: set[str] = field(default_factory=set)
    timers: dict[str, asyncio.TimerHandle] = field(default_factory=dict)


class Rooms:
    """Handles what arrives for each room."""

    def __init__(
        self,
        world: World,
        settings: Settings,
        scope: TaskScope,
        owed: Callable[[str, Queue], None],
    ) -> None:
        """`owed(room_id, queue)` is called when a queue has something new to do."""
        self._world = world
        self._config = settings
        self._scope = scope
        self._owed = owed
        self._agenda = _Agenda()
        self._pace = Pace()
        self._started = False
        self._informer = Informer(world, settings.bot_user_id)
        self._commander = Commander(world, settings)
        self._lanes = Lanes[str](scope, self._claimed, "room")

    async def start(self) -> None:
        """Take up what was left: waiting arrivals, timers, and calls that went on without us."""
        self._started = True
        await self._patrol()
        await self._compare_memberships()
        await self._recount_quietly()
        self._scope.repeat(self._patrol, PATROL_S, name="look for what waits")
        self._scope.repeat(self.recount_all, RECOUNT_S, name="recount calls")
        self._scope.repeat(self._look_at_calls, LOOK_S, name="look at calls")
        self._scope.repeat(self._recheck_active, RECHECK_S, name="look at rights")

    async def offer(self, arrivals: list[NewArrival]) -> None:
        """Store what a peer brings, unless too much waits already.

        Raises:
            Unavailable: The peer should try again later.
        """
        await self.takes()
        await self.accept(arrivals)

    async def takes(self) -> None:
        """Nothing, if what a peer brings would be stored now.

        Raises:
            Unavailable: It would not.
        """
        if await self._world.inbox.is_backlogged(BACKLOG):
            raise Unavailable(f"more than {BACKLOG} events wait to be handled", retry_after_s=5)

    async def accept(self, arrivals: list[NewArrival]) -> None:
        """Store what came in; when this returns it cannot be lost any more."""
        for room_id in await self._world.inbox.add(arrivals, self._world.clock.now_ms()):
            if self._started:
                self._lanes.wake(room_id)

    async def recount_all(self) -> None:
        """Compare every call that we know of or that LiveKit knows of with the other's word."""
        for name in await self._world.media.occupied():
            if (room_id := await self._world.store.room_of_livekit(name)) is not None:
                self._agenda.recount.add(room_id)
        self._agenda.recount.update(await self._world.store.active_rooms())
        for room_id in list(self._agenda.recount):
            self._lanes.wake(room_id)

    async def _look_at_calls(self) -> None:
        """Mute, camera and screen come by no webhook."""
        active = set(await self._world.store.active_rooms())
        for room_id in self._pace.due(active, asyncio.get_running_loop().time()):
            self._agenda.recount.add(room_id)
            self._lanes.wake(room_id)

    async def _recount_quietly(self) -> None:
        try:
            await self.recount_all()
        except Unavailable as error:
            logger.warning("calls are recounted later: %s", error)

    async def _recheck_active(self) -> None:
        self._agenda.recheck.update(await self._world.store.active_rooms())
        for room_id in list(self._agenda.recheck):
            self._lanes.wake(room_id)

    async def _patrol(self) -> None:
        """No lane stays asleep, whatever failed."""
        for room_id in await self._world.inbox.waiting():
            self._lanes.wake(room_id)
        for room_id, moment in await self._world.store.due_rooms():
            if room_id not in self._agenda.timers:
                self._set_timer(room_id, moment)

    async def _compare_memberships(self) -> None:
        """A transaction may have been lost with an old database: ask which rooms the bot is in."""
        joined = await self._world.facts.joined_rooms()
        now = self._world.clock.now_ms()
        unknown = [
            room_id for room_id in joined if (await self._world.store.load(room_id)).bot != "joined"
        ]
        await self.accept(
            [
                NewArrival(f"found:{room_id}:{now}", room_id, "internal", {"kind": "found"})
                for room_id in unknown
            ]
        )

    # One lane's work

    async def _claimed(self, room_id: str) -> None:
        await claimed(self._world.claims, self._scope, f"room {room_id}", self._work, room_id)

    async def _work(self, room_id: str) -> None:
        failures = 0
        while not self._scope.stopping:
            try:
                if not await self._work_once(room_id):
                    return
                failures = 0
            except Unavailable as error:
                failures += 1
                pause = error.retry_after_s or min(MAX_BACKOFF_S, 0.25 * 2**failures)
                logger.warning("room %s waits %.1f s: %s", room_id, pause, error)
                await self._world.homeserver.wait(pause)

    async def _work_once(self, room_id: str) -> bool:
        arrival = await self._world.inbox.next(room_id)
        if arrival is not None:
            await self._handle(arrival)
            return True
        if room_id in self._agenda.recount and await self._recount(room_id):
            return True
        if room_id in self._agenda.recheck:
            await self._recheck(room_id)
        room = await self._world.store.load(room_id)
        now = self._world.clock.now_ms()
        if (moment := due(room)) is None:
            return False
        if moment > now:
            self._set_timer(room_id, moment)
            return False
        await self._decide(room, [Tick()], None)
        return True

    async def _handle(self, arrival: Arrival) -> None:
        try:
            if self._world.encrypted is not None:
                clear = await self._world.encrypted.handled(arrival, self._lanes.wake)
                if clear is None:
                    return
                arrival = clear
            hint = self._world.translators[arrival.source](arrival)
            room = await self._world.store.load(arrival.room_id)
            events = await self._events_of(room, hint, arrival.key)
            await self._decide(room, events, arrival)
        except (Unavailable, asyncio.CancelledError):
            raise
        except Exception as error:
            # One bad event costs only itself: it is kept with its error, and the lane goes on.
            logger.exception("arrival %s (%s) given up", arrival.seq, arrival.source)
            await self._world.inbox.drop(arrival, f"{type(error).__name__}: {error}")

    async def _events_of(
        self, room: Room, hint: Hint | None, cause: str
    ) -> Sequence[Event | CommandGiven]:
        if hint is None:
            return []
        if isinstance(hint, Recount) or (isinstance(hint, WithStanding) and hint.is_late):
            # Not here: an outage of the SFU must not hold up what the room wants of us.
            self._agenda.recount.add(room.room_id)
        return await self._informer.events(room, hint, cause)

    async def _recheck(self, room_id: str) -> None:
        """An event that took a right may have been lost: look without one."""
        self._agenda.recheck.discard(room_id)
        room = await self._world.store.load(room_id)
        try:
            now = str(self._world.clock.now_ms())
            await self._decide(room, await self._informer.rights(room, now), None)
        except Unavailable as error:
            logger.debug("the rights in %s are looked at later: %s", room_id, error)

    async def _recount(self, room_id: str) -> bool:
        """Whether it was done; it stays on the agenda while somebody does not answer."""
        room = await self._world.store.load(room_id)
        try:
            events = await self._informer.differences(room)
        except Unavailable as error:
            logger.debug("room %s is recounted later: %s", room_id, error)
            return False
        self._agenda.recount.discard(room_id)
        changed = await self._decide(room, events, None)
        self._pace.looked(room_id, asyncio.get_running_loop().time(), changed=changed)
        return True

    async def _decide(
        self, before: Room, events: Sequence[Event | CommandGiven], consumed: Arrival | None
    ) -> bool:
        """Whether it changed the room."""
        now = self._world.clock.now_ms()
        room = before
        site = await self._site(events)
        effects: list[Effect] = []
        for event in events:
            answers: Sequence[Effect | Event]
            if isinstance(event, CommandGiven):
                room, answers = await self._commander.run(room, event)
            else:
                answers = (event,)
            for answer in answers:
                if isinstance(answer, Effect):
                    effects.append(answer)
                else:
                    room, more = step(room, answer, now, site)
                    effects += more
        if room == before and not effects and consumed is None:
            return False
        await self._world.store.save(room, effects, now, consumed=consumed)
        self.saved(room, effects)
        return room != before

    def saved(self, room: Room, effects: Sequence[Effect]) -> None:
        """See to what a saved room owes, and to when it is due."""
        for queue in {queue_of(effect) for effect in effects}:
            self._owed(room.room_id, queue)
        if (moment := due(room)) is not None:
            self._set_timer(room.room_id, moment)

    async def _site(self, events: Sequence[Event | CommandGiven]) -> Site:
        """The installation; whether it is draining is asked where somebody wants to come in."""
        site = self._config.site
        if not any(
            isinstance(event, JoinRequested | MovedHere | ParticipantJoined) for event in events
        ):
            return site
        return await site_now(site, self._world.store)

    def _set_timer(self, room_id: str, moment: int) -> None:
        timers = self._agenda.timers
        if (earlier := timers.pop(room_id, None)) is not None:
            earlier.cancel()
        wait_s = max(0, moment - self._world.clock.now_ms()) / 1000

        def ring() -> None:
            timers.pop(room_id, None)
            self._lanes.wake(room_id)

        timers[room_id] = asyncio.get_running_loop().call_later(wait_s, ring)
