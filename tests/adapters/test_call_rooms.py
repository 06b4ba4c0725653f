"""LiveKit's rooms for the token service: made when they may not be there, and not at each token."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from livekit import api

from haos_voice_bridge.adapters.livekit import call_rooms
from haos_voice_bridge.adapters.livekit.call_rooms import TRUSTED_S, LiveKitCallRooms
from haos_voice_bridge.errors import Unavailable


class LiveKit:
    """RoomService, as far as it is asked."""

    def __init__(self):
        self.made = []
        self.is_down = False

    async def handle(self, request):
        if self.is_down:
            return web.json_response({"code": "unavailable", "msg": "down"}, status=503)
        asked = api.CreateRoomRequest.FromString(await request.read())
        self.made.append(asked.name)
        return web.Response(body=api.Room().SerializeToString())


@pytest.fixture
def livekit():
    return LiveKit()


@pytest.fixture
def now():
    return [1000.0]


@pytest.fixture
async def rooms(livekit, now):
    app = web.Application()
    app.router.add_post("/{path:.*}/CreateRoom", livekit.handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        url = str(server.make_url("")).rstrip("/")
        yield LiveKitCallRooms(session, url, "key", "s" * 40, lambda: now[0])


async def test_a_room_that_was_there_just_now_is_not_made_again(rooms, livekit, now):
    await rooms.ensure("A")
    now[0] += TRUSTED_S - 1
    await rooms.ensure("A")
    await rooms.ensure("B")
    assert livekit.made == ["A", "B"]
    now[0] += 1
    await rooms.ensure("A")
    assert livekit.made == ["A", "B", "A"]


async def test_a_room_of_which_livekit_says_that_it_is_gone_is_made_again(rooms, livekit):
    await rooms.ensure("A")
    rooms.closed("A")
    rooms.closed("never")
    await rooms.ensure("A")
    assert livekit.made == ["A", "A"]


async def test_a_room_that_could_not_be_made_is_tried_again(rooms, livekit):
    livekit.is_down = True
    with pytest.raises(Unavailable):
        await rooms.ensure("A")
    livekit.is_down = False
    await rooms.ensure("A")
    assert livekit.made == ["A"]


async def test_only_so_many_rooms_are_remembered(rooms, monkeypatch):
    monkeypatch.setattr(call_rooms, "REMEMBERED", 10)
    for number in range(30):
        await rooms.ensure(f"room{number}")
    assert list(rooms._seen) == [f"room{number}" for number in range(20, 30)]
