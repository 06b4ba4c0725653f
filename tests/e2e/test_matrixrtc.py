"""The token service inside the bridge: Element's clients, by the bridge's rules."""

import asyncio
from urllib.parse import quote

import jwt
import pytest
from livekit import rtc

from haos_voice_bridge.core.ids import livekit_room
from tests.e2e.moderation import tells
from tests.e2e.openid import admission, request_token
from tests.e2e.person import until
from tests.e2e.voice import in_call

pytestmark = pytest.mark.e2e

MEMBER = "org.matrix.msc3401.call.member"


@pytest.fixture
def ask(stack, http):
    """`await ask(person, room_id)`: status and body of `/sfu/get`, as a browser sees them."""

    async def asked(person, room_id, **options):
        return await request_token(http, stack.bridge_url, person, room_id, **options)

    return asked


async def refused(ask, person, room_id, **options):
    status, body = await ask(person, room_id, **options)
    assert (status, body["errcode"]) == (403, "M_FORBIDDEN")
    return body["error"]


async def test_a_member_is_let_in_and_is_in_the_roster(stack, ask, alice, bob, channel):
    room_id = await channel()
    status, answer = await ask(bob, room_id)
    assert status == 200
    said = jwt.decode(answer["jwt"], options={"verify_signature": False})
    assert said["video"]["room"] == livekit_room(room_id)
    assert said["sub"] == f"{bob.user_id}:{bob.device_id}"
    async with in_call(admission(answer)) as voice:
        await voice.speak(440)

        async def listed():
            roster = await alice.state(room_id, "io.haos.voice.call")
            people = (roster or {}).get("participants", [])
            return [(p["user_id"], p["muted"]) for p in people] == [(bob.user_id, False)]

        await until(listed, 10)


async def test_who_may_not_be_in_the_call_gets_no_token(ask, alice, bob, person, channel):
    dora, mallory = await person("dora"), await person("mallory")
    room_id = await channel(members=(bob, mallory))
    for path in ("/sfu/get", "/get_token"):
        assert "Join" in await refused(ask, dora, room_id, path=path)
        assert "admin" in await refused(ask, mallory, room_id, path=path)
    await alice.ban(room_id, dora.user_id)
    assert "banned" in await refused(ask, dora, room_id)
    await alice.kick(room_id, bob.user_id)
    await refused(ask, bob, room_id)
    delay = {"delay_id": "syd_1", "delay_timeout": 5000}
    await refused(ask, bob, room_id, path="/delegate_delayed_leave", **delay)


async def test_the_lock_the_limit_and_the_channel_itself_count(ask, alice, bob, person, channel):
    cleo = await person("cleo")
    locked = await channel(settings={"locked": True})
    assert "locked" in await refused(ask, bob, locked)
    assert (await ask(alice, locked))[0] == 200, "moderators pass"
    small = await channel(settings={"user_limit": 1}, members=(bob, cleo))
    assert (await ask(bob, small))[0] == 200
    assert "full" in await refused(ask, cleo, small), "a token holds a place"
    off = await channel(settings={"enabled": False})
    assert "no voice channel" in await refused(ask, bob, off)


@pytest.mark.parametrize("path", ["/sfu/get", "/get_token"])
async def test_a_room_that_is_no_channel_has_calls_of_matrix_rtc_all_the_same(
    ask, alice, bob, channel, path
):
    room_id = await channel(initial_state=[])
    assert await alice.state(room_id, "io.haos.voice.channel") is None
    status, answer = await ask(bob, room_id, path=path)
    assert status == 200
    async with in_call(admission(answer)):

        async def is_listed():
            roster = await alice.state(room_id, "io.haos.voice.call")
            return [p["user_id"] for p in (roster or {}).get("participants", [])] == [bob.user_id]

        await until(is_listed)

    async def is_over():
        bodies = [message["content"]["body"] for message in await alice.bot_messages(room_id)]
        return any("Call ended" in body and "Bob" in body for body in bodies)

    await until(is_over)
    assert "Bob" in await tells(alice, room_id, "!voice history")


async def test_who_may_not_speak_gets_a_token_without_a_microphone(ask, alice, bob, channel):
    room_id = await channel()
    levels = await alice.state(room_id, "m.room.power_levels")
    levels["events"]["io.haos.voice.speak"] = 50
    await alice.set_state(room_id, "m.room.power_levels", levels)
    _, answer = await ask(bob, room_id)
    said = jwt.decode(answer["jwt"], options={"verify_signature": False})
    assert said["video"]["canPublishSources"] == ["camera", "screen_share", "screen_share_audio"]


async def test_too_many_requests_are_told_to_wait(ask, bob, channel):
    room_id = await channel()
    for _ in range(10):
        assert (await ask(bob, room_id))[0] == 200
    for _ in range(2):
        status, body = await ask(bob, room_id)
        assert (status, body["errcode"]) == (429, "M_LIMIT_EXCEEDED")
        assert 0 < body["retry_after_ms"] <= 60_000


async def test_another_slot_of_the_bots_room_is_refused(stack, http, alice, channel):
    room_id = await channel()
    path = ("user", alice.user_id, "openid", "request_token")
    body = {
        "openid_token": await alice.request("POST", *path, content={}),
        "room_id": room_id,
        "slot_id": "m.call#OTHER",
        "member": {"id": "m", "claimed_user_id": alice.user_id, "claimed_device_id": "D"},
    }
    async with http.post(f"{stack.bridge_url}/livekit/jwt/get_token", json=body) as response:
        assert (response.status, (await response.json())["errcode"]) == (403, "M_FORBIDDEN")


async def test_without_a_device_nobody_is_let_into_the_bots_rooms(ask, alice, channel):
    """The bridge could not tell whose such a participant is, nor take them out."""
    room_id = await channel()
    for device_id in ("", "8448:DEV"):
        status, body = await ask(alice, room_id, device_id=device_id)
        assert (status, body["errcode"]) == (400, "M_BAD_JSON")


async def test_a_room_without_the_bot_is_open_to_servers_with_full_access(ask, alice):
    room_id = await alice.create_room()
    status, answer = await ask(alice, room_id)
    assert status == 200
    async with in_call(admission(answer)) as voice:
        assert voice.room.isconnected()


async def test_clients_are_told_of_the_service_where_they_look(stack, alice, http, channel):
    path = "/_matrix/client/unstable/org.matrix.msc4143/rtc/transports"
    headers = {"Authorization": f"Bearer {alice._token}"}
    async with http.get(stack.homeserver_url + path, headers=headers) as response:
        (transport,) = (await response.json())["rtc_transports"]
    async with http.get(f"{stack.homeserver_url}/.well-known/matrix/client") as response:
        (focus,) = (await response.json(content_type=None))["org.matrix.msc4143.rtc_foci"]
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert transport == focus
    async with http.options(f"{transport['livekit_service_url']}/sfu/get") as response:
        assert response.status == 200
    async with http.get(f"{transport['livekit_service_url']}/healthz") as response:
        assert response.status == 200


async def test_a_leave_is_handed_over_and_outlives_a_kill_of_the_bridge(
    stack, ask, alice, channel, http
):
    room_id = await channel()
    key = f"_{alice.user_id}_{alice.device_id}_m.call"
    parts = "/".join(quote(part, safe="") for part in (room_id, "state", MEMBER, key))
    url = f"{stack.homeserver_url}/_matrix/client/v3/rooms/{parts}"
    headers = {"Authorization": f"Bearer {alice._token}"}
    query = {"org.matrix.msc4140.delay": "120000"}
    async with http.put(url, params=query, json={}, headers=headers) as response:
        delay_id = (await response.json())["delay_id"]
    await alice.set_state(room_id, MEMBER, {"application": "m.call"}, key)

    async def is_gone():
        return not await alice.state(room_id, MEMBER, key)

    status, answer = await ask(alice, room_id, delay_id=delay_id, delay_timeout=120_000)
    assert status == 200
    async with in_call(admission(answer)):
        await asyncio.sleep(1.5)
        await asyncio.to_thread(stack.bridge.kill)
        await asyncio.to_thread(stack.bridge.start)
        await asyncio.sleep(1)
        assert not await is_gone()
    await until(is_gone, 10)  # long before the homeserver would by itself


async def test_who_is_muted_or_kicked_is_so_with_these_tokens_too(ask, alice, bob, channel):
    room_id = await channel()
    _, before = await ask(bob, room_id)
    assert await tells(alice, room_id, f"!voice deafen {bob.user_id}")
    _, answer = await ask(bob, room_id)
    said = jwt.decode(answer["jwt"], options={"verify_signature": False})["video"]
    assert "microphone" not in said["canPublishSources"]
    assert said["canSubscribe"] is False
    async with in_call(admission(before)) as voice:

        async def is_cut():
            permissions = voice.room.local_participant.permissions
            is_mute = rtc.TrackSource.SOURCE_MICROPHONE not in permissions.can_publish_sources
            return is_mute and not permissions.can_subscribe

        await until(is_cut, 5)
        await tells(alice, room_id, f"!voice kick {bob.user_id}")
        await asyncio.wait_for(voice.disconnected.wait(), 5)
    async with in_call(admission(answer)) as voice:
        await asyncio.wait_for(voice.disconnected.wait(), 5)
    _, new = await ask(bob, room_id)
    async with in_call(admission(new)) as voice:
        await asyncio.sleep(1.5)
        assert voice.room.isconnected()
