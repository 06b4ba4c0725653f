"""What must hold, whatever happened: the room, LiveKit, the database and the truth agree."""

import asyncio
import itertools
import json
import sqlite3
import time
from collections import Counter, defaultdict
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import aiohttp
import asyncpg
from livekit import api

from haos_voice_bridge.core.ids import livekit_room
from tests.chaos.script import now_ms

RIGHT_WITHIN_S = 10.0
"""After the last part is back, or the last coming or going."""
EVERY_S = 0.4
GHOST_MS = 25_000
"""LiveKit itself holds on to a connection that vanished for 21 s."""
RETURN_MS = 30_000
_THERE = frozenset({api.ParticipantInfo.State.JOINED, api.ParticipantInfo.State.ACTIVE})


@dataclass(slots=True)
class Outages:
    """When some part was down, in ms since the epoch."""

    past: list[tuple[int, int]] = field(default_factory=list)
    current: int | None = None
    back: float = 0.0

    @contextmanager
    def one(self):
        """From the fault until all parts are up."""
        self.current = now_ms()
        try:
            yield
        finally:
            self.past.append((self.current, now_ms()))
            self.current = None
            self.back = time.monotonic()

    @property
    def seen(self):
        """Changes whenever something breaks or is back."""
        return len(self.past), self.current

    def slack_ms(self, moment):
        """How far off the books may be about that moment, because of an outage around it."""
        ends = [
            end
            for start, end in self.past
            if start - 3_000 <= moment <= end + RIGHT_WITHIN_S * 1000
        ]
        return max((end + RIGHT_WITHIN_S * 1000 - moment for end in ends), default=0)


class Database:
    """The bridge's own books, read beside it."""

    def __init__(self, where):
        self._where = where

    async def rows(self, query):
        if str(self._where).startswith("postgres"):
            connection = await asyncpg.connect(self._where)
            try:
                return [tuple(row) for row in await connection.fetch(query)]
            finally:
                await connection.close()
        return await asyncio.to_thread(self._from_sqlite, query)

    def _from_sqlite(self, query):
        with closing(sqlite3.connect(self._where, timeout=10)) as connection:
            return connection.execute(query).fetchall()

    async def waiting(self):
        """What the bridge still has to do."""
        return [
            *await self.rows("SELECT source, payload FROM inbox WHERE status = 0"),
            *await self.rows("SELECT key, queue FROM outbox WHERE status = 0"),
        ]

    async def set_aside(self):
        """What the bridge gave up on."""
        return [
            *await self.rows("SELECT key, error FROM inbox WHERE status = 2"),
            *await self.rows("SELECT key, error FROM outbox WHERE status = 2"),
        ]


class Listing:
    """LiveKit's own word."""

    def __init__(self, stack):
        info = stack.info
        self._url = stack.livekit_url.replace("ws", "http", 1)
        self._keys = (info.livekit_api_key, info.livekit_api_secret)

    async def __aenter__(self):
        self._api = api.LiveKitAPI(self._url, *self._keys)
        return self

    async def __aexit__(self, *_):
        await self._api.aclose()

    async def connections(self, room_id):
        """`{identity: sid}`; None if it does not answer."""
        request = api.ListParticipantsRequest(room=livekit_room(room_id))
        try:
            answer = await self._api.room.list_participants(request)
        except api.ServerError as error:
            return {} if error.code == "not_found" else None
        except (aiohttp.ClientError, TimeoutError):
            return None
        return {one.identity: one.sid for one in answer.participants if one.state in _THERE}


def listed(roster):
    """The identities in a roster."""
    entries = (roster or {}).get("participants", [])
    return {f"{entry['user_id']}:{entry['device_id']}" for entry in entries}


class Watch:
    """Compares roster and LiveKit all the time; for how long they differed, without excuse."""

    def __init__(self, listing, observer, rooms, outages):
        self.worst_s = 0.0
        self.wrong: list[str] = []
        self._listing = listing
        self._observer = observer
        self._rooms = rooms
        self._outages = outages

    async def __aenter__(self):
        self._tasks = [asyncio.ensure_future(self._look(room_id)) for room_id in self._rooms]
        return self

    async def __aexit__(self, *_):
        for task in self._tasks:
            task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    async def _look(self, room_id):
        # Each device has its own excuse: others who come and go are none for a ghost.
        known, excused, told = {}, {}, set()
        while True:
            await asyncio.sleep(EVERY_S)
            before = self._outages.seen
            there = await self._listing.connections(room_id)
            roster = await self._observer.state(room_id, "io.haos.voice.call")
            if there is None or self._outages.current or self._outages.seen != before:
                continue
            now, shown = time.monotonic(), listed(roster)
            for identity in there.keys() | known.keys() | shown:
                is_right = (identity in there) == (identity in shown)
                if is_right or there.get(identity) != known.get(identity):
                    excused[identity] = now
                    told.discard(identity)
                since = max(excused.setdefault(identity, now), self._outages.back)
                self.worst_s = max(self.worst_s, now - since)
                if now - since > RIGHT_WITHIN_S and identity not in told:
                    told.add(identity)
                    what = "missing from" if identity in there else "a ghost in"
                    self.wrong.append(
                        f"{now_ms()} {room_id}: {identity} is {what} the roster"
                        f" for more than {RIGHT_WITHIN_S:.0f} s"
                    )
            known = there


@dataclass(slots=True)
class Books:
    """What is written down about a room's calls."""

    cards: Counter = field(default_factory=Counter)
    ends: Counter = field(default_factory=Counter)
    lines: Counter = field(default_factory=Counter)
    revisions: list = field(default_factory=list)
    rows: Counter = field(default_factory=Counter)
    spans: list = field(default_factory=list)


async def books_of(room_id, observer, database, bot_user_id):
    """All of a room's, from its timeline and from the history."""
    books = Books()
    for event in await observer.timeline(room_id):
        if event["sender"] != bot_user_id:
            continue
        content = event["content"]
        if event["type"] == "io.haos.voice.call" and content:
            books.revisions.append((content["call_id"], content["revision"]))
        relation = content.get("m.relates_to", {}).get("rel_type")
        card = content.get("m.new_content", content).get("io.haos.voice.card")
        if card is not None:
            (books.ends if relation == "m.replace" else books.cards)[card["call_id"]] += 1
        if (line := content.get("io.haos.voice.presence")) is not None:
            books.lines[json.dumps(line, sort_keys=True)] += 1
    calls = await database.rows(f"SELECT call_id FROM calls WHERE room_id = '{room_id}'")
    books.rows.update(call_id for (call_id,) in calls)
    books.spans = await database.rows(
        "SELECT call_id, user_id || ':' || device_id, joined_ts, left_ts FROM call_spans"
        f" JOIN calls USING (call_id) WHERE room_id = '{room_id}' ORDER BY joined_ts"
    )
    return books


def once(books):
    """One card, one end, one row a call; no line twice; no roster older than the one before."""
    problems = [
        f"{name}: {doubled}"
        for name, counts in (
            ("cards", books.cards),
            ("ends", books.ends),
            ("rows", books.rows),
            ("lines", books.lines),
        )
        if (doubled := {key: count for key, count in counts.items() if count != 1})
    ]
    if not set(books.cards) == set(books.ends) == set(books.rows):
        problems.append(
            f"of cards {sorted(books.cards)}, ends {sorted(books.ends)} and rows "
            f"{sorted(books.rows)} some are missing"
        )
    last: dict[str, int] = {}
    for call_id, revision in books.revisions:
        if revision <= last.get(call_id, 0):
            problems.append(f"the roster of {call_id} went from {last[call_id]} to {revision}")
        last[call_id] = revision
    return problems


@dataclass(frozen=True, slots=True)
class Leniency:
    """What the history may get wrong where no part was down.

    Attributes:
        loose_ms: How far off a coming or going may be.
        missable_ms: Shorter stays may be missed.
        overlap_ms: How much two stays of a device may overlap.
    """

    loose_ms: int
    missable_ms: int
    overlap_ms: int


PROMPT = Leniency(loose_ms=4_000, missable_ms=0, overlap_ms=0)
TOLD_LATE = Leniency(loose_ms=9_000, missable_ms=9_000, overlap_ms=2_500)
"""Only a recount finds what a lost webhook told; a late one counts as prompt up to 2.5 s
(adapters/livekit/webhooks.py, CLOCK_SLACK_MS)."""


class Spans:
    """The history's stays against the true ones."""

    def __init__(self, truth, outages, leniency):
        self._truth = truth
        self._outages = outages
        self._leniency = leniency

    def problems(self, room_id, books):
        """Stays that are lost, doubled or invented."""
        true, written = defaultdict(list), defaultdict(list)
        for stay in self._truth.stays:
            if stay.room_id == room_id:
                true[stay.identity].append(stay)
        for call_id, identity, joined, left in books.spans:
            written[identity].append((joined, left, call_id))
        return [
            *self._doubled(written),
            *self._invented(true, written),
            *self._lost(true, written),
        ]

    def _doubled(self, written):
        for identity, spans in written.items():
            for (_, left, first), (joined, _, second) in itertools.pairwise(spans):
                lenient = TOLD_LATE if self._outages.slack_ms(left) else self._leniency
                if joined < left - lenient.overlap_ms:
                    yield f"{identity}: stays of {first} and {second} overlap ({left - joined} ms)"

    def _invented(self, true, written):
        for identity, spans in written.items():
            possible = _joined(
                (stay.asked - self._pad(stay.asked), self._ghost_until(stay))
                for stay in true[identity]
            )
            for joined, left, call_id in spans:
                if not any(start <= joined and left <= end for start, end in possible):
                    yield (
                        f"{identity}: {call_id} says {joined} to {left}, "
                        f"in truth {[(s.asked, s.left, s.how) for s in true[identity]]}"
                    )

    def _ghost_until(self, stay):
        left = stay.left + (0 if stay.how == "left" else GHOST_MS)
        return left + self._pad(left)

    def _lost(self, true, written):
        for identity, stays in true.items():
            for stay in stays:
                if stay.joined is None or stay.left - stay.joined < self._missable(stay):
                    continue
                start = stay.joined + self._pad(stay.joined)
                end = stay.left - self._pad(stay.left)
                middle = (stay.joined + stay.left) // 2
                start, end = (start, end) if start < end else (middle, middle)
                slack = self._pad(middle)
                known = _joined((j - slack, e + slack) for j, e, _ in written[identity])
                if not any(first <= start and end <= last for first, last in known):
                    yield (
                        f"{identity}: was in from {stay.joined} to {stay.left} ({stay.how}), "
                        f"the history has {written[identity]}"
                    )

    def _missable(self, stay):
        """How short a stay may be for a bridge that was down, or was not told, to miss it."""
        covering = [
            end + RIGHT_WITHIN_S * 1000 - stay.joined
            for start, end in self._outages.past
            if start - 1_000 <= stay.joined <= end or stay.joined <= start <= stay.left
        ]
        return max([self._leniency.missable_ms, *covering])

    def _pad(self, moment):
        return self._leniency.loose_ms + self._outages.slack_ms(moment)


def _joined(spans):
    """Merged, where the gap is such that a return was no change."""
    merged: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1] + RETURN_MS + 10_000:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def calls_bounds(truth, room_id):
    """At least and at most so many calls were there: by the moments when nobody was in."""
    stays = sorted((stay.asked, stay.left) for stay in truth.stays if stay.room_id == room_id)
    least = most = 0
    until = None
    for asked, left in stays:
        gap = None if until is None else asked - until
        most += gap is None or gap > -2_000
        least += gap is None or gap > GHOST_MS + RETURN_MS + RIGHT_WITHIN_S * 1000
        until = left if until is None else max(until, left)
    return least, most
