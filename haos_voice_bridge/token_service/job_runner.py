"""Does what the jobs' state machine decides: one task a job, one request at a time."""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

from haos_voice_bridge.aio import TaskScope
from haos_voice_bridge.errors import EffectError, Unavailable
from haos_voice_bridge.ports import Claims, Clock
from haos_voice_bridge.token_service.jobs import (
    Absent,
    Arrived,
    Done,
    Event,
    Failed,
    Job,
    NotFound,
    Over,
    Request,
    State,
    Tick,
    Unknown,
    begin,
    due,
    step,
)
from haos_voice_bridge.token_service.ports import CallRooms, DelayedEvents, JobStore
from haos_voice_bridge.token_service.refused import NoSuchEvent, shutting_down, too_many_leaves

logger = logging.getLogger(__name__)

Key = tuple[str, str]
LONGEST_SLEEP_S = 3600.0
MOST_OF_A_USER = 50
MOST = 5_000
"""Jobs that are taken on of one user, and in all: each asks the SFU now and then, for an hour, and
is a lock in PostgreSQL, which has 6,400 unless it is told otherwise."""


@dataclass(slots=True)
class _Running:
    """A job at work.

    Attributes:
        owner: Who handed it over; empty: we ourselves, or somebody before our start.
        wake: Set when there is something in `told`, or it is to end.
        turn: Held while the job is written down, so that nothing older is written after it.
    """

    state: State
    owner: str = ""
    told: deque[Event] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_replaced: bool = False


@dataclass(frozen=True, slots=True)
class Tools:
    """What the jobs act with."""

    rooms: CallRooms
    events: DelayedEvents
    store: JobStore
    clock: Clock
    claims: Claims


class JobRunner:
    """All jobs of this process."""

    def __init__(self, tools: Tools, scope: TaskScope, sanity_ms: int) -> None:
        """`sanity_ms` is how often to look for a participant that is connected; 0: never."""
        self._tools = tools
        self._scope = scope
        self._sanity_ms = sanity_ms
        self._jobs: dict[Key, _Running] = {}
        self._is_closing = False

    async def take_over(self, job: Job, owner: str = "") -> None:
        """Begin a job; written down when this returns, unless the store is down.

        Raises:
            Refused: We are about to stop, or `owner`, a user, has handed over too many.
        """
        if self._is_closing:
            raise shutting_down()
        if owner:
            self._check_number(job.key, owner)
        before = self._jobs.get(job.key)
        if before is not None:
            async with before.turn:
                _replace(before)
        try:
            await self._tools.store.save(job)
        except Unavailable as error:
            logger.warning("the leave of %s would not outlive a restart: %s", job.identity, error)
        try:
            await self._begin(job, owner)
        except Unavailable as error:  # it is in the store, and found there later
            logger.warning("the leave of %s begins later: %s", job.identity, error)

    async def restore(self) -> None:
        """Go on with what was kept; where processes share a store, also with what others left.

        Raises:
            Unavailable: The store does not answer.
        """
        for job in await self._tools.store.all():
            running = self._jobs.get(job.key)
            if running is None or running.state.job.delay_id != job.delay_id:
                if running is not None:
                    _replace(running)
                await self._begin(job)

    def told(self, alias: str, identity: str, event: Event) -> None:
        """News of a participant from the SFU."""
        running = self._jobs.get((alias, identity))
        if running is not None:
            running.told.append(event)
            running.wake.set()

    def close(self) -> None:
        """Take on nothing more, and let all tasks end: the jobs stay in the store."""
        self._is_closing = True
        for running in self._jobs.values():
            running.wake.set()

    def _check_number(self, key: Key, owner: str) -> None:
        others = [running for own, running in self._jobs.items() if own != key]
        if len(others) >= MOST:
            logger.warning("no more leaves are taken over: there are %d", len(others))
            raise too_many_leaves(503)
        if sum(running.owner == owner for running in others) >= MOST_OF_A_USER:
            raise too_many_leaves(429)

    async def _begin(self, job: Job, owner: str = "") -> None:
        if not await self._tools.claims.take(_claim(job)):
            return  # another process is at it, and sees in the store what is new
        if self._is_closing:
            return
        if (twin := self._jobs.get(job.key)) is not None:
            _replace(twin)
        running = _Running(begin(job), owner)
        self._jobs[job.key] = running
        logger.info("the leave of %s is in our hands (%d ms)", job.identity, job.timeout_ms)
        self._scope.spawn(self._run(running), name=f"leave of {job.identity}")

    async def _run(self, running: _Running) -> None:
        key = running.state.job.key
        try:
            while not (self._is_closing or running.is_replaced):
                event = await self._next(running)
                if event is not None and await self._advance(running, event):
                    return
        finally:
            if self._jobs.get(key) is running:
                del self._jobs[key]
            with suppress(Unavailable):  # lost with its connection, then
                await self._tools.claims.release(_claim(running.state.job))

    async def _next(self, running: _Running) -> Event | None:
        """What happens next; None after a sleep that was cut short."""
        if running.told:
            return running.told.popleft()
        moment, request = due(running.state)
        wait_s = (moment - self._tools.clock.now_ms()) / 1000
        if wait_s > 0:
            running.wake.clear()
            try:
                async with asyncio.timeout(min(wait_s, LONGEST_SLEEP_S)):
                    await running.wake.wait()
            except TimeoutError:
                pass
            return None
        return await self._do(running.state.job, request)

    async def _do(self, job: Job, request: Request | None) -> Event:
        tools = self._tools
        try:
            match request:
                case None:
                    return Tick()
                case "look":
                    sid = await tools.rooms.participant(job.alias, job.identity)
                    return Absent() if sid is None else Arrived(sid)
                case "restart":
                    await tools.events.restart(job.server_name, job.delay_id)
                case "send":
                    await tools.events.send(job.server_name, job.delay_id)
        except NoSuchEvent:
            return NotFound()
        except EffectError as error:
            logger.warning("%s for %s: %s", request, job.identity, error)
            wait_s = error.retry_after_s if isinstance(error, Unavailable) else None
            return Unknown() if request == "look" else Failed(int((wait_s or 0) * 1000))
        return Done()

    async def _advance(self, running: _Running, event: Event) -> bool:
        """Whether the job is over."""
        before = running.state
        running.state = step(before, event, self._tools.clock.now_ms(), self._sanity_ms)
        if type(before) is not type(running.state):
            name = type(running.state).__name__.lower()
            logger.info("the leave of %s: %s", running.state.job.identity, name)
        async with running.turn:
            if not running.is_replaced:
                await self._write_down(before, running.state)
        return isinstance(running.state, Over)

    async def _write_down(self, before: State, after: State) -> None:
        try:
            if isinstance(after, Over):
                await self._tools.store.forget(after.job)
            elif after.job != before.job:
                await self._tools.store.save(after.job)
        except Unavailable as error:
            logger.warning("the job of %s is not written down: %s", after.job.identity, error)


def _replace(running: _Running) -> None:
    running.is_replaced = True
    running.wake.set()


def _claim(job: Job) -> str:
    return f"leave {job.alias} {job.identity}"


class MemoryJobs:
    """No store: jobs end with the process."""

    async def save(self, _job: Job) -> None:
        """Nothing to do."""

    async def forget(self, _job: Job) -> None:
        """Nothing to do."""

    async def all(self) -> list[Job]:
        """None."""
        return []
