"""What moderators do to people in a call, by what real devices send and receive."""

import asyncio
from contextlib import suppress

import pytest
from livekit import rtc
from livekit.rtc.participant import PublishTrackError

from tests.e2e.moderation import (
    arriving,
    falls_silent,
    hears,
    may,
    presence,
    roster,
    tells,
)
from tests.e2e.person import Refused, until
from tests.e2e.voice import in_call

pytestmark = pytest.mark.e2e

MICROPHONE = rtc.TrackSource.SOURCE_MICROPHONE


def entry_of(content, user_id):
    return next((p for p in content.get("participants", ()) if p["user_id"] == user_id), {})


async def test_who_is_muted_is_silent_until_unmuted_and_publishing_again(
    alice, bob, channel, figure
):
    room_id = await channel()
    hers, theirs = await alice.admission(room_id), await bob.admission(room_id)
    async with in_call(hers) as ear, in_call(theirs, tone=1000) as mouth:
        await hears(ear, theirs["identity"])
        assert await tells(alice, room_id, f"!voice mute {bob.user_id}") == "Bob is muted."
        await falls_silent(ear, theirs["identity"])
        content = await roster(
            alice, room_id, lambda c: entry_of(c, bob.user_id).get("server_muted")
        )
        assert "server_muted" not in entry_of(content, alice.user_id)
        with pytest.raises((PublishTrackError, TimeoutError)):
            await asyncio.wait_for(mouth.speak(700), 15)
        assert await arriving(ear, theirs["identity"]) == 0

        said = await tells(alice, room_id, f"!voice unmute {bob.user_id}")
        assert said.startswith("Bob is not muted any more.")
        await may(mouth, MICROPHONE)
        assert await arriving(ear, theirs["identity"], 1.5) == 0, "the user's own act is missing"
        await mouth.speak(1000)
        await hears(ear, theirs["identity"])
        await roster(alice, room_id, lambda c: "server_muted" not in entry_of(c, bob.user_id))


async def test_who_is_muted_and_connects_again_stays_muted(alice, bob, channel):
    room_id = await channel()
    hers, first = await alice.admission(room_id), await bob.admission(room_id)
    async with in_call(hers) as ear:
        old = await bob.admission(room_id)
        async with in_call(first, tone=1000):
            await hears(ear, first["identity"])
            await tells(alice, room_id, f"!voice mute {bob.user_id}")
            await falls_silent(ear, first["identity"])
        async with in_call(old) as mouth:  # a token from before: cut at the door
            with suppress(PublishTrackError):  # the SFU is silent if it was cut before this
                await asyncio.wait_for(mouth.speak(1000), 15)
            await falls_silent(ear, old["identity"])
        new = await bob.admission(room_id)
        async with in_call(new) as mouth:
            sources = mouth.room.local_participant.permissions.can_publish_sources
            assert MICROPHONE not in sources
            assert len(sources) == 3, "a camera and a screen stay allowed"
        tablet = await bob.admission(room_id, device_id="TABLET")
        async with in_call(tablet) as mouth:
            sources = mouth.room.local_participant.permissions.can_publish_sources
            assert MICROPHONE not in sources, "it holds for the person, not for the device"


async def test_who_is_deafened_receives_nothing_and_is_not_heard(alice, bob, channel):
    room_id = await channel()
    hers, theirs = await alice.admission(room_id), await bob.admission(room_id)
    async with in_call(hers, tone=440) as her, in_call(theirs, tone=1000) as him:
        await hears(her, theirs["identity"])
        await hears(him, hers["identity"])
        said = await tells(alice, room_id, f"!voice deafen {bob.user_id}")
        assert said == "Bob is deafened: they hear nobody, and nobody hears them."
        await falls_silent(him, hers["identity"])
        await falls_silent(her, theirs["identity"])
        await roster(alice, room_id, lambda c: entry_of(c, bob.user_id).get("server_deafened"))
        await asyncio.sleep(8)  # LiveKit gives up on subscriptions after a while: they come back

        await tells(alice, room_id, f"!voice undeafen {bob.user_id}")
        await hears(him, hers["identity"])
        await may(him, MICROPHONE)
        await him.speak(1000)
        await hears(her, theirs["identity"])


async def test_who_was_deafened_ahead_hears_nothing_from_the_start_and_then_all(
    alice, bob, channel
):
    room_id = await channel()
    hers = await alice.admission(room_id)
    async with in_call(hers, tone=440):
        said = await tells(alice, room_id, f"!voice deafen {bob.user_id}")
        assert said == "Bob is not in the call, and will be deafened once there."
        async with in_call(await bob.admission(room_id)) as him:
            assert await arriving(him, hers["identity"], 2) == 0
            await tells(alice, room_id, f"!voice undeafen {bob.user_id}")
            await hears(him, hers["identity"])


async def test_who_is_kicked_is_out_at_once_and_may_ask_again(alice, bob, channel):
    room_id = await channel()
    hers, theirs = await alice.admission(room_id), await bob.admission(room_id)
    async with in_call(hers):
        async with in_call(theirs) as phone:
            tablet_token = await bob.admission(room_id, device_id="TABLET")
            unused = await bob.admission(room_id, device_id="LAPTOP")
            async with in_call(tablet_token) as tablet:
                await roster(alice, room_id, lambda c: c.get("count") == 3)
                packets = []
                phone.room.on("data_received", packets.append)
                said = await tells(alice, room_id, f"!voice kick {bob.user_id}")
                assert said == "Bob was removed from the call."
                await asyncio.wait_for(phone.disconnected.wait(), 5)
                told = [(packet.topic, packet.participant, packet.data) for packet in packets]
                assert told == [("io.haos.voice.removed", None, b'{"by": "Alice"}')]
                await asyncio.wait_for(tablet.disconnected.wait(), 5)
                assert phone.reason == rtc.DisconnectReason.PARTICIPANT_REMOVED
        async with in_call(unused) as laptop:
            await asyncio.wait_for(laptop.disconnected.wait(), 5)
        await roster(alice, room_id, lambda c: c.get("count") == 1)

        async def is_told():
            return [one for one in await presence(bob, room_id) if "was removed" in one[0]]

        ((_, changes),) = await until(is_told)
        # One line may tell of the last to come, too.
        assert [one for one in changes if one[1] != "joined"] == [(bob.user_id, "removed")] * 2
        async with in_call(await bob.admission(room_id)) as again:
            await roster(alice, room_id, lambda c: c.get("count") == 2)
            await asyncio.sleep(6)  # a recount
            assert again.room.isconnected()
        said = await tells(alice, room_id, f"!voice kick {bob.user_id}")
        assert said in ("Bob is not in the call.", "Bob was removed from the call.")


async def test_one_answer_says_what_became_of_whom(alice, bob, person, channel, stack):
    cleo = await person("cleo")
    room_id = await channel(members=(bob, cleo))
    levels = await alice.state(room_id, "m.room.power_levels")
    levels["users"] |= {bob.user_id: 50, cleo.user_id: 50}
    await alice.set_state(room_id, "m.room.power_levels", levels)
    said = await tells(bob, room_id, f"!voice mute {cleo.user_id} {bob.user_id} {alice.user_id}")
    assert said == (
        "Cleo is out of your reach: it takes a power level above theirs, which is 50, and yours "
        "is 50.\nBob is not in the call, and will be muted once there.\n"
        "Alice is out of your reach: nobody stands above who created the room."
    )
    bot = stack.info.bot_user_id
    assert "I run the calls" in await tells(alice, room_id, f"!voice kick {bot}")
    assert "Nobody in this room is called “nobody”" in await tells(
        alice, room_id, "!voice mute nobody"
    )


async def test_a_lock_and_a_limit_hold_for_newcomers_and_not_for_moderators(
    alice, bob, person, channel
):
    cleo = await person("cleo")
    room_id = await channel(members=(bob, cleo))
    async with in_call(await bob.admission(room_id)) as inside:
        held = await cleo.admission(room_id)
        await tells(alice, room_id, "!voice lock")
        await refused_with(cleo, room_id, "LOCKED", device_id="SECOND")
        async with in_call(await alice.admission(room_id)), in_call(held):
            await roster(alice, room_id, lambda c: c.get("count") == 3)
            assert inside.room.isconnected(), "who is in the call stays"
        await tells(alice, room_id, "!voice unlock")
        await roster(alice, room_id, lambda c: c.get("count") == 1)

        await tells(alice, room_id, "!voice limit 1")
        assert str(await refused_with(cleo, room_id, "FULL")) == "Attic is full (1 of 1)."
        async with in_call(await alice.admission(room_id)):
            await roster(alice, room_id, lambda c: c.get("count") == 2)
        await tells(alice, room_id, "!voice limit off")
        async with in_call(await cleo.admission(room_id)):
            await roster(alice, room_id, lambda c: c.get("count") == 2)
        assert inside.room.isconnected()


async def refused_with(person, room_id, code, **options):
    """Ask until the bridge has heard of the new setting; its refusal."""

    async def refusal():
        try:
            await person.admission(room_id, **options)
        except Refused as refused:
            return refused if refused.code == code else None
        return None

    return await until(refusal, 5, 0.5)
