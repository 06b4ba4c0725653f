"""Who came by a link, as MatrixRTC clients see them: a puppet's membership in the room's state."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from haos_voice_bridge.core.ids import livekit_room
from tests.e2e.moderation import tells
from tests.e2e.person import until
from tests.e2e.test_links import browser, linked, room_path  # noqa: F401
from tests.e2e.voice import in_call

pytestmark = pytest.mark.e2e

MEMBER = "org.matrix.msc3401.call.member"


@pytest.fixture
def visit(linked, browser):  # noqa: F811
    """`page, token = await visit(person, room_id)`: in by a link, and a token for the call."""

    async def opened(person, room_id):
        _, code = await linked(person, room_id)
        page = browser()
        status, session = await page.open(code)
        assert status == 200, session
        status, token = await page.call("POST", f"{room_path(room_id)}/token", {})
        assert status == 200, token
        return page, token

    return opened


def puppet_of(person):
    """`@_voice_dora=3alocalhost:localhost`."""
    return f"@_voice_{person.user_id[1:].replace(':', '=3a')}:localhost"


async def members(person, room_id):
    """The memberships that are not empty, by state key: as events."""
    state = await person.all_state(room_id)
    return {e["state_key"]: e for e in state if e["type"] == MEMBER and e["content"]}


async def shown(person, room_id, count=1, timeout_s=10):
    async def so_many():
        found = await members(person, room_id)
        return found if len(found) == count else None

    return await until(so_many, timeout_s) if count else None


async def nobody_shown(person, room_id, timeout_s):
    async def none():
        return not await members(person, room_id)

    began = time.monotonic()
    await until(none, timeout_s)
    return time.monotonic() - began


async def test_a_puppet_says_that_they_are_in_the_call_and_that_they_left(  # noqa: PLR0917
    stack, person, alice, bob, channel, visit, figure
):
    vera = await person("vera")
    await vera.request(
        "PUT", "profile", vera.user_id, "avatar_url", content={"avatar_url": "mxc://localhost/vera"}
    )
    room_id = await channel(members=(bob, vera))
    _, token = await visit(vera, room_id)
    puppet = puppet_of(vera)
    identity = token["identity"]
    assert identity.startswith(f"{puppet}:LINK")
    device_id = identity.rpartition(":")[2]

    async with in_call(token) as voice:
        began = time.monotonic()
        ((key, event),) = (await shown(alice, room_id)).items()
        figure(f"connected to membership: {time.monotonic() - began:.2f} s")
        assert key == f"_{puppet}_{device_id}_m.call"
        assert event["sender"] == puppet
        assert event["content"] == {
            "application": "m.call",
            "call_id": "",
            "scope": "m.room",
            "device_id": device_id,
            "membershipID": identity,
            "expires": 14_400_000,
            "m.call.intent": "audio",
            "focus_active": {"type": "livekit", "focus_selection": "multi_sfu"},
            "foci_preferred": [
                {
                    "type": "livekit",
                    "livekit_service_url": f"{stack.bridge_url}/livekit/jwt",
                    "livekit_alias": room_id,
                }
            ],
        }
        told = await alice.request(
            "GET", "org.matrix.msc4143", "rtc", "transports", version="unstable"
        )
        assert event["content"]["foci_preferred"][0] == {
            **told["rtc_transports"][0],
            "livekit_alias": room_id,
        }
        profile = await alice.state(room_id, "m.room.member", puppet)
        assert profile["membership"] == "join"
        assert profile["displayname"] == "Vera (link)"
        assert profile["avatar_url"] == "mxc://localhost/vera"

        # The roster, and commands, name the person.
        async def listed():
            roster = await alice.state(room_id, "io.haos.voice.call")
            return (roster or {}).get("participants")

        (entry,) = await until(listed)
        assert (entry["user_id"], entry["device_id"]) == (vera.user_id, device_id)
        assert entry["identities"] == [identity]
        assert not voice.disconnected.is_set()
        assert livekit_room(room_id) == token["livekit_room"]
    took = await nobody_shown(alice, room_id, 10)
    figure(f"hung up to membership gone: {took:.2f} s")

    async def is_out():
        return (await alice.state(room_id, "m.room.member", puppet))["membership"] == "leave"

    await until(is_out)  # with the call, so that it is no member for ever


def participant(token):
    """Somebody in a process of their own, so that they can be killed."""
    script = Path(__file__).parent / "rtc" / "participant.py"
    return asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        token["livekit_url"],
        token["jwt"],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


async def kill(process):
    if process.returncode is None:
        process.kill()
    await process.wait()


async def test_whose_browser_dies_is_gone(person, alice, bob, channel, visit, figure):
    will = await person("will")
    room_id = await channel(members=(bob, will))
    _, token = await visit(will, room_id)
    process = await participant(token)
    try:
        await shown(alice, room_id, timeout_s=30)
        await kill(process)
        figure(f"killed to membership gone: {await nobody_shown(alice, room_id, 30):.1f} s")
    finally:
        await kill(process)


async def test_a_bridge_that_dies_leaves_nobody_behind_and_finds_who_is_still_there(  # noqa: PLR0917
    stack, person, alice, bob, channel, visit, figure
):
    yara, zeno = await person("yara"), await person("zeno")
    room_id = await channel(members=(bob, yara, zeno))
    (_, hers), (_, his) = await visit(yara, room_id), await visit(zeno, room_id)
    async with in_call(hers):
        process = await participant(his)
        try:
            await shown(alice, room_id, 2, timeout_s=30)
            await asyncio.to_thread(stack.bridge.kill)
            await kill(process)
            took = await nobody_shown(alice, room_id, 45)
            figure(f"bridge killed to memberships gone: {took:.1f} s")
        finally:
            await asyncio.to_thread(stack.bridge.start)
            await kill(process)
        began = time.monotonic()
        (event,) = (await shown(alice, room_id, timeout_s=20)).values()
        figure(f"bridge back to the membership of who is there: {time.monotonic() - began:.1f} s")
        assert event["sender"] == puppet_of(yara)
    await nobody_shown(alice, room_id, 40)  # he may be waited for


async def test_who_puts_the_puppet_out_puts_out_whom_it_shows(
    person, alice, bob, channel, visit, figure
):
    xenia = await person("xenia")
    room_id = await channel(members=(bob, xenia))
    puppet = puppet_of(xenia)
    page, token = await visit(xenia, room_id)
    async with in_call(token) as voice, in_call(await xenia.admission(room_id)) as client:
        await shown(alice, room_id)
        began = time.monotonic()
        await alice.kick(room_id, puppet)
        await asyncio.wait_for(voice.disconnected.wait(), 10)
        figure(f"puppet kicked to connection ended: {time.monotonic() - began:.2f} s")
        assert not client.disconnected.is_set(), "her own client is no puppet"
        await nobody_shown(alice, room_id, 10)

    # Not banned: a new token lets her in again. A command reaches her by the puppet's name, too.
    status, token = await page.call("POST", f"{room_path(room_id)}/token", {})
    assert (status, token["identity"].startswith(puppet)) == (200, True)
    async with in_call(token) as voice:
        await shown(alice, room_id)
        assert await tells(alice, room_id, f"!voice kick {puppet}") == (
            "Xenia was removed from the call."
        )
        await asyncio.wait_for(voice.disconnected.wait(), 10)
        await nobody_shown(alice, room_id, 10)

    await alice.ban(room_id, puppet)
    status, error = await page.call("POST", f"{room_path(room_id)}/token", {})
    assert (status, error["io.haos.voice.code"]) == (403, "BANNED")


async def test_where_a_puppet_is_not_possible_the_call_works_all_the_same(
    stack, person, alice, bob, channel, visit
):
    quinn = await person("quinn")
    own = f"{quinn.user_id}:LINK"
    room_id = await channel(members=(bob, quinn))
    levels = await alice.state(room_id, "m.room.power_levels")
    await alice.set_state(room_id, "m.room.power_levels", {**levels, "invite": 101})
    page, token = await visit(quinn, room_id)
    assert token["identity"].startswith(own)
    async with in_call(token):

        async def listed():
            roster = await alice.state(room_id, "io.haos.voice.call")
            return (roster or {}).get("count") == 1

        await until(listed)
        assert await members(alice, room_id) == {}
    log = (stack.data / "bridge" / "bridge.log").read_text()
    why = "the bot may not invite there: it takes power level 101"
    assert log.count(f"not shown to MatrixRTC clients in {room_id}: {why}") == 1

    await alice.set_state(room_id, "m.room.power_levels", levels)
    other = f"{room_path(room_id)}/token"
    assert (await page.call("POST", other, {}))[1]["identity"].startswith(puppet_of(quinn))
    await alice.set_state(room_id, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})

    async def is_barred():
        said = {"media_encryption": True}  # a link has no keys, whatever it says
        status, answer = await page.call("POST", other, said)
        return (status, answer.get("io.haos.voice.code")) == (403, "ENCRYPTED")

    await until(is_barred, every_s=0.5)
    in_clear = {"enabled": True, "media_encryption": False}
    await alice.set_state(room_id, "io.haos.voice.channel", in_clear)

    async def has_none():
        _, answer = await page.call("POST", other, {})
        return answer.get("identity", "").startswith(own) and not answer["media_encryption"]

    await until(has_none, every_s=0.5)
