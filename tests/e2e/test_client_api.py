"""The web client's API: OpenID sessions, moderation, all channels; real Synapse and LiveKit."""

import asyncio
import json
from urllib.parse import quote

import pytest

from tests.e2e.browser import Browser, room_path
from tests.e2e.moderation import falls_silent, hears
from tests.e2e.person import until
from tests.e2e.voice import in_call
from tests.png import png

pytestmark = pytest.mark.e2e


@pytest.fixture
def signed_in(http, stack):
    """`await signed_in(person)`: their web client, with a session by OpenID."""

    async def made(person, **body):
        browser = Browser(http, stack.bridge_url)
        status, answer = await browser.sign_in(person, **body)
        assert status == 200, answer
        return browser, answer

    return made


def participant(room_id, identity):
    return f"{room_path(room_id)}/participants/{quote(identity, safe='')}"


async def ordered(browser, room_id, identity, **order):
    return await browser.call("POST", participant(room_id, identity), order)


async def test_openid_opens_a_session_bound_to_who_the_homeserver_names(
    signed_in, alice, bob, channel
):
    room_id = await channel()
    page, session = await signed_in(bob, room_id=room_id, device_id="PHONE-1")
    assert (session["user_id"], session["device_id"]) == (bob.user_id, "PHONE-1")
    assert (session["room_id"], session["name"]) == (room_id, "Bob")
    status, token = await page.call("POST", f"{room_path(room_id)}/token", {})
    assert (status, token["identity"]) == (200, f"{bob.user_id}:PHONE-1")
    async with in_call(token):
        pass

    anywhere, session = await signed_in(bob)
    assert session["room_id"] == ""
    assert session["device_id"].startswith("WEB")
    assert (await anywhere.call("GET", room_path(room_id)))[0] == 200

    # Out of the room is out of the session; and a session can be closed.
    await alice.kick(room_id, bob.user_id)
    status, error = await anywhere.call("POST", f"{room_path(room_id)}/token", {})
    assert (status, error["io.haos.voice.code"]) == (403, "NOT_A_MEMBER")
    assert (await anywhere.call("DELETE", "/session"))[0] == 200
    status, error = await anywhere.call("GET", "/rooms")
    assert (status, error["io.haos.voice.code"]) == (401, "SESSION_ENDED")


async def test_who_is_not_vouched_for_or_not_let_in_gets_no_session(
    http, stack, signed_in, bob, person, channel
):
    room_id = await channel()
    # A device that would read as another user's, a token that is nobody's, a room of others.
    for device in ("8448:X", "", "A\n", "x" * 256):
        status, error = await Browser(http, stack.bridge_url).sign_in(bob, device_id=device or "\0")
        assert (status, error["errcode"]) == (400, "M_BAD_JSON")
    made_up = {"access_token": "guess", "matrix_server_name": "localhost"}
    stranger = Browser(http, stack.bridge_url)
    status, error = await stranger.call("POST", "/session", {"openid": made_up})
    assert (status, error["errcode"]) == (401, "M_UNAUTHORIZED")
    inside = {"access_token": "guess", "matrix_server_name": "127.0.0.1:22"}
    status, error = await stranger.call("POST", "/session", {"openid": inside})
    assert (status, error["io.haos.voice.code"]) == (401, "NOT_VERIFIED")
    eve = await person("eve")
    status, error = await stranger.sign_in(eve, room_id=room_id)
    assert (status, error["io.haos.voice.code"]) == (403, "NOT_A_MEMBER")
    page, _ = await signed_in(eve)
    status, error = await page.call("GET", room_path(room_id))
    assert (status, error["io.haos.voice.code"]) == (403, "NOT_A_MEMBER")
    mallory = await person("mallory")
    status, error = await stranger.sign_in(mallory)
    assert (status, error["io.haos.voice.code"]) == (403, "FORBIDDEN")


async def test_a_moderator_mutes_and_kicks_by_a_button(alice, bob, channel, signed_in):
    room_id = await channel()
    page, _ = await signed_in(alice)
    members_page, _ = await signed_in(bob)
    async with (
        in_call(await bob.admission(room_id), tone=440) as speaker,
        in_call(await alice.admission(room_id)) as listener,
    ):
        ben = f"{bob.user_id}:{bob.device_id}"
        await hears(listener, ben)
        status, error = await ordered(members_page, room_id, ben, action="mute")
        assert (status, error["io.haos.voice.code"]) == (403, "FORBIDDEN")
        assert "power level 50" in error["error"]
        assert await ordered(page, room_id, ben, action="mute") == (200, {"changed": True})
        await falls_silent(listener, ben)
        assert await ordered(page, room_id, ben, action="mute") == (200, {"changed": False})
        # As durable as the command: it is the same.
        said = await alice.say(room_id, "!voice mute Bob")
        assert await alice.reply_to(room_id, said) == "Bob is muted already."
        status, room = await page.call("GET", room_path(room_id))
        (entry,) = [p for p in room["call"]["participants"] if p["user_id"] == bob.user_id]
        assert entry["server_muted"] is True

        for wrong in ({"action": "shout"}, {"action": "move"}, {"action": "mute", "to": "!x"}):
            status, error = await ordered(page, room_id, ben, **wrong)
            assert (status, error["io.haos.voice.code"]) == (400, "BAD_REQUEST")
        status, error = await ordered(page, room_id, "@nobody:localhost:X", action="kick")
        assert (status, error["io.haos.voice.code"]) == (404, "NOT_IN_CALL")
        assert await ordered(page, room_id, ben, action="kick") == (200, {"changed": True})
        async with asyncio.timeout(10):
            await speaker.disconnected.wait()
        status, error = await ordered(page, room_id, ben, action="kick")
        assert (status, error["io.haos.voice.code"]) == (404, "NOT_IN_CALL")

        async def is_written():
            notes = [m["content"] for m in await bob.bot_messages(room_id)]
            return [n["body"] for n in notes if "io.haos.voice.moderation" in n] == [
                "Alice muted Bob.",
                "Alice took Bob out of the call.",
            ]

        await until(is_written)


async def test_a_moderator_moves_somebody_by_a_button(alice, bob, channel, signed_in):
    here, there = await channel(name="Here"), await channel(name="There")
    page, _ = await signed_in(alice)
    async with (
        in_call(await bob.admission(here)) as moving,
        in_call(await alice.admission(here)),
    ):
        packets = asyncio.Queue()
        moving.room.on("data_received", packets.put_nowait)
        ben = f"{bob.user_id}:{bob.device_id}"

        async def is_in():
            _, room = await page.call("GET", room_path(here))
            return room["call"].get("count") == 2

        await until(is_in)
        status, error = await ordered(page, here, ben, action="move", to="!nowhere:localhost")
        assert (status, error["io.haos.voice.code"]) == (403, "CANNOT_MOVE")
        assert await ordered(page, here, ben, action="move", to=there) == (200, {"changed": True})
        async with asyncio.timeout(10):
            packet = await packets.get()
        assert packet.topic == "io.haos.voice.move"
        way = json.loads(packet.data)
        assert way["room_id"] == there
        # A session for one room follows the device that was moved, and no other.
        other, _ = await signed_in(bob, room_id=here, device_id="OTHER")
        status, error = await other.call("GET", room_path(there))
        assert (status, error["io.haos.voice.code"]) == (403, "FORBIDDEN")
        moved, _ = await signed_in(bob, room_id=here, device_id=bob.device_id)
        assert (await moved.call("GET", room_path(there)))[0] == 200


async def space_with(alice, bob, room_id, bot):
    """A space of Alice's with Bob and the bot in it."""
    space = await alice.create_room(
        name="House", creation_content={"type": "m.space"}, invite=[bot, bob.user_id]
    )
    await alice.set_state(space, "m.space.child", {"via": ["localhost"]}, room_id)
    await bob.join(space)

    async def bot_is_in():
        return (await alice.state(space, "m.room.member", bot))["membership"] == "join"

    await until(bot_is_in)
    return space


def channel_told(read, room_id):
    """`await told(holds)`: the channel, once it is so."""

    async def told(holds):
        while True:
            _, one = await read("channel")
            if one["room_id"] == room_id and holds(one):
                return one

    return told


async def test_all_channels_of_a_user_live(alice, bob, channel, signed_in, stack, figure):
    lounge = await channel(name="List lounge")
    private = await channel(name="Not for Bob", members=())
    space = await space_with(alice, bob, lounge, stack.info.bot_user_id)
    page, _ = await signed_in(bob)
    loop = asyncio.get_running_loop()
    async with page.all_events() as read, asyncio.timeout(60):
        told = channel_told(read, lounge)
        name, first = await read()
        assert name == "channels"
        listed = {one["room_id"]: one for one in first["channels"]}
        assert private not in listed
        assert listed[lounge]["name"] == "List lounge"
        assert listed[lounge]["spaces"] == [{"room_id": space, "name": "House"}]
        assert listed[lounge]["call"] == {}
        assert listed[lounge]["you"] == {"user_id": bob.user_id, "may_moderate": False}

        began = loop.time()
        async with in_call(await alice.admission(lounge), tone=440):
            seen = await told(lambda one: one["call"].get("count") == 1)
            figure(f"from asking for a token to the list of another: {loop.time() - began:.2f} s")
            assert seen["people"][alice.user_id]["name"] == "Alice"
            (entry,) = seen["call"]["participants"]
            assert (entry["user_id"], entry["video"]) == (alice.user_id, False)
            await told(lambda one: not one["call"]["participants"][0]["muted"])
            await alice.say(lounge, "!voice status Chess")
            await told(lambda one: one["channel"]["status"] == "Chess")

        await told(lambda one: one["call"] == {})
        began = loop.time()
        await alice.kick(lounge, bob.user_id)
        assert await read("removed") == ("removed", {"room_id": lounge})
        figure(f"from the kick to its being told: {loop.time() - began:.2f} s")
    status, everything = await page.call("GET", "/rooms")
    assert status == 200
    assert lounge not in {one["room_id"] for one in everything["channels"]}


async def test_rings_are_told_declined_and_found_as_missed(alice, bob, channel, signed_in):
    lounge = await channel(name="Ringing")
    page, _ = await signed_in(bob)
    async with page.all_events() as read, asyncio.timeout(60):
        told = channel_told(read, lounge)
        async with in_call(await alice.admission(lounge)):
            await told(lambda one: one["call"].get("count") == 1)
            # Rung, declined; the other rung again in a call of its own, and missed.
            await alice.say(lounge, "!voice ring Bob")
            _, rings = await read("rings")
            (ring,) = rings["rings"]
            assert (ring["room_id"], ring["state"]) == (lounge, "ringing")
            assert ring["caller"] == {"user_id": alice.user_id, "name": "Alice"}
            assert await page.call("POST", f"{room_path(lounge)}/decline") == (
                200,
                {"declined": True},
            )
            _, rings = await read("rings")
            assert rings["rings"][0]["state"] == "declined"
            assert await page.call("POST", f"{room_path(lounge)}/decline") == (
                200,
                {"declined": False},
            )
        await told(lambda one: one["call"] == {})
        async with in_call(await alice.admission(lounge)):
            await told(lambda one: one["call"].get("count") == 1)
            await alice.say(lounge, "!voice ring Bob")
            await read("rings")
        _, missed = await read("missed")
        (call,) = [one for one in missed["missed"] if one["room_id"] == lounge]
        assert call["caller"]["name"] == "Alice"
        assert call["room_name"] == "Ringing"


async def test_a_session_for_one_room_sees_that_one_alone(bob, channel, signed_in):
    one, other = await channel(), await channel()
    page, _ = await signed_in(bob, room_id=one)
    _, seen = await page.call("GET", "/rooms")
    assert [channel["room_id"] for channel in seen["channels"]] == [one]
    status, error = await page.call("GET", room_path(other))
    assert (status, error["io.haos.voice.code"]) == (403, "FORBIDDEN")


async def test_pictures_are_those_of_people_in_rooms_that_one_may_see(
    alice, bob, person, channel, signed_in
):
    room_id = await channel()
    ada = await person("ada")
    page, _ = await signed_in(alice)
    await bob.show_picture(png(300, 200, (200, 30, 30)))

    async def is_told():  # Synapse tells the rooms later, and the bridge keeps what it read
        return (await alice.state(room_id, "m.room.member", bob.user_id)).get("avatar_url")

    await until(is_told)

    def of(user):
        return f"{room_path(room_id)}/avatars/{quote(user.user_id, safe='')}"

    async def shows():
        status, content_type, content = await page.file(of(bob))
        # Small, whatever was uploaded.
        return status == 200 and (content_type, len(content) < 10_000) == ("image/png", True)

    await until(shows)
    # Who is not in the room has none there, and who may not see the room none at all.
    assert (await page.file(of(ada)))[0] == 404
    assert (await page.file(f"{room_path(room_id)}/avatars/mxc:%2F%2Flocalhost%2Fx"))[0] == 404
    stranger, _ = await signed_in(ada)
    assert (await stranger.file(of(bob)))[0] == 403
    await stranger.call("DELETE", "/session")
    assert (await stranger.file(of(bob)))[0] == 401
