"""Every answer of the contract, over HTTP, with a real homeserver and a real LiveKit."""

import uuid

import jwt
import pytest
from livekit import api

from haos_voice_bridge.core.ids import hash_of, livekit_room
from tests.e2e.rtc.conftest import ORIGINAL
from tests.redis_server import free_port

pytestmark = pytest.mark.e2e

ENDPOINTS = ("/sfu/get", "/get_token", "/delegate_delayed_leave")
CORS = {
    "Content-Type": "application/json",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": (
        "Accept, Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token"
    ),
}
ours = pytest.mark.skipif(ORIGINAL, reason="where we differ from the original")


def has_cors(headers):
    return {name: headers.get(name) for name in CORS} == CORS


@pytest.fixture
def ask(http):
    """`await ask(service, path, body)`: status, body and headers of an answer."""

    async def asked(service, path, body, method="POST"):
        how = {"data": body} if isinstance(body, bytes) else {"json": body}
        async with http.request(method, service.url + path, **how) as response:
            text = await response.text()
            if path in ENDPOINTS:
                assert has_cors(response.headers)
            return response.status, (await response.json() if text else None)

    return asked


def room_id():
    return f"!{uuid.uuid4().hex}:hs"


def legacy(token, **more):
    return {"room": room_id(), "openid_token": token, "device_id": "DEV", **more}


def hashed(person, token, **more):
    member = {"id": "member1", "claimed_user_id": person.user_id, "claimed_device_id": "DEV"}
    return {
        "room_id": room_id(),
        "slot_id": "m.call#ROOM",
        "openid_token": token,
        "member": member,
        **more,
    }


def claims(servers, answer):
    return jwt.decode(answer["jwt"], servers.state.livekit_api_secret, algorithms=["HS256"])


@pytest.mark.parametrize("path", ENDPOINTS)
async def test_a_preflight_is_answered(plain, http, path):
    async with http.options(plain.url + path) as response:
        assert response.status == 200
        assert has_cors(response.headers)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
@pytest.mark.parametrize("path", ENDPOINTS)
async def test_other_methods_are_405_with_cors(plain, http, path, method):
    async with http.request(method, plain.url + path) as response:
        assert (response.status, await response.read()) == (405, b"")
        assert has_cors(response.headers)


async def test_health(plain, http):
    for method, status in (("GET", 200), ("HEAD", 200), ("POST", 405), ("OPTIONS", 405)):
        async with http.request(method, f"{plain.url}/healthz") as response:
            assert (response.status, await response.read()) == (status, b"")


@ours
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_what_is_not_there_is_404_that_a_browser_can_read(plain, http, method):
    async with http.request(method, f"{plain.url}/rtc/transports") as response:
        assert response.status == (200 if method == "OPTIONS" else 404)
        assert has_cors(response.headers)
        if method != "OPTIONS":
            assert (await response.json())["errcode"] == "M_UNRECOGNIZED"


async def test_a_webhook_that_nobody_signed_is_ignored_with_200(plain, http):
    for headers in ({}, {"Authorization": "Bearer x"}):
        url = f"{plain.url}/sfu_webhook"
        async with http.post(url, data=b"{}", headers=headers) as response:
            assert (response.status, await response.read()) == (200, b"")


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"openid_token": 5}', b'{"member": []}'])
async def test_what_cannot_be_read(plain, ask, path, body):
    if path == "/sfu/get" and b"member" in body:
        pytest.skip("a field that this endpoint does not have")
    expected = {"errcode": "M_NOT_JSON", "error": "Error reading request"}
    assert await ask(plain, path, body) == (400, expected)


@ours
async def test_what_is_too_large(plain, ask):
    status, body = await ask(plain, "/sfu/get", b"x" * 70_000)
    assert (status, body["errcode"]) == (413, "M_TOO_LARGE")


@pytest.mark.parametrize(
    ("path", "gone", "error"),
    [
        ("/sfu/get", ["room"], "Missing room parameter"),
        ("/sfu/get", ["openid_token"], "Missing OpenID token parameters"),
        ("/get_token", ["slot_id"], "The request body is missing `room_id` or `slot_id`"),
        (
            "/get_token",
            ["member"],
            "The request body `member` is missing a `id`, `claimed_user_id` or `claimed_device_id`",
        ),
        (
            "/get_token",
            ["openid_token"],
            "The request body `openid_token` is missing a `access_token` or `matrix_server_name`",
        ),
        (
            "/delegate_delayed_leave",
            ["member"],
            "The request body `member` is missing `id`, `claimed_user_id` or `claimed_device_id`",
        ),
        (
            "/delegate_delayed_leave",
            [],
            "The request body is missing `delay_id` or `delay_timeout`",
        ),
    ],
)
async def test_what_is_missing(plain, ask, alice, path, gone, error):
    token = {"access_token": "x", "matrix_server_name": "hs", "expires_in": 1, "token_type": "B"}
    whole = legacy(token) if path == "/sfu/get" else hashed(alice, token)
    body = {name: value for name, value in whole.items() if name not in gone}
    assert await ask(plain, path, body) == (400, {"errcode": "M_BAD_JSON", "error": error})


@pytest.mark.parametrize("path", ["/sfu/get", "/get_token"])
async def test_half_a_delay(plain, ask, alice, path):
    token = {"access_token": "x", "matrix_server_name": "hs", "expires_in": 1, "token_type": "B"}
    make = legacy if path == "/sfu/get" else lambda t, **more: hashed(alice, t, **more)
    error = "The request body is missing `delay_id` or `delay_timeout`"
    for half in ({"delay_id": "syd_1"}, {"delay_timeout": 5000}):
        answer = await ask(plain, path, make(token, **half))
        assert answer == (400, {"errcode": "M_BAD_JSON", "error": error})


UNAUTHORISED = (
    401,
    {"errcode": "M_UNAUTHORIZED", "error": "The request could not be authorised."},
)


async def test_a_token_that_nobody_vouches_for(plain, ask, alice, openid):
    token = await openid(alice)
    for wrong in (
        {**token, "access_token": "wrong"},
        {**token, "matrix_server_name": "localhost:1"},
        {**token, "matrix_server_name": "127.0.0.1/x"},
    ):
        assert await ask(plain, "/sfu/get", legacy(wrong)) == UNAUTHORISED
        assert await ask(plain, "/get_token", hashed(alice, wrong)) == UNAUTHORISED


async def test_somebody_else_than_was_claimed(plain, ask, alice, person, openid):
    ben = await person("ben")
    token = await openid(alice)
    assert await ask(plain, "/get_token", hashed(ben, token)) == UNAUTHORISED
    delay = {"delay_id": "syd_1", "delay_timeout": 5000}
    delegate = hashed(ben, token, **delay)
    assert await ask(plain, "/delegate_delayed_leave", delegate) == UNAUTHORISED


async def test_both_endpoints_open_the_same_room_for_different_identities(
    servers, plain, ask, alice, openid, rooms
):
    old = legacy(await openid(alice))
    new = {**hashed(alice, await openid(alice)), "room_id": old["room"]}
    status, first = await ask(plain, "/sfu/get", old)
    assert (status, first["url"], set(first)) == (200, servers.livekit_url, {"url", "jwt"})
    status, second = await ask(plain, "/get_token", new)
    assert (status, second["url"]) == (200, servers.livekit_url)
    one, two = claims(servers, first), claims(servers, second)
    alias = livekit_room(old["room"])
    assert one["video"]["room"] == two["video"]["room"] == alias
    assert one["sub"] == f"{alice.user_id}:DEV"
    assert two["sub"] == hash_of([alice.user_id, "DEV", "member1"])
    for said in (one, two):
        assert said["iss"] == servers.state.livekit_api_key
        granted = {name: value for name, value in said["video"].items() if value}
        assert granted == {
            "room": alias,
            "roomJoin": True,
            "canPublish": True,
            "canSubscribe": True,
            "canUpdateOwnMetadata": True,
        } | ({"canPublishData": True} if "canPublishData" in granted else {})
        life = said["exp"] - said["nbf"]
        assert life == (3600 if ORIGINAL else 300)
    listed = await rooms.list_rooms(api.ListRoomsRequest(names=[alias]))
    (room,) = listed.rooms
    assert (room.empty_timeout, room.departure_timeout) == (300, 20)


@ours
async def test_fields_that_nobody_knows_are_let_pass(plain, ask, alice, openid):
    body = legacy(await openid(alice), future={"x": 1})
    assert (await ask(plain, "/sfu/get", body))[0] == 200


@ours
async def test_a_slash_too_many_is_forgiven(plain, ask, alice, openid):
    assert (await ask(plain, "//sfu/get", legacy(await openid(alice))))[0] == 200


DELAY = {"delay_id": "syd_1", "delay_timeout": 5000}
ONLY_FULL = "Delegation of delayed events is only supported for full access users"


async def test_restricted_users_get_tokens_but_no_rooms_and_hand_over_nothing(
    service, ask, alice, openid, rooms
):
    one = service(LIVEKIT_FULL_ACCESS_HOMESERVERS="elsewhere.test", port=free_port())
    body = legacy(await openid(alice))
    assert (await ask(one, "/sfu/get", body))[0] == 200
    alias = livekit_room(body["room"])
    assert not (await rooms.list_rooms(api.ListRoomsRequest(names=[alias]))).rooms
    bad = (400, {"errcode": "M_BAD_JSON", "error": ONLY_FULL})
    assert await ask(one, "/sfu/get", legacy(await openid(alice), **DELAY)) == bad
    assert await ask(one, "/get_token", hashed(alice, await openid(alice), **DELAY)) == bad
    delegate = hashed(alice, await openid(alice), **DELAY)
    forbidden = (403, {"errcode": "M_FORBIDDEN", "error": ONLY_FULL})
    assert await ask(one, "/delegate_delayed_leave", delegate) == forbidden


async def test_everybody_has_full_access_where_the_list_is_a_star(
    service, ask, alice, openid, rooms
):
    one = service(LIVEKIT_FULL_ACCESS_HOMESERVERS="*", port=free_port())
    body = legacy(await openid(alice))
    assert (await ask(one, "/sfu/get", body))[0] == 200
    alias = livekit_room(body["room"])
    assert (await rooms.list_rooms(api.ListRoomsRequest(names=[alias]))).rooms


async def test_a_livekit_that_is_down(service, ask, alice, openid):
    one = service(LIVEKIT_URL="ws://127.0.0.1:1", port=free_port())
    error = {"errcode": "M_UNKNOWN", "error": "Unable to create room on SFU"}
    assert await ask(one, "/sfu/get", legacy(await openid(alice))) == (500, error)
    assert await ask(one, "/get_token", hashed(alice, await openid(alice))) == (500, error)


@ours
async def test_loopback_is_not_asked_unless_that_is_allowed(service, ask, alice, openid):
    one = service(LIVEKIT_ALLOWED_PRIVATE_NETWORKS="", port=free_port())
    token = await openid(alice)
    assert await ask(one, "/sfu/get", legacy(token)) == UNAUTHORISED
    assert "LIVEKIT_ALLOWED_PRIVATE_NETWORKS" in one.text, "the log says what to do"
    assert token["access_token"] not in one.text


@ours
async def test_a_prefix(service, http, ask, alice, openid):
    one = service(LIVEKIT_JWT_PATH_PREFIX="", port=free_port())
    one.stop()
    one._env["LIVEKIT_JWT_PATH_PREFIX"] = "/livekit/jwt"
    one._answers = lambda: b"livekit/jwt" in one.log.read_bytes()
    one.start()
    assert (await ask(one, "/livekit/jwt/sfu/get", legacy(await openid(alice))))[0] == 200
    async with http.get(f"{one.url}/livekit/jwt/healthz") as response:
        assert response.status == 200
    assert (await ask(one, "/livekit/jwt//get_token", hashed(alice, await openid(alice))))[0] == 200


@ours
async def test_it_serves_within_two_seconds(service, figure):
    one = service(port=free_port())
    figure(f"auth-service serves {one.ready_s:.2f} s after its start, {one.cpu_s:.2f} s of CPU")
    # Of CPU: a machine that does other things too makes everything wait.
    assert one.cpu_s < 2
    assert one.stop() == 0


@ours
async def test_no_secret_is_logged(servers, service, ask, alice, openid):
    one = service(port=free_port())
    token = await openid(alice)
    status, answer = await ask(one, "/sfu/get", legacy(token))
    assert status == 200
    for secret in (token["access_token"], answer["jwt"], servers.state.livekit_api_secret):
        assert secret not in one.text
