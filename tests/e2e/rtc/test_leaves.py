"""Leaves that are handed over, on real delayed events (MSC4140) and real participants."""

import asyncio
import os
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from redis.asyncio import Redis

from tests.e2e.person import until
from tests.e2e.rtc.conftest import COMMAND, ORIGINAL
from tests.redis_server import free_port

pytestmark = pytest.mark.e2e

MEMBER = "org.matrix.msc3401.call.member"
DELAY_MS = 4_000
PARTICIPANT = str(Path(__file__).with_name("participant.py"))
ours = pytest.mark.skipif(ORIGINAL, reason="where we do better than the original")


class Membership:
    """Alice's membership in a call (MatrixRTC, state event), with a delayed leave behind it."""

    def __init__(self, person, room_id, delay_id, key):
        self.person = person
        self.room_id = room_id
        self.delay_id = delay_id
        self.key = key

    async def is_there(self):
        return bool(await self.person.state(self.room_id, MEMBER, self.key))

    async def is_gone(self):
        return not await self.is_there()


class Scheduler:
    """Delayed leaves, as a client makes and cancels them."""

    def __init__(self, http, homeserver_url):
        self._http = http
        self._url = f"{homeserver_url}/_matrix/client"

    async def __call__(self, membership, delay_ms):
        parts = ("rooms", membership.room_id, "state", MEMBER, membership.key)
        url = f"{self._url}/v3/" + "/".join(quote(part, safe="") for part in parts)
        headers = {"Authorization": f"Bearer {membership.person._token}"}
        query = {"org.matrix.msc4140.delay": str(delay_ms)}
        async with self._http.put(url, params=query, json={}, headers=headers) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer["delay_id"]

    async def cancel(self, delay_id):
        path = f"unstable/org.matrix.msc4140/delayed_events/{delay_id}/cancel"
        async with self._http.post(f"{self._url}/{path}", json={}) as response:
            assert response.status == 200, await response.text()


@pytest.fixture
def schedule(servers, http):
    return Scheduler(http, servers.homeserver_url)


@pytest.fixture
def joined(schedule):
    """`await joined(person)`: a room, and a membership in its call that is left in DELAY_MS."""

    async def made(person, delay_ms=DELAY_MS):
        room_id = await person.create_room()
        key = f"_{person.user_id}_DEV_m.call"
        content = {
            "application": "m.call",
            "call_id": "",
            "scope": "m.room",
            "device_id": "DEV",
            "expires": 14_400_000,
            "focus_active": {"type": "livekit", "focus_selection": "multi_sfu"},
            "foci_preferred": [],
        }
        membership = Membership(person, room_id, "", key)
        membership.delay_id = await schedule(membership, delay_ms)
        await person.set_state(room_id, MEMBER, content, key)
        return membership

    return made


@pytest.fixture
def token(http, openid):
    """`await token(service, membership)`: what `/sfu/get` answers; the leave is handed over."""

    async def asked(service, membership, timeout_ms=DELAY_MS):
        body = {
            "room": membership.room_id,
            "openid_token": await openid(membership.person),
            "device_id": "DEV",
            "delay_id": membership.delay_id,
            "delay_timeout": timeout_ms,
        }
        async with http.post(f"{service.url}/sfu/get", json=body) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer

    return asked


@asynccontextmanager
async def participant(admission):
    """A process in the call; ended by `kill`, or politely by closing its input."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        PARTICIPANT,
        admission["url"],
        admission["jwt"],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert await asyncio.wait_for(process.stdout.readline(), 15) == b"connected\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def stays(membership, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert await membership.is_there()
        await asyncio.sleep(0.25)


async def test_a_leave_that_nobody_took_over_happens_by_itself(alice, joined):
    """The ground that all of this stands on."""
    membership = await joined(alice, 1_000)
    assert await membership.is_there()
    await until(membership.is_gone, 5)


async def test_a_membership_lives_as_long_as_the_connection_and_no_longer(
    servers, service, alice, joined, token, figure
):
    one = service()
    membership = await joined(alice)
    async with participant(await token(one, membership)) as process:
        await stays(membership, 2.5 * DELAY_MS / 1000)
        began = time.monotonic()
        process.stdin.close()
        await until(membership.is_gone, 3)
        figure(f"a polite leave is in the room {time.monotonic() - began:.2f} s later")


async def test_a_hard_disconnect_empties_the_membership(service, alice, joined, token, figure):
    one = service()
    membership = await joined(alice, 120_000)
    async with participant(await token(one, membership, 120_000)) as process:
        await stays(membership, 1)
        began = time.monotonic()
        process.kill()
        await until(membership.is_gone, 60)
        waited = time.monotonic() - began
    figure(f"after a crash the membership is empty {waited:.1f} s later (its delay: 120 s)")


async def test_who_never_connects_is_out_when_the_delay_is_over(service, alice, joined, token):
    one = service()
    membership = await joined(alice)
    await token(one, membership)
    await stays(membership, DELAY_MS / 1000 - 1)
    await until(membership.is_gone, 4)


async def test_a_kill_in_the_middle_loses_no_job(service, alice, joined, token, redis_url):
    one = service(LIVEKIT_REDIS_URL=redis_url)
    delay_ms = 2 * DELAY_MS  # a start takes some seconds where much else goes on
    membership = await joined(alice, delay_ms)
    async with participant(await token(one, membership, delay_ms)) as process:
        await stays(membership, 1.5)
        one.kill()
        await asyncio.to_thread(one.start)
        await stays(membership, 1.5 * delay_ms / 1000)
        process.stdin.close()
        await until(membership.is_gone, 3)
    async with Redis.from_url(redis_url) as client:

        async def is_empty():
            return await client.hlen("lk-jwt:jobs") == 0

        await until(is_empty, 5)


@ours
async def test_who_left_while_the_service_was_down_is_out_at_its_start(
    service, alice, joined, token, redis_url
):
    one = service(LIVEKIT_REDIS_URL=redis_url)
    membership = await joined(alice, 120_000)
    async with participant(await token(one, membership, 120_000)) as process:
        await asyncio.sleep(1)
        assert one.stop() == 0
        process.stdin.close()
        await process.wait()
        assert await membership.is_there()
        await asyncio.to_thread(one.start)
        await until(membership.is_gone, 5)


@ours
async def test_a_lost_webhook_is_made_up_for(service, alice, joined, token):
    # On another port, where LiveKit's webhooks do not go.
    one = service(port=free_port(), LIVEKIT_SANITY_CHECK_INTERVAL_SECONDS="1")
    membership = await joined(alice)
    async with participant(await token(one, membership)) as process:
        await stays(membership, 1.5 * DELAY_MS / 1000)
        process.stdin.close()
        await until(membership.is_gone, 3)


async def test_a_hashed_identity_hands_over_after_it_connected(
    service, http, alice, joined, openid
):
    one = service()
    membership = await joined(alice)
    body = {
        "room_id": membership.room_id,
        "slot_id": "m.call#ROOM",
        "openid_token": await openid(alice),
        "member": {"id": "m1", "claimed_user_id": alice.user_id, "claimed_device_id": "DEV"},
    }
    async with http.post(f"{one.url}/get_token", json=body) as response:
        admission = await response.json()
    async with participant(admission) as process:
        body |= {"delay_id": membership.delay_id, "delay_timeout": DELAY_MS}
        async with http.post(f"{one.url}/delegate_delayed_leave", json=body) as response:
            assert (response.status, await response.json()) == (200, {})
        await stays(membership, 2 * DELAY_MS / 1000)
        process.stdin.close()
        await until(membership.is_gone, 3)


async def test_a_job_that_comes_second_replaces_the_first(service, alice, joined, token, schedule):
    one = service()
    membership = await joined(alice)
    async with participant(await token(one, membership)) as process:
        await stays(membership, 1)
        # The client makes another leave, and hands that over; the first one it cancels.
        first = membership.delay_id
        membership.delay_id = await schedule(membership, DELAY_MS)
        await token(one, membership)
        await schedule.cancel(first)
        await stays(membership, 2 * DELAY_MS / 1000)
        process.stdin.close()
        await until(membership.is_gone, 3)


@pytest.mark.skipif("LK_JWT_SERVICE" not in os.environ, reason="LK_JWT_SERVICE is not set")
@pytest.mark.parametrize("first", ["ours", "theirs"])
async def test_ours_and_the_original_take_over_each_others_jobs(
    service, alice, joined, token, redis_url, first
):
    commands = {"ours": COMMAND, "theirs": [os.environ["LK_JWT_SERVICE"]]}
    (second,) = set(commands) - {first}
    one = service(LIVEKIT_REDIS_URL=redis_url)
    one.stop()
    one.command = commands[first]
    await asyncio.to_thread(one.start)
    # Long enough for a start of ours, at any moment between two restarts of the delay.
    membership = await joined(alice, 10_000)
    async with participant(await token(one, membership, 10_000)) as process:
        await stays(membership, 1.5)
        for which in (second, first, second):
            one.kill()
            one.command = commands[which]
            await asyncio.to_thread(one.start)
            await stays(membership, 12)
        process.stdin.close()
        await until(membership.is_gone, 3)
