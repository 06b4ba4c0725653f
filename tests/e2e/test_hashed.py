"""Who comes by `/get_token`, under a hashed identity: known by name, and held to every rule."""

import asyncio
import time

import jwt
import pytest
from livekit import api, rtc

from haos_voice_bridge.core.ids import hash_of, livekit_room
from tests.e2e.history import history_of
from tests.e2e.moderation import falls_silent, hears, may, presence, roster, tells
from tests.e2e.openid import admission, request_token
from tests.e2e.person import until
from tests.e2e.voice import in_call

pytestmark = pytest.mark.e2e

MICROPHONE = rtc.TrackSource.SOURCE_MICROPHONE


@pytest.fixture
def ask(stack, http):
    """`await ask(person, room_id)`: status and body of `/get_token`."""

    async def asked(person, room_id, *, path="/get_token", **options):
        return await request_token(http, stack.bridge_url, person, room_id, path=path, **options)

    return asked


@pytest.fixture
def enters(ask):
    """`await enters(person, room_id)`: what connects them; their name on the SFU."""

    async def entered(person, room_id, **options):
        status, answer = await ask(person, room_id, **options)
        assert status == 200, answer
        said = jwt.decode(answer["jwt"], options={"verify_signature": False})
        assert said["exp"] - said["nbf"] == 60, "no longer than its place is held"
        return admission(answer), said["sub"]

    return entered


def people(content):
    return [p["user_id"] for p in content.get("participants", ())]


async def is_cut(voice, within_s):
    """How long it took until they were off the SFU."""
    began = time.monotonic()
    await asyncio.wait_for(voice.disconnected.wait(), within_s)
    return time.monotonic() - began


async def test_they_are_in_roster_card_and_history_by_name(stack, alice, bob, channel, enters):
    room_id = await channel()
    way_in, name = await enters(bob, room_id)
    assert name == hash_of([bob.user_id, bob.device_id, "m1"])
    async with in_call(await alice.admission(room_id)) as ear, in_call(way_in, tone=440):
        await hears(ear, name)
        content = await roster(alice, room_id, lambda c: c.get("count") == 2)
        entry = next(p for p in content["participants"] if p["user_id"] == bob.user_id)
        assert (entry["device_id"], entry["identities"]) == (bob.device_id, [name])
        await roster(alice, room_id, lambda c: not all(p["muted"] for p in c["participants"]))

    async def ended():
        cards = [e["content"].get("m.new_content", {}) for e in await alice.bot_messages(room_id)]
        return next((c["body"] for c in cards if c.get("body", "").startswith("Call ended")), None)

    card = await until(ended)
    assert "Alice" in card
    assert "Bob" in card
    _, stays = history_of(stack, room_id)
    assert {user_id for user_id, _ in stays} == {alice.user_id, bob.user_id}
    said = [change for _, changes in await presence(alice, room_id) for change in changes]
    assert (bob.user_id, "joined") in said
    assert (bob.user_id, "left") in said, "a wilful leave is no lost connection"


async def test_who_is_kicked_from_the_room_is_off_the_sfu_and_stays_off(
    alice, bob, channel, enters, ask, figure
):
    room_id = await channel()
    way_in, _ = await enters(bob, room_id)
    async with in_call(await alice.admission(room_id)), in_call(way_in, tone=440) as voice:
        await roster(alice, room_id, lambda c: bob.user_id in people(c))
        await alice.kick(room_id, bob.user_id)
        took = await is_cut(voice, 5)
        figure(f"kicked from the Matrix room, off the SFU after {took:.2f} s")
        async with in_call(way_in) as again:  # the token is good for another minute
            await is_cut(again, 3)
        await roster(alice, room_id, lambda c: people(c) == [alice.user_id])
        assert (await ask(bob, room_id))[0] == 403
    assert took < 2


async def test_moderators_reach_them(alice, bob, person, channel, enters, ask):
    cleo = await person("cleo")
    room_id = await channel(settings={"enabled": True, "user_limit": 2}, members=(bob, cleo))
    way_in, name = await enters(bob, room_id)
    async with in_call(await alice.admission(room_id)) as ear, in_call(way_in, tone=440) as mouth:
        await hears(ear, name)
        assert await tells(alice, room_id, f"!voice mute {bob.user_id}") == "Bob is muted."
        await falls_silent(ear, name)
        await tells(alice, room_id, f"!voice unmute {bob.user_id}")
        await may(mouth, MICROPHONE)
        status, body = await ask(cleo, room_id)
        assert (status, body["error"]) == (
            403,
            "Lounge is full (2 of 2).".replace("Lounge", "Attic"),
        )
        await tells(alice, room_id, "!voice limit 0")
        await tells(alice, room_id, "!voice lock")
        await tells(alice, room_id, f"!voice kick {bob.user_id}")
        await is_cut(mouth, 3)
        async with in_call(way_in) as again:
            await is_cut(again, 3)
        for somebody in (bob, cleo):
            status, body = await ask(somebody, room_id, member="m2")
            assert (status, "locked" in body["error"]) == (403, True)


async def test_changed_levels_change_what_they_may_do(alice, bob, channel, enters):
    room_id = await channel()
    way_in, name = await enters(bob, room_id)
    async with in_call(await alice.admission(room_id)) as ear, in_call(way_in, tone=440) as mouth:
        await hears(ear, name)
        levels = await alice.state(room_id, "m.room.power_levels")
        levels["events"]["io.haos.voice.speak"] = 50
        await alice.set_state(room_id, "m.room.power_levels", levels)
        await falls_silent(ear, name)
        assert MICROPHONE not in mouth.room.local_participant.permissions.can_publish_sources
        levels["events"]["io.haos.voice.join"] = 50
        await alice.set_state(room_id, "m.room.power_levels", levels)
        await is_cut(mouth, 3)


async def test_two_names_of_one_device_are_one_person_who_does_not_flap(
    alice, bob, channel, enters
):
    room_id = await channel()
    plain, _ = await enters(bob, room_id, path="/sfu/get")
    listening, name = await enters(bob, room_id)
    async with in_call(await alice.admission(room_id)):
        async with in_call(plain, tone=440):
            async with in_call(listening):  # it publishes nothing (an SFU of its own has its voice)
                content = await roster(
                    alice, room_id, lambda c: any("identities" in p for p in c["participants"])
                )
                assert content["count"] == 2
                entry = next(p for p in content["participants"] if p["user_id"] == bob.user_id)
                assert entry["identities"] == [name]
                assert entry["muted"] is False
                await asyncio.sleep(2.5)  # recounts see both
            content = await roster(
                alice, room_id, lambda c: not any("identities" in p for p in c["participants"])
            )
            assert people(content).count(bob.user_id) == 1
        await roster(alice, room_id, lambda c: people(c) == [alice.user_id])

        async def told():
            changes = [c for _, changes in await presence(alice, room_id) for c in changes]
            mine = [action for user_id, action in changes if user_id == bob.user_id]
            return mine if "left" in mine else None

        assert await until(told) == ["joined", "left"]


async def test_a_name_that_nobody_was_given_is_removed(stack, alice, channel):
    """Such as of a token service beside the bridge, that knows no rules."""
    room_id = await channel()
    info = stack.info
    token = (
        api.AccessToken(info.livekit_api_key, info.livekit_api_secret)
        .with_identity(hash_of(["@eve:localhost", "DEV", "m1"]))
        .with_grants(api.VideoGrants(room_join=True, room=livekit_room(room_id)))
        .to_jwt()
    )
    async with in_call(await alice.admission(room_id)) as voice:
        async with in_call({"livekit_url": info.livekit_url, "jwt": token}) as eve:
            await is_cut(eve, 3)
        assert voice.room.isconnected()
        content = await roster(alice, room_id, lambda c: c.get("count") == 1)
        assert people(content) == [alice.user_id]
