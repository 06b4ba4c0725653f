"""The service through made-up histories: losses, doubles, outages, kills, jumps of the clock.

When all peers are up again, the books balance: the four properties of docs/architecture.md.
"""

import asyncio
import os
import random
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haos_voice_bridge.core.call import Active
from haos_voice_bridge.core.ids import identity_of
from tests.fakes.people import ANA, BEN, CLEO, ROOM
from tests.fakes.virtual_time import in_virtual_time
from tests.flows.bridge import DROPPED, LEFT, Bridge, Outside

HISTORIES = int(os.environ.get("HISTORIES", "0")) // 100 or 30
PEOPLE = (ANA, BEN, CLEO)
ACTIONS = (
    "connects",
    "connects",
    "leaves",
    "drops",
    "is_kicked",
    "asks",
    "says",
    "waits",
    "waits_long",
    "homeserver_down",
    "homeserver_up",
    "sfu_down",
    "sfu_up",
    "is_killed",
    "clock_jumps",
    "stranger",
)
NAMES = ("", "h1", "h2")
"""Under which a device connects: its own, or a hash that it was given."""


class History:
    """One run: the bridge, its peers, and how each piece of news fares on its way."""

    def __init__(self, path, seed):
        self.chance = random.Random(seed)
        self.outside = Outside()
        self.path = path
        self.bridge = None
        self.here = {}
        self.members = set(PEOPLE)

    async def begin(self):
        self.bridge = Bridge(self.outside, self.path)
        await self.bridge.start()
        for user_id in PEOPLE:
            for name in NAMES[1:]:
                hashed = f"{name} of {user_id}"
                self.outside.hashes[hashed] = (user_id, "DEV")
                await self.bridge.identities.remember(
                    ROOM, hashed, user_id=user_id, device_id="DEV", until=2**50
                )
        await self.bridge.hears(self.outside.bot_joins())
        await self.bridge.settles()

    async def tell(self, arrival, *, may_be_lost):
        """News on its way: told once, told twice, or (a webhook) not at all."""
        fate = self.chance.random()
        if may_be_lost and fate < 0.3:
            return
        await self.bridge.hears(*([arrival] if fate < 0.8 else [arrival, arrival]))

    async def act(self, action):  # noqa: PLR0912 (one an action)
        user_id, name = self.chance.choice(PEOPLE), self.chance.choice(NAMES)
        hashed = f"{name} of {user_id}" if name else ""
        who = (user_id, hashed)
        outside = self.outside
        match action:
            case "connects" if who not in self.here:
                self.here[who], came = outside.connects(user_id, hashed=hashed)
                await self.tell(came, may_be_lost=True)
            case "stranger":
                _, came = outside.connects("", hashed=f"stranger {next(outside.numbers)}")
                await self.tell(came, may_be_lost=True)
            case "leaves" | "drops" if self.here:
                reason = LEFT if action == "leaves" else DROPPED
                seen = self.here.pop(self.chance.choice(sorted(self.here)))
                await self.tell(outside.leaves(seen, reason=reason), may_be_lost=True)
            case "is_kicked":
                self.members.discard(user_id)
                await self.tell(outside.is_kicked(user_id), may_be_lost=False)
            case "asks":
                await self.tell(outside.asks(user_id), may_be_lost=False)
            case "says":
                await self.tell(outside.says("!voice help", user_id), may_be_lost=False)
            case "waits":
                await asyncio.sleep(self.chance.uniform(0, 3))
            case "waits_long":
                await asyncio.sleep(self.chance.uniform(5, 40))
            case "homeserver_down" | "homeserver_up":
                outside.homeserver_is_down = action == "homeserver_down"
            case "sfu_down" | "sfu_up":
                outside.media.is_down = action == "sfu_down"
            case "is_killed":
                await self.restart()
            case "clock_jumps":
                outside.clock.jump_ms += self.chance.choice([-40_000, -3_000, 3_000, 40_000])
            case _:
                return

    async def restart(self):
        outside = self.outside
        await self.bridge.dies()
        self.bridge = Bridge(outside, self.path)
        # A start waits for the homeserver; meanwhile it is not a running bridge.
        was_down, outside.homeserver_is_down = outside.homeserver_is_down, False
        await self.bridge.start()
        outside.homeserver_is_down = was_down

    async def end(self):
        """All peers are up, everybody hangs up, and time passes."""
        outside = self.outside
        outside.homeserver_is_down = outside.media.is_down = False
        await asyncio.sleep(60)
        assert outside.bot.roster(ROOM) in (self.expected(), None if not self.expected() else 0)
        for seen in list(self.here.values()):
            outside.media.disconnect(ROOM, seen)
        await asyncio.sleep(120)
        await self.bridge.settles()

    def expected(self):
        """The devices that are connected; a stranger is none, and is not to be there any more."""
        hashes = self.outside.hashes
        return {
            identity_of(*hashes[name]) if name in hashes else name
            for _, name in self.outside.media.here
        }

    async def check(self):
        messages = self.outside.bot.sent(ROOM)
        cards = [one.key.removeprefix("card:") for one in messages if one.key.startswith("card:")]
        ends = [one.key.removeprefix("end:") for one in messages if one.key.startswith("end:")]
        rows = [call.call_id for call in await self.bridge.history()]
        assert sorted(cards) == sorted(ends) == sorted(rows)
        assert len(set(rows)) == len(rows)
        assert not isinstance((await self.bridge.room()).call, Active)
        assert self.outside.bot.roster(ROOM) in (set(), None)
        assert await self.bridge.set_aside() == {}
        assert await self.bridge.given_up() == {}
        for call in await self.bridge.history():
            assert all(span.left_ts >= span.joined_ts for span in call.spans)


@settings(
    max_examples=HISTORIES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32), actions=st.lists(st.sampled_from(ACTIONS), max_size=25))
def test_whatever_happens_the_books_balance_in_the_end(seed, actions):
    @in_virtual_time
    async def lived():
        with tempfile.TemporaryDirectory() as folder:
            history = History(Path(folder) / "bridge.db", seed)
            await history.begin()
            try:
                for action in actions:
                    await history.act(action)
                await history.end()
                await history.check()
            finally:
                await history.bridge.stop()

    lived()
