"""`!voice echo`: one's own voice comes back, and only to oneself."""

import asyncio
from pathlib import Path

import pytest
from livekit import api

from haos_voice_bridge.core.echo import echo_identity
from haos_voice_bridge.core.ids import livekit_room
from tests.e2e.history import history_of
from tests.e2e.person import until
from tests.e2e.voice import in_call

pytestmark = pytest.mark.e2e


def echoes_of(bridge_pid=None):
    """The pids of echo tests, of one bridge or (None) of all."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if b"haos_voice_bridge.media.echo" in words and bridge_pid in (None, parent):
            found.append(int(folder.name))
    return found


async def on_the_sfu(stack, http, room_id):
    """Identity → participant, as LiveKit lists them."""
    info = stack.info
    url = info.livekit_url.replace("ws", "http", 1)
    rooms = api.LiveKitAPI(url, info.livekit_api_key, info.livekit_api_secret, session=http).room
    answer = await rooms.list_participants(api.ListParticipantsRequest(room=livekit_room(room_id)))
    return {participant.identity: participant for participant in answer.participants}


async def roster_of(person, room_id):
    roster = await person.state(room_id, "io.haos.voice.call")
    return sorted(p["user_id"] for p in (roster or {}).get("participants", []))


async def test_a_voice_comes_back_after_two_seconds_to_its_owner_alone(
    stack, http, alice, bob, channel, figure
):
    room_id = await channel()
    echo = echo_identity(room_id, bob.user_id)
    async with (
        in_call(await alice.admission(room_id)) as hers,
        in_call(await bob.admission(room_id)) as his,
    ):

        async def both_in():
            return await roster_of(alice, room_id) == [alice.user_id, bob.user_id]

        await until(both_in)
        said = await bob.say(room_id, "!voice echo")
        assert "2 seconds later" in await bob.reply_to(room_id, said, timeout_s=20)
        await his.speak(440)

        async def he_hears_himself():
            tone = his.tone_from(echo)
            return tone if tone[1] > 0.5 else None

        frequency, share = await until(he_hears_himself, 20)
        assert frequency == pytest.approx(440, abs=10)
        hushed = his.hush()
        await asyncio.sleep(4)
        delay = his.loud_at[echo] - hushed
        figure(f"echo: {frequency:.0f} Hz back ({share:.0%} of the energy) after {delay:.2f} s")
        assert 1.5 < delay < 6  # two seconds, and what a busy machine adds

        assert echo not in hers.heard, "nobody else hears it"
        assert not hers.is_subscribed_to(echo)
        assert f"{bob.user_id}:{bob.device_id}" in hers.heard, "but she hears him"
        seen = await on_the_sfu(stack, http, room_id)
        assert seen[echo].kind == api.ParticipantInfo.Kind.AGENT
        assert seen[echo].name == "Echo test"
        assert await roster_of(alice, room_id) == [alice.user_id, bob.user_id]

        again = await bob.say(room_id, "!voice echo")
        assert "runs already" in await bob.reply_to(room_id, again)
        assert len(echoes_of(stack.bridge.pid)) == 1
        stop = await bob.say(room_id, "!voice echo stop")
        assert "is off" in await bob.reply_to(room_id, stop)

        async def gone():
            left = echo not in await on_the_sfu(stack, http, room_id)
            return left and not echoes_of(stack.bridge.pid)

        await until(gone, 10)

    async def recorded():
        calls, stays = await asyncio.to_thread(history_of, stack, room_id)
        return (calls, stays) if calls else None

    calls, stays = await until(recorded, 15)
    assert calls[0][2] == 2, "the peak"
    assert sorted(user_id for user_id, _ in stays) == [alice.user_id, bob.user_id]
    assert echo not in str(await alice.timeline(room_id))


async def test_it_takes_being_in_the_call(bob, channel):
    room_id = await channel()
    said = await bob.say(room_id, "!voice echo")
    assert "Join the call first" in await bob.reply_to(room_id, said)


async def test_it_ends_when_its_listener_leaves(stack, alice, bob, channel):
    room_id = await channel()
    async with in_call(await alice.admission(room_id)):
        async with in_call(await bob.admission(room_id), tone=440):

            async def bob_in():
                return bob.user_id in await roster_of(alice, room_id)

            await until(bob_in)
            said = await bob.say(room_id, "!voice echo")
            assert "2 seconds later" in await bob.reply_to(room_id, said, timeout_s=20)
            assert len(echoes_of(stack.bridge.pid)) == 1

        async def gone():
            return not echoes_of(stack.bridge.pid)

        await until(gone, 5)


async def test_a_bridge_that_dies_takes_its_echo_tests_along(stack, http, bob, channel):
    room_id = await channel()
    echo = echo_identity(room_id, bob.user_id)
    async with in_call(await bob.admission(room_id), tone=440):

        async def bob_in():
            return bob.user_id in await roster_of(bob, room_id)

        await until(bob_in)
        for end in (stack.bridge.kill, stack.bridge.stop):
            said = await bob.say(room_id, "!voice echo")
            assert "2 seconds later" in await bob.reply_to(room_id, said, timeout_s=20)
            (pid,) = echoes_of(stack.bridge.pid)
            await asyncio.to_thread(end)
            try:

                async def gone(pid=pid):
                    left = echo not in await on_the_sfu(stack, http, room_id)
                    return left and pid not in echoes_of()

                await until(gone, 8)
            finally:
                await asyncio.to_thread(stack.bridge.start)
        await asyncio.sleep(2)
        assert echoes_of(stack.bridge.pid) == [], "nor does a restart bring one back"
