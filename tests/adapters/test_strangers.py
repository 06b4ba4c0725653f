"""What anybody on the internet may send to the routes that ask for no secret first."""

import asyncio

import pytest
from aiohttp import ClientError, ClientSession
from livekit import api

from haos_voice_bridge.adapters.http import body
from haos_voice_bridge.adapters.http.matrixrtc import BODY_LIMIT, MatrixRtcRoutes
from haos_voice_bridge.adapters.http.server import HttpServer
from haos_voice_bridge.adapters.livekit.call_webhooks import CallWebhooks
from tests.redis_server import free_port

KEY, SECRET = "key", "a secret that is long enough for HS256"
ENDPOINTS = ("/sfu/get", "/get_token", "/delegate_delayed_leave")


class Nobody:
    """A token service that must not be reached."""

    async def token(self, _request):
        raise AssertionError("reached")

    delegate = token


@pytest.fixture
async def told():
    return []


@pytest.fixture
async def url(told):
    port = free_port()
    server = HttpServer("127.0.0.1", port)
    hooks = CallWebhooks(KEY, SECRET, lambda *news: told.append(news), told.append)
    MatrixRtcRoutes(Nobody(), hooks.handle, "").add_routes(server.router)
    await server.start()
    yield f"http://127.0.0.1:{port}"
    await server.stop()


@pytest.fixture
async def http():
    async with ClientSession() as session:
        yield session


class Endless:
    """A body that does not say how long it is; how much of it was taken."""

    def __init__(self, part=b"x" * 16_384, pause_s=0.0):
        self.part = part
        self.pause_s = pause_s
        self.taken = 0

    async def __aiter__(self):
        while self.taken < 64 * 2**20:
            yield self.part
            self.taken += len(self.part)
            await asyncio.sleep(self.pause_s)


@pytest.mark.parametrize("path", ENDPOINTS)
async def test_a_body_without_end_is_cut_off_where_it_is_too_long(url, http, path, caplog):
    endless = Endless()
    async with http.post(url + path, data=endless) as answer:
        assert (answer.status, (await answer.json())["errcode"]) == (413, "M_TOO_LARGE")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    # The rest fills buffers of the two kernels, and is thrown away.
    assert endless.taken < 100 * BODY_LIMIT
    assert caplog.text == ""


async def test_a_body_that_trickles_in_is_not_waited_for(url, http, monkeypatch):
    monkeypatch.setattr(body.limited, "__defaults__", (0.2,))
    async with (
        asyncio.timeout(5),
        http.post(f"{url}/sfu/get", data=Endless(b"x", 0.05)) as answer,
    ):
        assert answer.status == 408


async def test_a_webhook_without_end_is_no_webhook(url, http, told):
    endless = Endless()
    try:
        async with http.post(f"{url}/sfu_webhook", data=endless) as answer:
            assert answer.status == 200
    except ClientError:
        pass  # it was cut off before it could read the answer
    assert endless.taken < 16 * 2**20
    assert told == []


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "Bearer ",
        "x.y.z",
        "\xff",
        # A participant's own token is signed by the same key, and speaks for no webhook.
        api.AccessToken(KEY, SECRET).with_identity("@ana:hs:DEV").to_jwt(),
        api.AccessToken(KEY, "another secret that is long enough").with_sha256("x").to_jwt(),
    ],
)
async def test_a_webhook_of_somebody_else_tells_nothing(url, http, told, signature):
    said = b'{"event":"participant_left","room":{"name":"A"},"participant":{"identity":"@a:hs:D"}}'
    headers = {"Authorization": signature}
    async with http.post(f"{url}/sfu_webhook", data=said, headers=headers) as answer:
        assert answer.status == 200
    assert told == []
