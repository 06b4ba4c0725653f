"""Requests to a homeserver that is down, slow, in our way, or says no."""

import asyncio
from contextlib import suppress
from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from mautrix.api import Method, Path

from haos_voice_bridge.adapters.matrix import client as client_module
from haos_voice_bridge.adapters.matrix.bot import DEVICE_ID, MatrixBot
from haos_voice_bridge.adapters.matrix.client import MatrixClient
from haos_voice_bridge.adapters.matrix.facts import RoomFacts
from haos_voice_bridge.core.channel import BadField, Channel
from haos_voice_bridge.core.permissions import CREATOR_LEVEL, Role
from haos_voice_bridge.errors import Rejected, Unavailable
from tests.fakes.people import ANA, BEN, BOT, ROOM

TOKEN = "as-secret-token"


class Homeserver:
    """Answers as told: `answers[(method, end of path)]`, else `answer`; keeps what was asked."""

    def __init__(self):
        self.answer = (200, {})
        self.answers = {}
        self.headers = {}
        self.asked = []
        self.pause_s = 0.0

    async def handle(self, request):
        text = await request.text()
        body = await request.json() if text else None
        self.asked.append(
            SimpleNamespace(
                method=request.method,
                path=request.rel_url.raw_path,
                query=dict(request.query),
                headers=dict(request.headers),
                body=body,
            )
        )
        await asyncio.sleep(self.pause_s)
        path = request.path
        told = [
            answer
            for (method, end), answer in self.answers.items()
            if method == request.method and path.endswith(end)
        ]
        status, content = told[0] if told else self.answer
        if isinstance(content, str):
            return web.Response(status=status, text=content, content_type="text/html")
        return web.json_response(content, status=status, headers=self.headers)

    def bodies(self, method):
        return [asked.body for asked in self.asked if asked.method == method]


@pytest.fixture
def homeserver():
    return Homeserver()


@pytest.fixture
async def client(homeserver):
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", homeserver.handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield MatrixClient(session, str(server.make_url("/")).rstrip("/"), TOKEN, BOT)


@pytest.fixture
def bot(client):
    return MatrixBot(client)


@pytest.fixture
def facts(client):
    return RoomFacts(client, {"*": Role.START})


def refusal(status, errcode, error="no"):
    return status, {"errcode": errcode, "error": error}


async def unavailable(client):
    with pytest.raises(Unavailable) as caught:
        await client.request(Method.GET, Path.v3.joined_rooms)
    return caught.value


async def rejected(awaitable):
    with pytest.raises(Rejected) as caught:
        await awaitable
    return caught.value


# Try again, or never


@pytest.mark.parametrize(
    ("headers", "body", "wait_s"),
    [
        ({}, {"retry_after_ms": 1500}, 1.5),
        ({"Retry-After": "7"}, {"retry_after_ms": 1500}, 7.0),
        ({"Retry-After": "7"}, {}, 7.0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, {"retry_after_ms": 2000}, 2.0),
        ({}, {"retry_after_ms": "soon"}, None),
        ({}, {}, None),
    ],
)
async def test_a_rate_limit_says_how_long_to_wait(client, homeserver, headers, body, wait_s):
    homeserver.answer = (429, {"errcode": "M_LIMIT_EXCEEDED", **body})
    homeserver.headers = headers
    assert (await unavailable(client)).retry_after_s == wait_s


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
@pytest.mark.parametrize("body", ["<html>Bad Gateway</html>", "", {"errcode": "M_UNKNOWN"}, []])
async def test_a_server_in_trouble_is_asked_again(client, homeserver, status, body):
    homeserver.answer = (status, body)
    assert (await unavailable(client)).retry_after_s is None
    assert len(homeserver.asked) == 1, "trying again is the outbox's, which counts"


async def test_a_server_that_is_not_there_is_asked_again(unused_tcp_port):
    async with aiohttp.ClientSession() as session:
        client = MatrixClient(session, f"http://127.0.0.1:{unused_tcp_port}", TOKEN, BOT)
        assert "does not answer" in str(await unavailable(client))


async def test_a_server_that_hangs_is_asked_again(client, homeserver, monkeypatch):
    monkeypatch.setattr(client_module, "TIMEOUT", aiohttp.ClientTimeout(total=0.05))
    homeserver.pause_s = 0.3
    assert "TimeoutError" in str(await unavailable(client))


async def test_a_server_that_hangs_up_is_asked_again(unused_tcp_port):
    async def hang_up(_, writer):
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", unused_tcp_port)
    async with server, aiohttp.ClientSession() as session:
        client = MatrixClient(session, f"http://127.0.0.1:{unused_tcp_port}", TOKEN, BOT)
        await unavailable(client)


@pytest.mark.parametrize(
    ("status", "body", "errcode"),
    [
        (403, {"errcode": "M_FORBIDDEN", "error": "no"}, "M_FORBIDDEN"),
        (404, {"errcode": "M_NOT_FOUND"}, "M_NOT_FOUND"),
        (401, {"errcode": "M_UNKNOWN_TOKEN"}, "M_UNKNOWN_TOKEN"),
        (400, "<html>", "HTTP_400"),
        (413, {}, "HTTP_413"),
    ],
)
async def test_a_no_is_a_no_with_its_reason(client, homeserver, status, body, errcode):
    homeserver.answer = (status, body)
    error = await rejected(client.request(Method.GET, Path.v3.joined_rooms))
    assert error.errcode == errcode


# As whom


async def test_every_request_is_the_bots_and_later_its_devices(client, homeserver):
    await client.request(Method.GET, Path.v3.joined_rooms)
    await client.add_device("DEV")
    await client.request(Method.GET, Path.v3.joined_rooms, query={"format": "event"})
    first, _, second = homeserver.asked
    assert first.query == {"user_id": BOT}
    assert second.query == {
        "user_id": BOT,
        "device_id": "DEV",
        "org.matrix.msc3202.device_id": "DEV",
        "format": "event",
    }
    assert all(asked.headers["Authorization"] == f"Bearer {TOKEN}" for asked in homeserver.asked)


async def test_a_device_that_was_deleted_is_made_anew_and_the_request_repeated(client, homeserver):
    await client.add_device("DEV")
    gone = (400, {"errcode": "M_UNKNOWN_DEVICE", "error": "no such device"})
    homeserver.answers["POST", "/join"] = gone
    with pytest.raises(Rejected):  # it stays gone: one try, no loop
        await client.request(Method.POST, Path.v3.rooms[ROOM].join, {})
    made, *asked = [
        (a.method, a.path.rpartition("/")[2], "device_id" in a.query) for a in homeserver.asked
    ]
    assert made == ("PUT", "DEV", False)
    assert asked == [("POST", "join", True), ("PUT", "DEV", False), ("POST", "join", True)]
    assert client.has_new_device


@pytest.mark.parametrize("status", [200, 403, 502])
async def test_neither_token_nor_body_is_ever_logged(client, bot, homeserver, caplog, status):
    homeserver.answer = (status, {"event_id": "$e"})
    for name in (None, "mau", "mau.http", "aiohttp", "aiohttp.client"):
        caplog.set_level(1, name)
    with suppress(Rejected, Unavailable):
        await bot.send(ROOM, "m.room.message", {"body": "sealed-secret"}, "txn")
    said = "".join(f"{record.getMessage()}{vars(record)}" for record in caplog.records)
    assert "/send/" in said, "it does log that it asked"
    assert TOKEN not in said
    assert "sealed-secret" not in said


# The bot


async def test_a_message_is_sent_under_its_key_and_gives_its_event(bot, homeserver):
    homeserver.answer = (200, {"event_id": "$sent"})
    assert await bot.send(ROOM, "m.room.message", {"body": "x"}, "card:1/2 ?") == "$sent"
    (asked,) = homeserver.asked
    assert asked.path.endswith("/send/m.room.message/card%3A1%2F2%20%3F")
    assert asked.body == {"body": "x"}


async def test_a_membership_is_emptied_as_long_as_it_is_the_one_that_was_meant(bot, homeserver):
    key = f"_{ANA}_DEV_m.call"
    homeserver.answer = (200, {"event_id": "$new", "content": {}})
    await bot.clear_state(ROOM, "m.x", key, "$old")
    assert homeserver.bodies("PUT") == [], "who it was came to life since"
    await bot.clear_state(ROOM, "m.x", key, "$new")
    assert homeserver.bodies("PUT") == [{}]
    homeserver.answer = refusal(404, "M_NOT_FOUND")
    await bot.clear_state(ROOM, "m.x", key, "$new")
    assert homeserver.bodies("PUT") == [{}]


async def test_a_state_event_goes_to_its_key(bot, homeserver):
    await bot.set_state(ROOM, "io.haos.voice.token", f"_{ANA}", {"a": 1})
    await bot.set_state(ROOM, "io.haos.voice.call", "", {})
    first, second = homeserver.asked
    assert first.path.endswith("/state/io.haos.voice.token/_%40ana%3Ahs")
    assert second.path.rstrip("/").endswith("/state/io.haos.voice.call")
    assert (first.body, second.body) == ({"a": 1}, {})


async def test_one_device_gets_a_to_device_message(bot, homeserver):
    await bot.send_to_device(ANA, "DEV", "io.haos.voice.token", {"a": 1}, "token:$1")
    (asked,) = homeserver.asked
    assert asked.path.endswith("/sendToDevice/io.haos.voice.token/token%3A%241")
    assert asked.body == {"messages": {ANA: {"DEV": {"a": 1}}}}


async def test_a_merge_changes_what_it_names_and_leaves_the_rest(bot, homeserver):
    homeserver.answer = (
        200,
        {"events": {"a": 1, "b": 2}, "users": {ANA: 100}, "ban": 50, "list": [1]},
    )
    await bot.merge_state(ROOM, "t", "", {"events": {"b": 3, "c": 4}, "list": {"x": 1}, "ban": 60})
    assert homeserver.bodies("PUT") == [
        {
            "events": {"a": 1, "b": 3, "c": 4},
            "users": {ANA: 100},
            "ban": 60,
            "list": {"x": 1},
        }
    ]


async def test_a_merge_into_nothing_makes_it(bot, homeserver):
    homeserver.answers["GET", "/state/t/"] = refusal(404, "M_NOT_FOUND")
    await bot.merge_state(ROOM, "t", "", {"enabled": True})
    assert homeserver.bodies("PUT") == [{"enabled": True}]


async def test_a_merge_that_cannot_read_writes_nothing(bot, homeserver):
    homeserver.answer = refusal(403, "M_FORBIDDEN")
    await rejected(bot.merge_state(ROOM, "t", "", {"enabled": True}))
    assert homeserver.bodies("PUT") == []


@pytest.mark.parametrize("errcode", ["M_FORBIDDEN", "M_NOT_FOUND"])
async def test_leaving_a_room_that_was_left_is_success(bot, homeserver, errcode):
    homeserver.answer = refusal(403, errcode)
    await bot.leave(ROOM, "bye")
    assert homeserver.bodies("POST") == [{"reason": "bye"}]


async def test_leaving_fails_where_the_token_does_not_count(bot, homeserver):
    homeserver.answer = refusal(401, "M_UNKNOWN_TOKEN")
    assert (await rejected(bot.leave(ROOM, ""))).errcode == "M_UNKNOWN_TOKEN"


async def test_a_join_that_is_refused_is_not_success(bot, homeserver):
    homeserver.answer = refusal(403, "M_FORBIDDEN")
    assert (await rejected(bot.join(ROOM))).errcode == "M_FORBIDDEN"


async def test_the_account_is_made_with_its_device_and_profile(bot, client, homeserver):
    await bot.prepare("voice", "Voice", "mxc://hs/a")
    asked = [(a.method, a.path.removeprefix("/_matrix/client/v3/")) for a in homeserver.asked]
    assert asked == [
        ("POST", "register"),
        ("PUT", f"devices/{DEVICE_ID}"),
        ("PUT", "profile/%40voice%3Ahs/displayname"),
        ("PUT", "profile/%40voice%3Ahs/avatar_url"),
    ]
    assert homeserver.asked[-1].query["device_id"] == DEVICE_ID


async def test_an_account_that_is_there_is_taken_as_it_is(bot, homeserver):
    homeserver.answers["POST", "/register"] = refusal(400, "M_USER_IN_USE")
    homeserver.answers["PUT", f"/devices/{DEVICE_ID}"] = refusal(404, "M_UNRECOGNIZED")
    await bot.prepare("voice", "", "")
    await bot.join(ROOM)
    assert "device_id" not in homeserver.asked[-1].query, "an older homeserver knows none"


async def test_an_account_that_cannot_be_made_stops_the_start(bot, homeserver):
    homeserver.answers["POST", "/register"] = refusal(401, "M_UNKNOWN_TOKEN")
    assert (await rejected(bot.prepare("voice", "", ""))).errcode == "M_UNKNOWN_TOKEN"


# What a room says


def room_says(homeserver, member, levels=None, create=None):
    homeserver.answers |= {
        ("GET", f"/state/m.room.member/{ANA}"): member,
        ("GET", "/state/m.room.power_levels"): levels or (200, {"users": {ANA: 50}}),
        ("GET", "/state/m.room.create"): create
        or (200, {"sender": BEN, "content": {"room_version": "12"}}),
    }


async def test_a_standing_is_asked_for_anew_each_time(facts, homeserver):
    room_says(homeserver, (200, {"membership": "join", "displayname": "Ana"}))
    standing = await facts.standing(ROOM, ANA)
    assert (standing.membership, standing.name, standing.role) == ("join", "Ana", Role.START)
    assert (standing.levels.of(ANA), standing.levels.of(BEN)) == (50, CREATOR_LEVEL)
    assert len(homeserver.asked) == 3
    room_says(homeserver, (200, {"membership": "ban"}))
    assert (await facts.standing(ROOM, ANA)).membership == "ban"


@pytest.mark.parametrize("status", [refusal(403, "M_FORBIDDEN"), refusal(404, "M_NOT_FOUND")])
async def test_in_a_room_that_the_bot_cannot_see_everybody_has_left(facts, homeserver, status):
    homeserver.answer = status
    standing = await facts.standing(ROOM, ANA)
    assert standing.membership == "leave"
    assert standing.name == ANA


@pytest.mark.parametrize("said", [{}, {"membership": 7}, {"membership": "owner"}])
async def test_a_membership_that_does_not_exist_is_none(facts, homeserver, said):
    room_says(homeserver, (200, said))
    assert (await facts.standing(ROOM, ANA)).membership == "leave"


@pytest.mark.parametrize("trouble", [(502, "<html>"), refusal(429, "M_LIMIT_EXCEEDED"), (500, {})])
async def test_nobody_is_judged_by_an_answer_that_did_not_come(facts, homeserver, trouble):
    room_says(homeserver, (200, {"membership": "join"}), levels=trouble)
    with pytest.raises(Unavailable):
        await facts.standing(ROOM, ANA)


async def test_a_token_that_does_not_count_is_not_taken_for_an_empty_room(facts, homeserver):
    homeserver.answer = refusal(401, "M_UNKNOWN_TOKEN")
    assert (await rejected(facts.standing(ROOM, ANA))).errcode == "M_UNKNOWN_TOKEN"
    await rejected(facts.settings(ROOM, "$e"))
    await rejected(facts.joined_rooms())


async def test_a_power_level_that_is_no_number_is_the_default(facts, homeserver):
    room_says(homeserver, (200, {"membership": "join"}), levels=(200, {"users": {ANA: "+-5"}}))
    assert (await facts.standing(ROOM, ANA)).levels.of(ANA) == 0


@pytest.mark.parametrize(
    ("channel", "read"),
    [
        ((200, {"user_limit": 3}), Channel(user_limit=3)),
        (
            (200, {"user_limit": "x"}),
            BadField("user_limit", "must be a whole number from 0 to 100000"),
        ),
        (refusal(404, "M_NOT_FOUND"), None),
    ],
)
async def test_a_rooms_settings_are_read(facts, homeserver, channel, read):
    homeserver.answers |= {
        ("GET", "/state/m.room.name"): (200, {"name": "Lounge"}),
        ("GET", "/state/m.room.create"): (200, {"sender": ANA, "content": {"type": "m.call"}}),
        ("GET", "/state/io.haos.voice.channel"): channel,
    }
    settings = await facts.settings(ROOM, "$e")
    assert (settings.event_id, settings.name, settings.room_type) == ("$e", "Lounge", "m.call")
    assert settings.channel == read


async def test_the_rooms_of_the_bot_are_read_and_odd_ones_passed_over(facts, homeserver):
    homeserver.answer = (200, {"joined_rooms": [ROOM, 7, None]})
    assert await facts.joined_rooms() == [ROOM]
    homeserver.answer = (200, {})
    assert await facts.joined_rooms() == []
