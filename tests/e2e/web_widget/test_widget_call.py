"""A call by widget: let in through the room's state, seen by everybody, and gone afterwards."""

import pytest

from tests.e2e.element_call.membership import MEMBER, Membership
from tests.e2e.element_call.told import call_is_over, roster_is
from tests.e2e.person import until
from tests.e2e.voice import in_call

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::ResourceWarning")]

TOKEN = "io.haos.voice.token"


async def test_the_widget_is_let_in_by_the_room_and_both_hear_each_other(
    stack, alice, bob, channel, widget, figure
):
    room_id = await channel()
    hers = await widget(alice, room_id)
    await hers.join()
    identity = f"{alice.user_id}:{alice.device_id}"
    async with in_call(await bob.admission(room_id), tone=1000) as his:
        await hers.hears()

        async def he_hears_her():
            return his.tone_from(identity)[1] > 0

        await until(he_hears_her, 20)
        assert await hers.tile("bob").count() == 1
        await roster_is(alice, room_id, alice, bob, muted=False)
        asked, answered = await handshake(alice, room_id)
        figure(f"answer sealed for {asked['device_id']}: {len(answered['token'])} characters")

        membership = Membership(alice, room_id)
        content = await until(lambda: alice.state(room_id, MEMBER, membership.key))
        assert content == await expected(alice, room_id)
        assert ("set_always_on_screen", {"value": True}) in await hers.actions()
        await hers.leave()
        await until(membership.is_gone, 5)
        assert ("set_always_on_screen", {"value": False}) in await hers.actions()
    await call_is_over(stack, alice, room_id, alice, bob)
    assert hers.refused_by_policy() == []


async def handshake(person, room_id):
    """The request that the person's device sent, and the bot's answer to it."""
    asked = [
        event["content"]
        for event in await person.timeline(room_id)
        if event["type"] == "io.haos.voice.join" and event["sender"] == person.user_id
    ]
    assert len(asked) == 1, asked
    answered = await person.state(room_id, TOKEN, f"_{person.user_id}")
    assert answered["request_id"] == asked[0]["request_id"]
    assert asked[0]["device_id"] == person.device_id
    assert set(asked[0]["public_key"]) == {"kty", "crv", "x", "y"}
    assert answered["token"].count(".") == 4
    return asked[0], answered


async def expected(person, room_id, intent="audio"):
    """What matrix-js-sdk publishes, with the transport that the homeserver advertises."""
    transports = await person.request(
        "GET", "org.matrix.msc4143", "rtc", "transports", version="unstable"
    )
    url = transports["rtc_transports"][0]["livekit_service_url"]
    focus = {"type": "livekit", "livekit_service_url": url, "livekit_alias": room_id}
    return {
        "application": "m.call",
        "call_id": "",
        "scope": "m.room",
        "device_id": person.device_id,
        "membershipID": f"{person.user_id}:{person.device_id}",
        "expires": 14_400_000,
        "m.call.intent": intent,
        "focus_active": {"type": "livekit", "focus_selection": "multi_sfu"},
        "foci_preferred": [focus],
    }
