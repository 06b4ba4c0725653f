"""`!voice join`: a link by direct message, and what may be done with it over HTTP."""

import asyncio
import re
import sqlite3
import time
from contextlib import closing

import pytest

from tests.e2e.browser import Browser, room_path
from tests.e2e.person import until
from tests.e2e.voice import in_call

pytestmark = pytest.mark.e2e

LINK = re.compile(r"/#/link/([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])")


@pytest.fixture
def browser(http, stack):
    return lambda: Browser(http, stack.bridge_url)


async def direct_chat(person, bot):
    """The one room to which the bot invited the person, or in which they talk."""
    sync = await person.request("GET", "sync")
    invited = [
        room_id
        for room_id, room in sync["rooms"].get("invite", {}).items()
        if any(
            e["type"] == "m.room.member"
            and e["sender"] == bot
            and e.get("state_key") == person.user_id
            and e["content"].get("is_direct")
            for e in room["invite_state"]["events"]
        )
    ]
    for room_id in invited:
        await person.join(room_id)
    return invited


async def codes_in(person, chat):
    bodies = [m["content"]["body"] for m in await person.bot_messages(chat)]
    return [found[1] for body in bodies if (found := LINK.search(body))]


@pytest.fixture
def linked(stack):
    """`chat, code = await linked(person, room)`: type the command, read the direct chat."""
    bot = stack.info.bot_user_id
    chats = {}

    async def made(person, room_id):
        before = len(await codes_in(person, chats[person])) if person in chats else 0
        said = await person.say(room_id, "!voice join")
        answer = await person.reply_to(room_id, said)
        assert answer == "I sent you a link in our direct chat."
        if person not in chats:
            (chats[person],) = await direct_chat(person, bot)

        async def came():
            found = await codes_in(person, chats[person])
            return found if len(found) > before else None

        return chats[person], (await until(came))[-1]

    return made


@pytest.fixture
def database(stack):
    """`database("UPDATE …")`: another's hand in the bridge's SQLite file."""

    def run(statement, *values):
        (path,) = stack.data.glob("bridge/*.db")
        with closing(sqlite3.connect(path, timeout=10)) as connection, connection:
            return connection.execute(statement, values).fetchall()

    return run


async def test_a_link_opens_a_session_and_a_voice_is_heard(  # noqa: PLR0917
    person, bob, channel, linked, browser, database, figure
):
    dora = await person("dora")
    room_id = await channel(members=(bob, dora))
    began = time.monotonic()
    chat, code = await linked(dora, room_id)
    figure(f"`!voice join` to the link in the direct chat: {time.monotonic() - began:.2f} s")
    assert code not in str(database("SELECT * FROM links"))

    page = browser()
    status, session = await page.open(code)
    assert status == 200
    assert session["user_id"] == dora.user_id
    assert session["device_id"].startswith("LINK")
    assert (session["room_id"], session["name"]) == (room_id, "Dora")
    assert session["session"] not in str(database("SELECT * FROM sessions"))
    status, error = await browser().open(code)
    assert (status, error["errcode"]) == (403, "M_FORBIDDEN")
    assert error["io.haos.voice.code"] == "LINK_SPENT"
    assert "used already" in error["error"]

    status, room = await page.call("GET", room_path(room_id))
    assert (status, room["call"]) == (200, {})
    assert room["people"][dora.user_id]["name"] == "Dora"
    assert room["you"] == {"user_id": dora.user_id, "may_moderate": False}

    async with page.events(room_id) as read:
        assert (await read())["call"] == {}
        status, token = await page.call("POST", f"{room_path(room_id)}/token", {})
        assert status == 200
        assert token["identity"] == f"{dora.user_id}:{session['device_id']}"
        async with (
            in_call(token, tone=440) as _,
            in_call(await bob.admission(room_id)) as listener,
        ):

            async def is_heard():
                frequency, share = listener.tone_from(token["identity"])
                return abs(frequency - 440) < 5 and share > 0.9

            await until(is_heard, 20)
            seen = {}
            async with asyncio.timeout(10):
                while len(seen.get("participants", ())) < 2:
                    seen = (await read())["call"]
            assert {p["user_id"] for p in seen["participants"]} == {dora.user_id, bob.user_id}
            status, room = await page.call("GET", room_path(room_id))
            assert room["call"]["count"] == 2
            assert room["people"][bob.user_id]["name"] == "Bob"

    async def is_past():
        _, past = await page.call("GET", f"{room_path(room_id)}/history?limit=5")
        return past["calls"]

    (call,) = await until(is_past, 15)
    assert {p["name"] for p in call["participants"]} == {"Bob", "Dora"}

    # One chat for all links, and only the newest works.
    _, older = await linked(dora, room_id)
    again, newer = await linked(dora, room_id)
    assert again == chat
    status, error = await browser().open(older)
    assert status == 403
    assert "made void" in error["error"]
    assert (await browser().open(newer))[0] == 200


async def test_a_link_that_is_old_taken_back_or_made_up(
    person, bob, channel, linked, browser, database
):
    emil = await person("emil")
    room_id = await channel(members=(bob, emil))
    _, code = await linked(emil, room_id)
    database(
        "UPDATE links SET expires_ts = ? WHERE user_id = ?",
        time.time_ns() // 1_000_000 - 1,
        emil.user_id,
    )
    status, error = await browser().open(code)
    assert status == 403
    assert "too old" in error["error"]
    assert "unknown" in (await browser().open("x" * 43))[1]["error"]

    _, code = await linked(emil, room_id)
    page = browser()
    assert (await page.open(code))[0] == 200
    _, code = await linked(emil, room_id)
    said = await emil.say(room_id, "!voice join cancel")
    assert "are void" in await emil.reply_to(room_id, said)
    status, error = await browser().open(code)
    assert status == 403
    assert "made void" in error["error"]
    status, error = await page.call("GET", room_path(room_id))
    assert (status, error["errcode"]) == (401, "M_UNKNOWN_TOKEN")


async def test_who_left_the_room_gets_nothing_more(person, alice, bob, channel, linked, browser):
    fay = await person("fay")
    room_id = await channel(members=(bob, fay))
    other = await channel(members=(bob, fay))
    chat, code = await linked(fay, room_id)
    page = browser()
    await page.open(code)
    assert (await page.call("POST", f"{room_path(room_id)}/token", {}))[0] == 200
    status, error = await page.call("POST", f"{room_path(other)}/token", {})
    assert (status, error["io.haos.voice.code"]) == (403, "FORBIDDEN")

    async with page.events(room_id) as read:
        await read()
        await alice.kick(room_id, fay.user_id)
        async with asyncio.timeout(10):
            assert await read() is None
    for method, path in (("POST", "/token"), ("GET", ""), ("GET", "/events"), ("GET", "/history")):
        status, error = await page.call(method, room_path(room_id) + path)
        assert (status, error["io.haos.voice.code"]) == (403, "NOT_A_MEMBER")

    # Who left the direct chat is invited into it again.
    await fay.leave(chat)
    said = await fay.say(other, "!voice join")
    await fay.reply_to(other, said)
    await fay.join(chat)

    async def came():
        return len(await codes_in(fay, chat)) == 2

    await until(came)
    # In the chat that the bot made, commands need no prefix.
    said = await fay.say(chat, "version")
    assert "haos-voice-bridge" in await fay.reply_to(chat, said)


async def test_the_rules_of_the_room_count_and_a_flood_is_slowed(
    person, bob, alice, channel, linked, browser
):
    gus = await person("gus")
    room_id = await channel(members=(bob, gus))
    _, code = await linked(gus, room_id)
    page = browser()
    await page.open(code)
    path = f"{room_path(room_id)}/token"
    await alice.set_state(room_id, "io.haos.voice.channel", {"enabled": True, "locked": True})

    async def is_locked():
        status, answer = await page.call("POST", path, {})
        return status == 403 and answer["io.haos.voice.code"] == "LOCKED"

    await until(is_locked, every_s=0.5)
    async with asyncio.timeout(10):
        while (answer := await page.call("POST", path, {}))[0] == 403:
            pass
    status, error = answer
    assert (status, error["io.haos.voice.code"]) == (429, "RATE_LIMITED")
    assert 0 < error["retry_after_ms"] <= 60_000


async def test_errors_and_preflights_can_be_read_by_any_page(http, stack, browser):
    base = f"{stack.bridge_url}/_haos/voice/v1"
    async with http.options(f"{base}/rooms/x/token") as response:
        assert response.status == 204
        assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    page = browser()
    assert (await page.call("GET", "/nowhere"))[0] == 404
    assert (await page.call("GET", "/rooms/x"))[0] == 401
    assert (await page.call("POST", "/session", []))[0] == 400
    assert (await page.call("POST", "/session", {"code": 1}))[0] == 400


async def test_who_invites_the_bot_is_greeted_and_help_lists_what_works(stack, alice):
    bot = stack.info.bot_user_id
    chat = await alice.create_room(invite=[bot], is_direct=True, preset="trusted_private_chat")

    async def greeted():
        return await alice.bot_messages(chat)

    (hello,) = await until(greeted)
    assert "Type: help" in hello["content"]["body"]
    said = await alice.say(chat, "join")
    assert "in the room that it is about" in await alice.reply_to(chat, said)
