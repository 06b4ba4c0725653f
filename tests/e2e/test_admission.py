"""Who is let in, who is not, and what each is told."""

import asyncio
import json
import uuid

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from tests.e2e.person import MatrixRefusal, Refused, until
from tests.e2e.voice import in_call

pytestmark = pytest.mark.e2e


async def refusal(person, room_id, **options):
    with pytest.raises(Refused) as caught:
        await person.admission(room_id, **options)
    return caught.value


async def to_device_answer(person, room_id, **changes):
    """Ask by a to-device message, and read the answer from the sync."""
    key = ECKey.generate_key("P-256", private=True)
    request = {
        "request_id": str(uuid.uuid4()),
        "device_id": person.device_id,
        "public_key": key.as_dict(private=False),
        "room_id": room_id,
        **changes,
    }
    since = (await person.request("GET", "sync", timeout="0"))["next_batch"]
    await person.send_to_device("@voice:localhost", "io.haos.voice.join", request)

    async def found():
        nonlocal since
        page = await person.request("GET", "sync", since=since, timeout="1000")
        since = page["next_batch"]
        for event in page.get("to_device", {}).get("events", []):
            content = event["content"]
            if (event["type"], event["sender"]) != ("io.haos.voice.token", "@voice:localhost"):
                continue
            if content["request_id"] == request["request_id"]:
                return content
        return None

    return await until(found, 10), key


async def test_not_a_channel_is_said(alice, channel):
    room_id = await channel(settings={"enabled": False})
    assert (await refusal(alice, room_id)).code == "NOT_A_CHANNEL"


async def test_a_room_of_call_type_is_a_channel_by_itself(alice, channel):
    room_id = await channel(settings={}, creation_content={"type": "org.matrix.msc3417.call"})
    assert (await alice.admission(room_id))["jwt"]


async def test_a_locked_channel_lets_moderators_in_and_nobody_else(alice, bob, channel):
    room_id = await channel(settings={"locked": True})
    assert (await refusal(bob, room_id)).code == "LOCKED"
    assert (await alice.admission(room_id))["jwt"]


async def test_a_level_that_is_too_low_is_forbidden(alice, bob, channel):
    room_id = await channel()
    levels = await alice.state(room_id, "m.room.power_levels")
    levels["events"]["io.haos.voice.join"] = 50
    await alice.set_state(room_id, "m.room.power_levels", levels)
    # The same level is the one to send the request with: the homeserver refuses it already.
    with pytest.raises(MatrixRefusal) as caught:
        await bob.ask(room_id)
    assert caught.value.errcode == "M_FORBIDDEN"
    answer, _ = await to_device_answer(bob, room_id)
    assert answer["error"]["code"] == "FORBIDDEN"
    assert "50" in answer["error"]["message"]
    assert (await alice.admission(room_id))["jwt"]


async def test_a_full_channel_says_how_full(alice, bob, person, channel):
    cleo = await person("cleo")
    room_id = await channel(settings={"user_limit": 1}, members=(bob, cleo))
    async with in_call(await bob.admission(room_id)):
        found = await refusal(cleo, room_id)
        assert (found.code, str(found)) == ("FULL", "Attic is full (1 of 1).")
        assert (await alice.admission(room_id))["jwt"], "moderators pass"


async def test_too_many_requests_are_limited_once(bob, channel):
    room_id = await channel()
    for _ in range(10):
        await bob.ask(room_id)
    await asyncio.sleep(0.5)
    found = await refusal(bob, room_id)
    assert found.code == "RATE_LIMITED"
    assert 0 < found.error["retry_after_ms"] <= 60_000


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"public_key": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}, "public_key"),
        ({"public_key": "none"}, "public_key"),
        ({"reply": "pigeon"}, "reply"),
        ({"device_id": 7}, "device_id"),
    ],
)
async def test_a_malformed_request_hears_what_is_wrong(bob, channel, changes, says):
    room_id = await channel()
    request_id = await bob.ask(room_id, **changes)
    answer = await bob.answer_to(room_id, request_id)
    assert answer["error"]["code"] == "BAD_REQUEST"
    assert says in answer["error"]["message"]


async def test_an_outsider_and_a_banned_user_are_told_so_by_to_device(alice, person, channel):
    room_id = await channel()
    dora = await person("dora")
    answer, _ = await to_device_answer(dora, room_id)
    assert answer["error"]["code"] == "NOT_A_MEMBER"
    assert answer["room_id"] == room_id
    await alice.ban(room_id, dora.user_id)
    answer, _ = await to_device_answer(dora, room_id)
    assert answer["error"]["code"] == "BANNED"
    assert await alice.state(room_id, "io.haos.voice.token", f"_{dora.user_id}") is None


async def test_a_member_may_ask_by_to_device(bob, channel):
    room_id = await channel()
    answer, key = await to_device_answer(bob, room_id)
    opened = json.loads(jwe.decrypt_compact(answer["token"], key).plaintext)
    async with in_call(opened) as voice:
        assert voice.room.isconnected()


async def test_a_server_that_does_not_answer_is_said(stack, bob, channel):
    room_id = await channel()
    await asyncio.to_thread(stack.livekit.stop)
    try:
        found = await refusal(bob, room_id)
        assert found.code == "SFU_UNAVAILABLE"
        assert found.error["retry_after_ms"] > 0
    finally:
        await asyncio.to_thread(stack.livekit.start)
    assert (await bob.admission(room_id))["jwt"]


async def test_who_is_kicked_is_disconnected_and_their_token_is_dead(alice, bob, channel):
    room_id = await channel()
    hers, theirs = await alice.admission(room_id), await bob.admission(room_id)
    async with in_call(hers), in_call(theirs) as his:
        unused = await bob.admission(room_id, device_id="SECOND")
        await alice.kick(room_id, bob.user_id)
        await asyncio.wait_for(his.disconnected.wait(), 5)

        async with in_call(unused) as again:
            await asyncio.wait_for(again.disconnected.wait(), 5)

        async def only_alice():
            roster = await alice.state(room_id, "io.haos.voice.call")
            return [p["user_id"] for p in roster["participants"]] == [alice.user_id]

        await until(only_alice, 5)
