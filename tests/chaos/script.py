"""Calls in several rooms at once, and a record of who was truly connected when.

Each room plays rounds: some devices come, leave, vanish and return, and at the end all are gone.
Clients behave as docs/protocol.md tells them to: no answer in 15 s, a refusal that may pass, a
connection that was lost: a new request, after a pause that grows.
"""

import asyncio
import contextlib
import json
import random
import time
import uuid
from dataclasses import dataclass, field

import aiohttp
from joserfc import jwe
from joserfc.jwk import ECKey
from livekit import rtc

from tests.chaos.device import VanishingVoice
from tests.e2e.person import MatrixRefusal, Person, Refused
from tests.e2e.voice import Voice

ANSWER_S = 15.0
RETRIED = frozenset({"RATE_LIMITED", "SFU_UNAVAILABLE"})
NOT_TO_RETURN = frozenset(
    {
        rtc.DisconnectReason.PARTICIPANT_REMOVED,
        rtc.DisconnectReason.ROOM_DELETED,
        rtc.DisconnectReason.DUPLICATE_IDENTITY,
    }
)


def now_ms():
    return time.time_ns() // 1_000_000


class Patient(Person):
    """Somebody whose client outlives outages of the homeserver."""

    async def request(self, method, *path, **options):
        pause_s = 0.25
        while True:
            try:
                return await super().request(method, *path, **options)
            except MatrixRefusal as refusal:
                if refusal.status < 500:
                    raise
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(pause_s)
            pause_s = min(2.0, pause_s * 2)

    async def let_in(self, room_id, device_id, seconds):
        """Ask until the bridge lets us in."""
        pause_s = 0.5
        while True:
            try:
                async with asyncio.timeout(seconds):
                    return await self._ask_once(room_id, device_id)
            except TimeoutError:
                wait_s = 0
            except Refused as refusal:
                if refusal.code not in RETRIED:
                    raise
                wait_s = refusal.error["retry_after_ms"] / 1000
            await asyncio.sleep(max(wait_s, pause_s))
            pause_s = min(5.0, pause_s * 2)

    async def _ask_once(self, room_id, device_id):
        key = ECKey.generate_key("P-256", private=True)
        request = {
            "request_id": str(uuid.uuid4()),
            "device_id": device_id,
            "public_key": key.as_dict(private=False),
        }
        await self.send(room_id, "io.haos.voice.join", request)
        while True:
            answer = await self.state(room_id, "io.haos.voice.token", f"_{self.user_id}")
            if answer and answer.get("request_id") == request["request_id"]:
                break
            await asyncio.sleep(0.25)
        if "error" in answer:
            raise Refused(answer["error"])
        return json.loads(jwe.decrypt_compact(answer["token"], key).plaintext)


@dataclass(slots=True)
class Stay:
    """A device's connection, as its own end saw it; times in ms since the epoch.

    Attributes:
        asked: When it began to connect.
        joined: When it was in; None if it never heard so.
        how: `left`, `vanished`, `cut` (then it came again) or `failed`.
    """

    room_id: str
    identity: str
    asked: int
    joined: int | None = None
    left: int | None = None
    how: str = ""


@dataclass(slots=True)
class Truth:
    """What really happened."""

    stays: list[Stay] = field(default_factory=list)
    rounds: int = 0
    returns: int = 0


class Script:
    """Plays rounds in all rooms until `end`."""

    def __init__(self, people, rooms, chance):
        self.truth = Truth()
        self.vanishing_for_good = False
        self.pace = 1.0
        self._devices = [
            (person, f"D{number}")
            for person in people
            # The first of them has two devices.
            for number in range(2 if person is people[0] else 1)
        ]
        self._rooms = rooms
        self._chance = chance
        self._ending = asyncio.Event()
        # Answers to one user's devices share a state key: a client's two tabs ask in turn.
        self._turns = {}
        self._tasks = []

    async def __aenter__(self):
        for room_id in self._rooms:
            chance = random.Random(self._chance.random())
            self._tasks.append(asyncio.ensure_future(self._play(room_id, chance)))
        return self

    async def __aexit__(self, *_):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def check(self):
        """Raise what went wrong in a room's play, if anything did."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()

    async def end(self):
        """Everybody leaves, of their own will."""
        self._ending.set()
        await asyncio.gather(*self._tasks)

    async def _play(self, room_id, chance):
        await asyncio.sleep(chance.uniform(0, 1))
        while not self._ending.is_set():
            await self._round(room_id, chance)
            await self._nap(chance.uniform(0.5, 2))

    async def _round(self, room_id, chance):
        guests = chance.sample(self._devices, chance.randint(2, 4))
        plans = []
        for place, (person, device_id) in enumerate(guests):
            start = 0 if place == 0 else chance.uniform(0.5, 3)
            seconds = self.pace * chance.uniform(*((4, 8) if place == 0 else (1, 5)))
            fate = chance.choices(
                ("leave", "leave and return", "vanish and return", "vanish"), (70, 10, 10, 10)
            )[0]
            if fate == "vanish" and not (self.vanishing_for_good and room_id == self._rooms[0]):
                # A ghost keeps a call open for almost a minute: not everywhere, and not always.
                fate = "leave"
            plans.append(
                self.visit(room_id, person, device_id, start=start, seconds=seconds, fate=fate)
            )
        async with asyncio.TaskGroup() as group:
            for plan in plans:
                group.create_task(plan)
        self.truth.rounds += 1

    async def visit(self, room_id, person, device_id, *, start=0.0, seconds, fate="leave"):
        """A device's part in a round."""
        await self._nap(start)
        if self._ending.is_set():
            return
        vanishes = fate.startswith("vanish")
        await self._stay(room_id, person, device_id, seconds, vanishes=vanishes)
        if fate.endswith("return"):
            await self._nap(2)
            await self._stay(room_id, person, device_id, 2, vanishes=False)

    async def _stay(self, room_id, person, device_id, seconds, *, vanishes):
        """Be in the call for so long, whatever cuts the connection."""
        until = None
        pause_s = 0.5
        while True:
            voice = VanishingVoice() if vanishes else Voice()
            if vanishes:
                await voice.start()
            async with self._turn(person, room_id):
                admission = await person.let_in(room_id, device_id, ANSWER_S)
            stay = Stay(room_id, admission["identity"], now_ms())
            self.truth.stays.append(stay)
            try:
                async with asyncio.timeout(20):
                    await voice.connect(admission)
            except (rtc.ConnectError, ConnectionError, TimeoutError):
                stay.left, stay.how = now_ms(), "failed"
                with contextlib.suppress(Exception):
                    await voice.leave()
                await asyncio.sleep(pause_s)
                pause_s = min(4.0, pause_s * 2)
                continue
            stay.joined = now_ms()
            until = until or time.monotonic() + seconds
            if await self._cut(voice, until):
                stay.left, stay.how = now_ms(), "cut"
                self.truth.returns += 1
                await voice.leave()
                reason = getattr(voice, "reason", None)
                if reason in NOT_TO_RETURN:
                    raise AssertionError(f"{stay.identity} was sent away: {reason}")
                continue
            if vanishes:
                await voice.vanish()
            else:
                await voice.leave()
            stay.left, stay.how = now_ms(), "vanished" if vanishes else "left"
            return

    async def _cut(self, voice, until):
        """Wait until the time is over, or the end; whether the connection went before."""
        cut = asyncio.ensure_future(voice.disconnected.wait())
        ending = asyncio.ensure_future(self._ending.wait())
        await asyncio.wait(
            {cut, ending},
            timeout=max(0, until - time.monotonic()),
            return_when=asyncio.FIRST_COMPLETED,
        )
        was_cut = cut.done()
        for waiting in (cut, ending):
            waiting.cancel()
        return was_cut

    def _turn(self, person, room_id):
        return self._turns.setdefault((person.user_id, room_id), asyncio.Lock())

    async def _nap(self, seconds):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), seconds)
