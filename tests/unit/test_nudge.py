"""A homeserver that was refused is called as soon as its transactions are taken again."""

import asyncio

import pytest

from haos_voice_bridge.aio import TaskScope
from haos_voice_bridge.errors import Rejected, Unavailable
from haos_voice_bridge.service import nudge as module
from haos_voice_bridge.service.nudge import Nudge


class World:
    """A database and a homeserver that are down as often as said."""

    def __init__(self):
        self.down = self.deaf = 0
        self.cannot_ping = False
        self.pings = 0

    async def takes(self):
        if self.down:
            self.down -= 1
            raise Unavailable("the database does not answer")

    async def ping(self):
        self.pings += 1
        if self.cannot_ping:
            raise Rejected("what?", errcode="M_UNRECOGNIZED")
        if self.deaf:
            self.deaf -= 1
            raise Unavailable("the homeserver does not answer")


@pytest.fixture
async def world(monkeypatch):
    monkeypatch.setattr(module, "ASK_EVERY_S", 0.001)
    scope, world = TaskScope(), World()
    world.nudge = Nudge(world.takes, world.ping, scope)
    yield world
    await scope.close(1)


async def test_it_waits_for_the_outage_to_end_and_pings_once(world):
    world.down = 3
    for _ in range(5):
        world.nudge.refused()
    await asyncio.sleep(0.1)
    assert (world.down, world.pings) == (0, 1)


async def test_a_ping_that_does_not_arrive_is_tried_again(world):
    world.deaf = 2
    world.nudge.refused()
    await asyncio.sleep(0.1)
    assert world.pings == 3


async def test_each_outage_has_its_ping(world):
    for _ in range(2):
        world.down = 1
        world.nudge.refused()
        await asyncio.sleep(0.1)
    assert world.pings == 2


async def test_a_homeserver_that_cannot_ping_is_let_be(world):
    world.cannot_ping = True
    world.nudge.refused()
    await asyncio.sleep(0.1)
    assert world.pings == 1
