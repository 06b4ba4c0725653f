"""The homeserver's transactions: on disk before they are acknowledged, never lost by a fault."""

import asyncio
import io
import json

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haos_voice_bridge.adapters.db.connection import open_database
from haos_voice_bridge.adapters.db.inbox import SqlInbox
from haos_voice_bridge.adapters.http.server import HttpServer
from haos_voice_bridge.adapters.matrix.intake import TO_DEVICE_KEYS, TRANSACTION_LIMIT, Intake
from haos_voice_bridge.errors import Unavailable
from tests.adapters.raw import READING, TYPES, asking, event, message, odd, odd_contents, state
from tests.fakes.people import ANA, BEN, BOT, NOW, ROOM

TOKEN = {"Authorization": "Bearer hs-secret"}


class Homeserver:
    """Pushes transactions over HTTP, and looks at what became of them."""

    def __init__(self, client, inbox, database):
        self.client = client
        self.inbox = inbox
        self.database = database
        self.fails = False

    async def accept(self, arrivals):
        if self.fails:
            raise OSError("disk full")
        await self.inbox.add(arrivals, NOW)

    async def push(self, *events, txn="1", headers=TOKEN, data=None, **more):
        data = json.dumps({"events": events, **more}) if data is None else data
        path = f"/_matrix/app/v1/transactions/{txn}"
        async with self.client.put(path, data=data, headers=headers) as answer:
            body = await answer.text()
            return answer.status, json.loads(body).get("errcode", "")

    async def direct_users(self, room_ids):
        return {room_id: ANA for room_id in room_ids if room_id == "!direct:hs"}

    async def stored(self):
        rows = await self.database.fetch("SELECT key FROM inbox ORDER BY seq")
        return [row["key"] for row in rows]


@pytest.fixture
async def homeserver(sqlite):
    homeserver = Homeserver(None, SqlInbox(sqlite), sqlite)
    app = web.Application()
    Intake("hs-secret", READING, homeserver.accept, homeserver.direct_users).add_routes(app.router)
    async with TestClient(TestServer(app)) as homeserver.client:
        yield homeserver


async def test_an_event_is_on_disk_when_it_is_acknowledged(homeserver):
    raw = message("!voice help")
    assert await homeserver.push(raw) == (200, "")
    arrival = await homeserver.inbox.next(ROOM)
    assert (arrival.key, arrival.source, arrival.payload) == ("$e", "matrix", raw)


async def test_what_could_not_be_stored_is_not_acknowledged_and_comes_again(tmp_path, sqlite):
    """With the real server: its answer is what makes the homeserver try again."""
    homeserver = Homeserver(None, SqlInbox(sqlite), sqlite)
    homeserver.fails = True
    async with served(homeserver) as url:
        assert await put(url, {"events": [message("!voice")]}) == 500
        assert await homeserver.stored() == []
        homeserver.fails = False
        assert await put(url, {"events": [message("!voice")]}) == 200
        assert await homeserver.stored() == ["$e"]


async def test_a_transaction_that_has_to_come_again_is_told_of(sqlite):
    told = []

    async def full(_):
        raise Unavailable("too much waits")

    app = web.Application()
    directs = Homeserver(None, None, sqlite).direct_users
    intake = Intake("hs-secret", READING, full, directs, refused=lambda: told.append(True))
    intake.add_routes(app.router)
    async with TestClient(TestServer(app)) as client:
        path = "/_matrix/app/v1/transactions/1"
        data = json.dumps({"events": [message("!voice")]})
        async with client.put(path, data=data) as answer:
            assert answer.status == 401
        assert told == [], "a stranger cannot have us ping"
        async with client.put(path, data=data, headers=TOKEN) as answer:
            assert answer.status == 500
    assert told == [True]


async def test_a_transaction_twice_is_one_row_each(homeserver):
    for _ in range(2):
        assert await homeserver.push(message("!voice"), message("!voice", event_id="$2")) == (
            200,
            "",
        )
    assert await homeserver.stored() == ["$e", "$2"]


async def test_an_event_in_two_transactions_is_one_row(homeserver):
    await homeserver.push(message("!voice"), txn="1")
    await homeserver.push(message("!voice"), txn="2")
    assert await homeserver.stored() == ["$e"]


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({}, (401, "M_MISSING_TOKEN")),
        ({"Authorization": "Bearer wrong"}, (403, "M_FORBIDDEN")),
        ({"Authorization": "Bearer "}, (403, "M_FORBIDDEN")),
        ({"Authorization": "Bearer hs-secre\u00fc"}, (403, "M_FORBIDDEN")),
    ],
)
async def test_only_the_homeserver_may_push(homeserver, headers, answer):
    assert await homeserver.push(message("!voice"), headers=headers) == answer
    assert await homeserver.stored() == []
    for method, what in (("POST", "ping"), ("GET", f"users/{ANA}"), ("GET", "rooms/%23a:hs")):
        path = f"/_matrix/app/v1/{what}"
        async with homeserver.client.request(method, path, headers=headers) as response:
            assert response.status == answer[0]


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("{", (400, "M_NOT_JSON")),
        (b"\xff\xfe{", (400, "M_NOT_JSON")),
        ("", (400, "M_NOT_JSON")),
        ("[]", (400, "M_BAD_JSON")),
        ("null", (400, "M_BAD_JSON")),
        ('"events"', (400, "M_BAD_JSON")),
    ],
)
async def test_what_is_no_transaction_is_refused(homeserver, body, answer):
    assert await homeserver.push(data=body) == answer


@pytest.mark.parametrize("events", [None, {}, "x", 1, []])
async def test_a_transaction_without_a_list_of_events_has_none(homeserver, events):
    assert await homeserver.push(data=json.dumps({"events": events})) == (200, "")


async def test_a_bad_event_costs_only_itself(homeserver):
    bad = [
        {},
        None,
        [],
        "event",
        {"type": "m.room.message"},
        message("!voice", event_id=None),
        message("!voice", event_id=["$x"]),
        message("!voice", room_id=7),
        event("m.room.message", ["!voice"]),
        event("m.room.message", {"msgtype": "m.text", "body": 3}),
    ]
    assert await homeserver.push(*bad, message("!voice")) == (200, "")
    assert await homeserver.stored() == ["$e"]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(event("m.room.message", {"msgtype": [], "body": "x"}), id="msgtype"),
        pytest.param({**message("!voice"), "type": ["x"]}, id="type"),
        pytest.param(message("!voice", event_id="$\ud800"), id="surrogate in event_id"),
    ],
)
async def test_an_event_of_odd_types_costs_only_itself(homeserver, bad):
    await pushed_with_a_good_one(homeserver, bad)


async def test_a_to_device_message_for_an_odd_room_costs_only_itself(homeserver):
    odd_room = [to_device(content=asking(room_id="!\ud800:hs"))]
    assert await homeserver.push(message("!voice"), **{TO_DEVICE_KEYS[1]: odd_room}) == (200, "")


async def test_a_room_id_that_postgres_cannot_hold_costs_only_itself(homeserver, postgres_url):
    database = await open_database(postgres_url)
    try:
        homeserver.inbox = SqlInbox(database)
        odd_room = [to_device(content=asking(room_id="!a\0:hs"))]
        answer = await homeserver.push(message("!voice"), **{TO_DEVICE_KEYS[1]: odd_room})
        assert answer == (200, "")
    finally:
        await database.stop()


async def pushed_with_a_good_one(homeserver, *bad):
    try:
        answer = await homeserver.push(*bad, message("!voice", event_id="$good"))
    except ValueError:
        pytest.fail("not a JSON answer: a 500")
    assert answer == (200, "")
    assert "$good" in await homeserver.stored()


weird_events = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(TYPES) | st.integers() | st.none(),
        "event_id": st.just("$odd") | odd,
        "room_id": st.just(ROOM) | odd,
        "sender": st.just(ANA) | odd,
        "state_key": odd,
        "origin_server_ts": odd,
        "content": odd_contents.filter(lambda c: not isinstance(c.get("msgtype"), list | dict))
        | st.lists(odd, max_size=2)
        | st.text(),
    },
)


@given(events=st.lists(weird_events | odd, max_size=4), number=st.integers(0, 2**40))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_whatever_comes_the_good_event_beside_it_is_stored(homeserver, events, number):
    good = message("!voice", event_id=f"$good{number}")
    assert await homeserver.push(*events, good, txn="x") == (200, "")
    assert f"$good{number}" in await homeserver.stored()


# What is worth storing


async def test_what_people_chat_is_not_stored(homeserver):
    chat = [
        message("hello", event_id="$1"),
        message("!voicemail", event_id="$2"),
        message("I said !voice help", event_id="$3"),
        message("!voice help", "m.notice", event_id="$4"),
        message("!voice help", event_id="$5", sender=BOT),
        state("m.room.topic", {"topic": "x"}, event_id="$6"),
        event("m.room.member", {"membership": "join"}, event_id="$7"),
        event("m.reaction", {}, event_id="$8"),
        event("io.haos.voice.join", asking(), event_id="$9", sender=BOT),
    ]
    assert await homeserver.push(*chat) == (200, "")
    assert await homeserver.stored() == []


async def test_what_concerns_voice_is_stored(homeserver):
    ours = [
        message("!voice", event_id="$1"),
        message("!VOICE enable", event_id="$2"),
        state("m.room.member", {"membership": "leave"}, ANA, event_id="$3"),
        state("m.room.name", {"name": "x"}, event_id="$4"),
        state("io.haos.voice.channel", {}, event_id="$5"),
        event("io.haos.voice.join", asking(), event_id="$6"),
    ]
    assert await homeserver.push(*ours) == (200, "")
    assert await homeserver.stored() == [f"${n}" for n in range(1, 7)]


# To-device messages


def to_device(**more):
    content = asking(room_id=ROOM)
    return {"type": "io.haos.voice.join", "sender": ANA, "content": content, **more}


@pytest.mark.parametrize("key", TO_DEVICE_KEYS)
async def test_a_to_device_request_is_stored_for_its_room(homeserver, key):
    assert await homeserver.push(**{key: [to_device(to_user_id=BOT)]}) == (200, "")
    arrival = await homeserver.inbox.next(ROOM)
    assert arrival.source == "to_device"
    assert arrival.payload["content"]["request_id"] == "r1"


async def test_a_to_device_request_of_a_repeated_transaction_is_one_row(homeserver):
    for _ in range(2):
        await homeserver.push(**{TO_DEVICE_KEYS[1]: [to_device()]})
    assert len(await homeserver.stored()) == 1


async def test_two_to_device_requests_are_two_even_if_the_homeserver_counts_anew(homeserver):
    await homeserver.push(**{TO_DEVICE_KEYS[1]: [to_device()]})
    other = to_device(content=asking(room_id=ROOM, request_id="r2"))
    await homeserver.push(**{TO_DEVICE_KEYS[1]: [other]})
    assert len(await homeserver.stored()) == 2


async def test_other_to_device_messages_are_passed_over(homeserver):
    other = [
        to_device(type="m.room_key"),
        to_device(to_user_id=ANA),
        to_device(content=[]),
        to_device(content=asking()),
        to_device(content=asking(room_id="")),
        to_device(content=asking(room_id="!" * 256)),
        to_device(content=asking(room_id=7)),
        None,
        7,
    ]
    assert await homeserver.push(**{TO_DEVICE_KEYS[1]: other}) == (200, "")
    assert await homeserver.stored() == []


# The rest of the API


async def test_no_user_and_no_alias_is_made_on_demand(homeserver):
    for path in (f"users/{ANA}", "rooms/%23a:hs"):
        async with homeserver.client.get(f"/_matrix/app/v1/{path}", headers=TOKEN) as answer:
            assert answer.status == 404
            assert (await answer.json())["errcode"] == "M_NOT_FOUND"


async def test_a_ping_is_answered(homeserver):
    async with homeserver.client.post("/_matrix/app/v1/ping", json={}, headers=TOKEN) as answer:
        assert (answer.status, await answer.json()) == (200, {})


async def test_in_a_direct_chat_its_user_needs_no_prefix(homeserver):
    direct = message("help") | {"room_id": "!direct:hs", "event_id": "$a"}
    elsewhere = message("help") | {"event_id": "$b"}
    another = message("help", sender=BEN) | {"room_id": "!direct:hs", "event_id": "$c"}
    assert await homeserver.push(direct, elsewhere, another) == (200, "")
    assert await homeserver.stored() == ["$a"]


# How much


def served(homeserver):
    return _Served(homeserver)


class _Served:
    """The product's own server on a free port."""

    def __init__(self, homeserver):
        self._server = HttpServer("127.0.0.1", 0)
        Intake("hs-secret", READING, homeserver.accept, homeserver.direct_users).add_routes(
            self._server.router
        )

    async def __aenter__(self):
        await self._server.start()
        host, port = self._server._runner.addresses[0]
        return f"http://{host}:{port}"

    async def __aexit__(self, *_):
        await self._server.stop()


async def put(url, body):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    path = f"{url}/_matrix/app/v1/transactions/1"
    async with (
        aiohttp.ClientSession() as session,
        session.put(path, data=io.BytesIO(data), headers=TOKEN) as answer,
    ):
        return answer.status


async def test_the_largest_transaction_is_taken_and_a_larger_one_is_not(sqlite):
    homeserver = Homeserver(None, SqlInbox(sqlite), sqlite)
    frame = json.dumps({"events": [message("!voice")], "filler": ""}).encode()

    def transaction(size):
        return frame[:-2] + b"x" * (size - len(frame)) + frame[-2:]

    assert TRANSACTION_LIMIT == 16 * 2**20
    async with served(homeserver) as url:
        assert await put(url, transaction(17 * 2**20)) == 413
        assert await homeserver.stored() == []
        assert await put(url, transaction(15 * 2**20)) == 200
        assert await homeserver.stored() == ["$e"]


async def test_a_token_of_odd_bytes_is_refused_like_any_other(sqlite, caplog):
    homeserver = Homeserver(None, SqlInbox(sqlite), sqlite)
    async with served(homeserver) as url:
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"PUT /_matrix/app/v1/transactions/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
            b"Authorization: Bearer hs-secret\xff\r\n\r\n{}"
        )
        assert (await reader.readline()).split()[1] == b"403"
        writer.close()
    assert caplog.text == "", "no traceback for anybody who asks"


async def test_a_homeserver_that_brings_too_much_is_asked_to_try_again(sqlite):
    homeserver = Homeserver(None, SqlInbox(sqlite), sqlite)

    async def flooded(_arrivals):
        raise Unavailable("more than 10000 events wait", retry_after_s=5)

    homeserver.accept = flooded
    async with served(homeserver) as url:
        assert await put(url, json.dumps({"events": [message("!voice")]}).encode()) == 503
