"""Waiting for a peer that is down."""

import asyncio

from haos_voice_bridge.aio import TaskScope
from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.service.outage import Outage
from tests.fakes.virtual_time import in_virtual_time


class Peer:
    def __init__(self, up_at):
        self.up_at = up_at
        self.asked = 0

    async def ask(self):
        self.asked += 1
        if asyncio.get_running_loop().time() < self.up_at:
            raise Unavailable("down")


async def waited(peer, *seconds):
    """How long each of several waits took, in whole seconds."""
    scope, loop = TaskScope(), asyncio.get_running_loop()
    outage = Outage("peer", peer.ask, scope)
    began = loop.time()

    async def wait(patience):
        await outage.wait(patience)
        return round(loop.time() - began, 1)

    took = await asyncio.gather(*map(wait, seconds))
    await scope.close(1)
    return took


@in_virtual_time
async def test_all_who_wait_go_on_once_the_peer_is_back():
    peer = Peer(up_at=7.5)
    assert await waited(peer, 2, 30, 20) == [2.0, 8.0, 8.0]
    assert peer.asked == 8, "one question a second, however many wait"


@in_virtual_time
async def test_where_there_was_no_outage_the_wait_stands():
    """A request that fails while the peer answers others must not be tried in a hurry."""
    assert await waited(Peer(up_at=0), 30) == [30.0]


@in_virtual_time
async def test_a_second_outage_is_waited_for_like_the_first():
    peer = Peer(up_at=3.5)
    scope, loop = TaskScope(), asyncio.get_running_loop()
    outage = Outage("peer", peer.ask, scope)
    await outage.wait(30)
    assert round(loop.time()) == 4
    peer.up_at = 10.5
    await outage.wait(30)
    assert round(loop.time()) == 11
    await scope.close(1)
