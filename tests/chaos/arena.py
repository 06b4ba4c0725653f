"""A stage for one scenario: rooms, people, the script, the proxy, and the verdict at the end."""

import asyncio
import os
import random
import time
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from tests.chaos.check import (
    GHOST_MS,
    PROMPT,
    RETURN_MS,
    RIGHT_WITHIN_S,
    TOLD_LATE,
    Database,
    Listing,
    Outages,
    Spans,
    Watch,
    books_of,
    calls_bounds,
    listed,
    once,
)
from tests.chaos.proxy import HONEST, Proxy
from tests.chaos.script import Patient, Script, now_ms
from tests.e2e.person import until

NAMES = ("alice", "bob", "carol", "dave")


class Arena:
    """Real servers, and who plays on them."""

    def __init__(self, stack, http, hook_port, database):
        self.stack = stack
        self.seed = int(os.environ.get("CHAOS_SEED", random.randrange(10**6)))
        self.chance = random.Random(self.seed)
        self.outages = Outages()
        self.database = Database(database)
        self.proxy = Proxy(hook_port, stack.bridge_url, self.chance)
        self.people = []
        self.rooms = []
        self._http = http

    async def prepare(self, rooms):
        """Make the people and the channels."""
        for name in NAMES:
            user = await asyncio.to_thread(self.stack.user, name)
            bot = self.stack.info.bot_user_id
            self.people.append(Patient(self._http, self.stack.homeserver_url, user, bot))
        self.observer = self.people[0]
        for _ in range(rooms):
            await self.channel()

    async def channel(self):
        """One more voice channel, with everybody in it."""
        alice, *others = self.people
        bot = self.stack.info.bot_user_id
        room_id = await alice.create_room(
            initial_state=[{"type": "io.haos.voice.channel", "content": {"enabled": True}}],
            power_level_content_override={"users": {bot: 100}},
            invite=[bot, *(person.user_id for person in others)],
        )
        for person in others:
            await person.join(room_id)

        async def bot_is_in():
            return (await alice.state(room_id, "m.room.member", bot))["membership"] == "join"

        await until(bot_is_in, 20)
        self.rooms.append(room_id)
        return room_id

    @asynccontextmanager
    async def play(self, *, rooms=3, scripted=True):
        """Watch, and run the script in all rooms or in none; a failure names the seed."""
        try:
            await self.prepare(rooms)
            async with AsyncExitStack() as exits:
                await exits.enter_async_context(self.proxy)
                self.listing = await exits.enter_async_context(Listing(self.stack))
                self.watch = await exits.enter_async_context(
                    Watch(self.listing, self.observer, self.rooms, self.outages)
                )
                self.script = await exits.enter_async_context(
                    Script(self.people, self.rooms if scripted else [], self.chance)
                )
                yield self
        except BaseException as error:
            error.add_note(f"to see it again: CHAOS_SEED={self.seed}")
            raise

    # Faults

    @contextmanager
    def fault(self):
        """Some part is down in this block."""
        with self.outages.one():
            yield

    async def away(self, part, seconds, *, how="kill"):
        """Stop or kill a part, and start it again after so long."""
        with self.fault():
            await asyncio.to_thread(getattr(part, how))
            await asyncio.sleep(seconds)
            await asyncio.to_thread(part.start)

    async def pause(self, least_s, most_s):
        """Let the script go on for a while."""
        await asyncio.sleep(self.chance.uniform(least_s, most_s))
        self.script.check()

    async def full(self, room_id, count, within_s=20):
        """Wait until roster and LiveKit have so many; how long after the last fault that was."""

        async def is_full():
            there = await self.listing.connections(room_id) or {}
            roster = await self.observer.state(room_id, "io.haos.voice.call")
            return len(there) == count and listed(roster) == set(there)

        await until(is_full, within_s)
        return time.monotonic() - self.outages.back

    async def sending(self, within_s=10):
        """Wait until the bridge owes the homeserver a message, but not for ever."""
        deadline = time.monotonic() + within_s
        owed = "SELECT key FROM outbox WHERE status = 0 AND queue = 'matrix' AND slot IS NULL"
        while not await self.database.rows(owed) and time.monotonic() < deadline:
            await asyncio.sleep(0.002)

    # The verdict

    async def verdict(self, visits=(), *, told_late=False):
        """End the script, wait until all is over, and say what is wrong or how right it is."""
        # A last departure that nobody tells costs the 30 s in which they may return.
        self.proxy.mischief = HONEST
        async with asyncio.timeout(90):
            await self.script.end()
            await asyncio.gather(*visits)
        truth, ended = self.script.truth, now_ms()
        ghosts = [s.left for s in truth.stays if s.how not in ("left", "")]
        # Whoever vanished may return for a while, and LiveKit keeps them for some time before.
        # So may who left while webhooks were lost: nobody told that they meant it.
        untold = [s.left for s in truth.stays if told_late]
        waits = (left + GHOST_MS + RETURN_MS for left in ghosts)
        over_by = max([ended, *waits, *(left + RETURN_MS for left in untold)])
        over_by += RIGHT_WITHIN_S * 1000
        while (unfinished := await self._unfinished()) and now_ms() < over_by:
            await asyncio.sleep(0.25)
        problems = [f"still to be done: {unfinished}"] if unfinished else []
        problems += self.watch.wrong
        problems += [f"set aside: {row}" for row in await self.database.set_aside()]
        calls = 0
        spans = Spans(truth, self.outages, TOLD_LATE if told_late else PROMPT)
        for room_id in self.rooms:
            bot = self.stack.info.bot_user_id
            books = await books_of(room_id, self.observer, self.database, bot)
            least, most = calls_bounds(truth, room_id)
            found = [*once(books), *spans.problems(room_id, books)]
            if not least <= len(books.rows) <= most:
                found.append(f"{len(books.rows)} calls, but {least} to {most} were made")
            problems += [f"{room_id}: {problem}" for problem in found]
            calls += len(books.rows)
        assert not problems, "\n".join(problems)
        stays = sum(stay.joined is not None for stay in truth.stays)
        return (
            f"{calls} calls, {stays} stays: one card, one end, one row each, "
            f"roster right after {self.watch.worst_s:.1f} s at most (seed {self.seed})"
        )

    async def _unfinished(self):
        rosters = [await self.observer.state(room, "io.haos.voice.call") for room in self.rooms]
        running = [roster for roster in rosters if roster]
        return [*running, *await self.database.waiting()]
