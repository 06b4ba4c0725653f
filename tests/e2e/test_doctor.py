"""`!voice doctor`, `rooms` and `drain` on the real servers, and the checkup by command line."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from tests.e2e.person import Refused, until
from tests.e2e.voice import in_call

pytestmark = pytest.mark.e2e


@pytest.fixture
async def ada(person):
    """The bridge's admin."""
    return await person("ada")


async def told(person, room_id, line):
    said = await person.say(room_id, line)
    return await person.reply_to(room_id, said, timeout_s=20)


def by_command(stack):
    argv = [sys.executable, "-m", "haos_voice_bridge", "-c", "config.yaml", "doctor"]
    folder = stack.data / "bridge"
    return subprocess.run(
        argv, cwd=folder, capture_output=True, text=True, check=False, timeout=60, env=os.environ
    )


async def test_all_is_well_in_a_call_and_the_doctor_says_so(stack, ada, bob, channel, figure):
    room_id = await channel(members=(bob, ada))
    async with in_call(await bob.admission(room_id)):

        async def bob_in():
            return (await ada.state(room_id, "io.haos.voice.call") or {}).get("count") == 1

        await until(bob_in)
        text = await told(ada, room_id, "!voice doctor")
        figure(text)
        for part in (
            "ok: The homeserver answers in",
            "ok: The homeserver reaches the bridge",
            "ok: The homeserver's clock agrees",
            "ok: LiveKit answers and takes the key in",
            "ok: LiveKit opens rooms for the bridge only.",
            "ok: LiveKit's webhooks arrive. The last came",
            "ok: LiveKit's clock agrees",
            "ok: Database (SQLite): answers in",
        ):
            assert part in text
        assert "error:" not in text, "a line of its own for each error"
        assert "127.0.0.1" not in text, "a room is not told addresses"
        run = await asyncio.to_thread(by_command, stack)
        assert run.returncode == 0, run.stdout + run.stderr
        assert "ok       LiveKit answers" in run.stdout


async def test_the_doctor_sees_what_is_wrong_with_livekit(stack, ada, bob, channel):
    room_id = await channel(members=(bob, ada))
    path = stack.data / "livekit" / "livekit.yaml"
    right = path.read_text()
    wrong = json.loads(right)
    wrong["room"]["auto_create"] = True
    await asyncio.to_thread(stack.livekit.stop)
    try:
        text = await told(ada, room_id, "!voice doctor")
        assert "error: LiveKit does not answer. Is it running?" in text
        assert "ok: The homeserver answers" in text
        run = await asyncio.to_thread(by_command, stack)
        assert run.returncode == 1
        assert "error    LiveKit does not answer." in run.stdout
        path.write_text(json.dumps(wrong))
        await asyncio.to_thread(stack.livekit.start)
        text = await told(ada, room_id, "!voice doctor")
        assert "error: LiveKit opens a room for every token (room.auto_create)." in text
    finally:
        await asyncio.to_thread(stack.livekit.stop)
        path.write_text(right)
        await asyncio.to_thread(stack.livekit.start)


async def test_the_doctor_misses_webhooks_that_go_elsewhere(stack, ada, bob, channel):
    """A call that began a while ago, and no news of it: as the database would tell."""
    room_id = await channel(members=(bob, ada))
    path = stack.data / "livekit" / "livekit.yaml"
    right = path.read_text()
    wrong = json.loads(right)
    wrong["webhook"]["urls"] = [f"{stack.bridge_url}/nowhere"]
    await asyncio.to_thread(stack.livekit.stop)
    path.write_text(json.dumps(wrong))
    await asyncio.to_thread(stack.livekit.start)
    await asyncio.sleep(11)  # the last news of the LiveKit before must not count as this call's
    try:
        async with in_call(await ada.admission(room_id)):
            await asyncio.sleep(63)
            text = await told(ada, room_id, "!voice doctor")
            assert "warning: LiveKit's webhooks do not arrive" in text
            assert "webhook.urls" in text
    finally:
        await asyncio.to_thread(stack.livekit.stop)
        path.write_text(right)
        await asyncio.to_thread(stack.livekit.start)


async def test_rooms_lists_this_one_and_only_for_admins(ada, bob, channel):
    room_id = await channel(members=(bob, ada))
    text = await told(ada, room_id, "!voice rooms")
    assert text.startswith("Rooms: ")
    for line in ("rooms", "doctor", "drain on"):
        assert "the role “admin”" in await told(bob, room_id, f"!voice {line}")


async def test_drained_a_call_goes_on_and_nobody_new_comes_in(stack, ada, bob, channel):
    room_id, other = await channel(members=(bob, ada)), await channel(members=(bob, ada))
    async with in_call(await bob.admission(room_id)) as his:

        async def bob_in():
            return (await ada.state(room_id, "io.haos.voice.call") or {}).get("count") == 1

        await until(bob_in)
        assert "with 1 in " in await told(ada, other, "!voice drain on")
        try:
            for place in (room_id, other):
                with pytest.raises(Refused) as caught:
                    await ada.admission(place)
                assert caught.value.code == "SFU_UNAVAILABLE"
                assert "maintenance" in str(caught.value)
                assert caught.value.error["retry_after_ms"] == 60_000
            await asyncio.to_thread(stack.bridge.restart)
            assert "paused" in await told(ada, room_id, "!voice drain")
            with pytest.raises(Refused):
                await ada.admission(room_id)
            assert his.room.isconnected()
        finally:
            assert "open to everybody" in await told(ada, other, "!voice drain off")
        assert (await ada.admission(room_id))["jwt"]
