"""Streams of the web client's API: the newest are the ones that somebody looks at."""

import asyncio
from types import SimpleNamespace

import pytest
from aiohttp import ClientPayloadError, web
from aiohttp.test_utils import TestClient, TestServer

from haos_voice_bridge.adapters.http.events import STREAMS, Streams


async def endless():
    yield ("room", {"n": 1})
    await asyncio.Event().wait()


@pytest.fixture
async def client():
    streams = Streams()

    async def follow(request):
        session = SimpleNamespace(key=request.match_info["key"])
        return await streams.follow(request, session, endless())

    app = web.Application()
    app.router.add_get("/{key}", follow)
    async with TestClient(TestServer(app)) as client:
        yield client
        await streams.close()


async def opened(client, key):
    answer = await client.get(f"/{key}")
    assert await answer.content.readline() == b"event: room\n"
    return answer


async def has_ended(answer):
    try:
        async with asyncio.timeout(0.3):
            await answer.read()
    except TimeoutError:
        return False
    except ClientPayloadError:
        return True
    return True


async def test_one_too_many_ends_the_oldest_of_that_session_alone(client):
    other = await opened(client, "other")
    first, *rest = [await opened(client, "session") for _ in range(STREAMS)]
    newest = await opened(client, "session")
    assert await has_ended(first)
    for answer in (other, rest[0], newest):
        assert not await has_ended(answer)
