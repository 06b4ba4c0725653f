"""Moving people between two rooms' calls, with devices that follow the packet of the bridge."""

import asyncio
import json

import pytest
from livekit import rtc

from tests.e2e.moderation import hears, presence, roster, tells
from tests.e2e.person import until
from tests.e2e.voice import Voice, in_call

pytestmark = pytest.mark.e2e

TOPIC = "io.haos.voice.move"


@pytest.fixture
def kitchen(channel):
    """`await kitchen()`: a second channel, of a name that no test before has used."""

    async def made(settings=None, name="Kitchen"):
        return await channel(settings, name=name)

    return made


def packets_of(voice):
    """The packets of the bridge that arrive at a device, as they come."""
    packets = []

    def arrived(packet):
        if packet.topic == TOPIC:
            assert packet.participant is None, "a participant cannot send what the bridge sends"
            packets.append(json.loads(packet.data))

    voice.room.on("data_received", arrived)
    return packets


async def packet_in(packets):
    async def came():
        return packets

    return (await until(came, 5))[0]


async def moved_lines(person, room_id):
    """The lines that tell a move, once there is one."""

    async def found():
        return [line for line in await presence(person, room_id) if "moved" in line[0]]

    await until(found, 6)
    await asyncio.sleep(2.5)  # another one would come by now
    return await found()


async def test_who_is_moved_is_heard_in_the_other_room_and_both_tell_it_once(
    alice, bob, channel, kitchen, figure
):
    lounge = await channel()
    there = await kitchen()
    theirs, hers = await bob.admission(lounge), await alice.admission(there)
    async with in_call(await alice.admission(lounge)), in_call(hers) as ear:
        async with in_call(theirs) as old:
            packets = packets_of(old)
            await roster(alice, lounge, lambda c: c.get("count") == 2)
            began = asyncio.get_running_loop().time()
            said = await tells(alice, lounge, f"!voice move {bob.user_id} to Kitchen")
            assert said == "Bob is being moved to Kitchen."
            packet = await packet_in(packets)
            took = asyncio.get_running_loop().time() - began
            figure(f"a move reaches the device {took:.2f} s after the command")
            assert packet.keys() == {
                *("room_id", "name", "livekit_url", "jwt", "identity", "call_id"),
                "media_encryption",
            }
            assert packet["media_encryption"] is False
            assert (packet["room_id"], packet["name"]) == (there, "Kitchen")
            assert packet["identity"] == theirs["identity"]
            new = await follow(packet, tone=1000)
            await old.leave()
        try:
            await hears(ear, packet["identity"])
            await roster(alice, there, lambda c: c.get("count") == 2)
            await roster(alice, lounge, lambda c: c.get("count") == 1)
            assert await moved_lines(alice, lounge) == [
                ("Bob was moved to Kitchen.", [(bob.user_id, "moved")])
            ]
            ((text, changes),) = await moved_lines(alice, there)
            assert text.endswith("Bob was moved here from Attic.")
            assert changes[-1] == (bob.user_id, "moved")
            await asyncio.sleep(9)
            assert new.room.isconnected()
        finally:
            await new.leave()


async def follow(packet, tone=None):
    voice = Voice()
    await voice.connect(packet)
    if tone is not None:
        await voice.speak(tone)
    return voice


async def test_who_arrives_and_does_not_leave_is_taken_out_of_the_old_room(
    alice, bob, channel, kitchen
):
    lounge, there = await channel(), await kitchen(name="Cellar")
    async with in_call(await alice.admission(lounge)), in_call(await bob.admission(lounge)) as old:
        packets = packets_of(old)
        await roster(alice, lounge, lambda c: c.get("count") == 2)
        await tells(alice, lounge, f"!voice move {bob.user_id} to {there}")
        async with in_call(await packet_in(packets)) as new:
            await asyncio.sleep(8)
            assert old.room.isconnected(), "it has ten seconds"
            await asyncio.wait_for(old.disconnected.wait(), 6)
            assert old.reason == rtc.DisconnectReason.PARTICIPANT_REMOVED
            assert [line for line, _ in await moved_lines(alice, lounge)] == [
                "Bob was moved to Cellar."
            ]
            assert new.room.isconnected()


async def test_a_move_passes_lock_and_limit_and_reaches_who_is_deafened(
    alice, bob, channel, kitchen
):
    lounge = await channel()
    there = await kitchen({"enabled": True, "locked": True, "user_limit": 1}, name="Den")
    async with in_call(await alice.admission(lounge)), in_call(await alice.admission(there)):
        await tells(alice, lounge, f"!voice deafen {bob.user_id}")
        async with in_call(await bob.admission(lounge)) as old:
            packets = packets_of(old)
            await roster(alice, lounge, lambda c: c.get("count") == 2)
            await tells(alice, lounge, f"!voice move {bob.user_id} to Den")
            async with in_call(await packet_in(packets)) as new:
                await roster(alice, there, lambda c: c.get("count") == 2)
                permissions = new.room.local_participant.permissions
                assert permissions.can_subscribe, "what holds in one room holds only there"


async def test_a_move_that_cannot_be_says_why(alice, bob, person, channel, kitchen):
    cleo = await person("cleo")
    lounge = await channel(members=(bob, cleo))
    there = await kitchen(name="Hall")  # without Cleo
    alias = f"#hall-{there[1:9].lower()}:localhost"
    await alice.request("PUT", "directory", "room", alias, content={"room_id": there})
    async with in_call(await alice.admission(lounge)), in_call(await cleo.admission(lounge)):
        await roster(alice, lounge, lambda c: c.get("count") == 2)
        move = f"!voice move {cleo.user_id}, {bob.user_id} to {alias}"
        assert await tells(alice, lounge, move) == (
            "Cleo cannot be moved: they are no member of Hall. Invite them there first.\n"
            "Bob is not in the call."
        )
        said = await tells(alice, lounge, f"!voice move {cleo.user_id} to #nowhere:localhost")
        assert said == "I know no room “#nowhere:localhost” that both you and I are in."
        await alice.set_state(there, "io.haos.voice.channel", {"enabled": False})

        async def is_off():
            said = await tells(alice, lounge, f"!voice move {alice.user_id} to {there}")
            return "Hall has no voice channel" in said

        await until(is_off)
