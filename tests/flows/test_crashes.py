"""Killed at every instant at which the bridge talks to a peer: nothing lost, nothing doubled."""

import asyncio

import pytest

from tests.fakes.people import ANA, BEN, ROOM
from tests.fakes.virtual_time import in_virtual_time
from tests.flows.bridge import Bridge, Outside


async def story(bridge):
    """A call of two, with a request for a token, a kick and a command; told by its arrivals."""
    outside = bridge.outside
    await tell(bridge, outside.bot_joins())
    await tell(bridge, outside.asks(ANA))
    ana, came = outside.connects(ANA)
    await tell(bridge, came)
    _, came = outside.connects(BEN)
    await tell(bridge, came)
    await tell(bridge, outside.says("!voice help"))
    if f"{BEN}:DEV" not in outside.media.removed:
        await tell(bridge, outside.is_kicked(BEN))
    await tell(bridge, outside.leaves(ana))


class Restarting:
    """A bridge that is started again when it was killed; peers deliver again what was lost."""

    def __init__(self, outside, path):
        self.outside = outside
        self._path = path
        self.deaths = 0
        self.running = None

    async def ensure(self):
        if self.running is None:
            self.running = Bridge(self.outside, self._path)
            await self.guarded(self.running.start())

    async def guarded(self, work):
        """Do it, unless the process is killed meanwhile."""
        fate = self.outside.fate
        working = asyncio.ensure_future(work)
        falling = asyncio.ensure_future(fate.fallen.wait())
        await asyncio.wait({working, falling}, return_when=asyncio.FIRST_COMPLETED)
        falling.cancel()
        if not fate.fallen.is_set():
            await working
            return
        working.cancel()
        await asyncio.gather(working, falling, return_exceptions=True)
        await self.running.dies()
        fate.fallen.clear()
        self.deaths += 1
        await asyncio.sleep(3)  # until somebody starts it again
        self.running = Bridge(self.outside, self._path)
        await self.running.start()
        await self.calms_down()

    async def calms_down(self):
        await self.running.settles()


async def tell(bridge, arrival):
    await bridge.guarded(bridge.running.hears(arrival))
    await bridge.guarded(bridge.running.settles())
    await bridge.running.hears(arrival)  # whoever saw no acknowledgement says it again


async def told(path, kill_at):
    outside = Outside(kill_at)
    bridge = Restarting(outside, path)
    await bridge.ensure()
    await story(bridge)
    await bridge.running.settles()
    return bridge


async def check(bridge):
    outside = bridge.outside
    kinds = [one.key.partition(":")[0] for one in outside.bot.messages.values()]
    assert kinds.count("card") == 1
    assert kinds.count("end") == 1
    assert kinds.count("reply") == 1
    assert len({one.key for one in outside.bot.sent(ROOM)}) == len(outside.bot.sent(ROOM))
    assert outside.bot.roster(ROOM) == set()
    (call,) = await bridge.running.history()
    assert {span.user_id for span in call.spans} == {ANA, BEN}
    assert call.peak == 2
    # A kill between the answer and the note that it was given: the device is answered once more.
    answers = outside.bot.answers(ROOM, ANA)
    assert all("token" in answer for answer in answers)
    assert len({answer["request_id"] for answer in answers}) == 1
    assert f"{BEN}:DEV" in outside.media.removed
    assert outside.media.here == {}
    assert await bridge.running.set_aside() == {}
    assert await bridge.running.given_up() == {}


@in_virtual_time
async def test_a_kill_at_any_instant_loses_and_doubles_nothing(tmp_path):
    bridge = await told(tmp_path / "unharmed.db", None)
    await check(bridge)
    instants = bridge.outside.fate.instants
    await bridge.running.stop()
    assert instants > 25
    for kill_at in range(1, instants + 1):
        bridge = await told(tmp_path / f"{kill_at}.db", kill_at)
        try:
            assert bridge.deaths == 1 or bridge.outside.fate.instants < kill_at
            await check(bridge)
        except AssertionError as error:
            pytest.fail(f"killed at instant {kill_at}, {bridge.outside.fate.instants}: {error}")
        finally:
            await bridge.running.stop()
