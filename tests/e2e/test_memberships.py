"""MatrixRTC memberships on real servers: ghosts, calls of Element's users alone, their rings."""

import asyncio
import time
import uuid

import pytest

from tests.e2e.history import history_of
from tests.e2e.person import until
from tests.e2e.test_ringing import card, card_becomes, is_over
from tests.e2e.voice import in_call
from tests.fakes.memberships import STATE, STICKY, THEIRS, state_content, state_key, sticky_content

pytestmark = pytest.mark.e2e

RING = "org.matrix.msc4075.rtc.notification"
DECLINE = "org.matrix.msc4310.rtc.decline"
PER_DEVICE_KEYS = "org.matrix.msc3757.11"
"""A room version in which `@user:server_DEVICE` is a key of that user's (MSC3757)."""


class Client:
    """What Element Call does with events, for one device of a person."""

    def __init__(self, stack, http, person, room_id, device):
        self._http = http
        self.person, self.room_id, self.device = person, room_id, device
        self.ours = f"{stack.bridge_url}/livekit/jwt"
        self.key = state_key(person.user_id, device)

    async def says(self, focus=THEIRS, key=None, **changes):
        content = state_content(self.device, focus, **changes)
        return await self.person.set_state(self.room_id, STATE, content, key or self.key)

    async def unsays(self):
        await self.person.set_state(self.room_id, STATE, {}, self.key)

    async def says_stickily(self, focus=THEIRS, lasts_ms=3_600_000, member="m1"):
        content = sticky_content(self.person.user_id, self.device, focus, member)
        path = ("rooms", self.room_id, "send", STICKY, uuid.uuid4().hex)
        query = {"org.matrix.msc4354.sticky_duration_ms": str(lasts_ms)}
        return (await self.person.request("PUT", *path, content=content, **query))["event_id"]

    async def rings(self, member, *people):
        content = {
            "notification_type": "ring",
            "m.mentions": {"user_ids": [person.user_id for person in people]},
            "m.relates_to": {"rel_type": "m.reference", "event_id": member},
            "sender_ts": round(time.time() * 1000),
            "lifetime": 30_000,
        }
        return await self.person.send(self.room_id, RING, content)

    async def admission(self):
        """By a hashed identity, as in the mode `matrix_2_0`."""
        user_id = self.person.user_id
        token_path = ("user", user_id, "openid", "request_token")
        body = {
            "room_id": self.room_id,
            "slot_id": "m.call#ROOM",
            "openid_token": await self.person.request("POST", *token_path, content={}),
            "member": {"id": "m1", "claimed_user_id": user_id, "claimed_device_id": self.device},
        }
        async with self._http.post(f"{self.ours}/get_token", json=body) as response:
            answer = await response.json()
            return {"livekit_url": answer["url"], "jwt": answer["jwt"]}

    async def event(self, key=None):
        path = ("rooms", self.room_id, "state", STATE, key or self.key)
        return await self.person.request("GET", *path, format="event")


@pytest.fixture
def client(stack, http):
    def made(person, room_id, device="DEV"):
        return Client(stack, http, person, room_id, device)

    return made


async def roster(person, room_id):
    """Who the room shows in the call; those who publish elsewhere are marked by a star."""
    content = await person.state(room_id, "io.haos.voice.call") or {}
    people = content.get("participants", [])
    assert content.get("count", 0) == len(people)
    return sorted(p["user_id"] + "*" * p.get("elsewhere", False) for p in people)


async def roster_becomes(person, room_id, *expected, timeout_s=10):
    async def matches():
        return await roster(person, room_id) == sorted(expected)

    await until(matches, timeout_s)


@pytest.fixture
async def cleo(person):
    return await person("cleo")


async def test_ghosts_are_cleared_and_nobody_who_is_there(
    alice, bob, cleo, channel, client, figure
):
    """All at once, as each takes half a minute."""
    room_id = await channel(members=(bob, cleo))
    odd_room = await channel(room_version=PER_DEVICE_KEYS)
    plain_room = await channel(room_version="11")
    ghost, live = client(bob, room_id, "GHOST"), client(bob, room_id, bob.device_id)
    slow, far = client(alice, room_id, alice.device_id), client(cleo, room_id)
    owned, mine = client(bob, odd_room), client(alice, plain_room)
    sticky, named_otherwise = client(cleo, room_id, "STICKY"), client(bob, room_id, "HASHED")
    by_hash = in_call(await named_otherwise.admission())
    async with in_call(await bob.admission(room_id)), by_hash:
        began = time.monotonic()
        await ghost.says(ghost.ours)
        await asyncio.gather(live.says(live.ours), slow.says(slow.ours), far.says())
        await named_otherwise.says(named_otherwise.ours)
        await sticky.says_stickily(sticky.ours)
        await owned.says(owned.ours, key=f"{bob.user_id}_DEV_m.call")
        await mine.says(mine.ours, key=alice.user_id)
        bobs = (bob.user_id, bob.user_id)
        await roster_becomes(alice, room_id, *bobs, f"{cleo.user_id}*")
        await asyncio.sleep(20)
        async with in_call(await alice.admission(room_id)):

            async def is_cleared():
                event = await ghost.event()
                return event if event["content"] == {} else None

            event = await until(is_cleared, 25)
            waited = time.monotonic() - began
            assert waited >= 30
            assert event["sender"] == "@voice:localhost"
            figure(f"a ghost is cleared {waited:.1f} s after it was written")
            everybody = (alice.user_id, *bobs, f"{cleo.user_id}*")
            await roster_becomes(alice, room_id, *everybody)
            for one in (live, slow, far, named_otherwise):
                assert (await one.event())["content"], one.key
            await until(lambda: _is_empty(owned, f"{bob.user_id}_DEV_m.call"))
            assert (await mine.event(alice.user_id))["content"], "her own key: nobody else's"
    await far.unsays()
    await is_over(alice, room_id)


async def _is_empty(one, key):
    return (await one.event(key))["content"] == {}


async def test_a_call_of_elements_users_alone_has_card_roster_and_history(
    stack, alice, bob, cleo, channel, client
):
    room_id = await channel(members=(bob, cleo))
    bobs, cleos = client(bob, room_id), client(cleo, room_id)
    people = (f"{bob.user_id}*", f"{cleo.user_id}*")
    await bobs.says()
    await cleos.says_stickily(lasts_ms=12_000)
    await roster_becomes(alice, room_id, *people)
    assert (await card(alice, room_id))[0] == "active"
    said = await alice.say(room_id, "!voice who")
    assert "In the call: 2" in await alice.reply_to(room_id, said)
    async with in_call(await alice.admission(room_id)):
        await roster_becomes(alice, room_id, alice.user_id, *people)
    await bobs.says(**{"m.call.intent": "video"}, created_ts=round(time.time() * 1000) - 2_000)
    await roster_becomes(alice, room_id, f"{bob.user_id}*", timeout_s=20)
    await bobs.unsays()
    await is_over(alice, room_id)

    async def has_ended():
        return (await card(alice, room_id))[0] == "ended"

    await until(has_ended)
    ((_, started_by, peak, how, _),), stays = history_of(stack, room_id)
    assert (started_by, peak, how) == (bob.user_id, 3, "empty")
    assert len(stays) == 3
    ((stay,),) = [[ms for user, ms in stays if user == cleo.user_id]]
    assert 11_500 <= stay <= 12_500, "as long as it was sticky"


async def test_a_membership_from_before_the_bot_came_is_found(stack, alice, bob, client):
    bot = stack.info.bot_user_id
    room_id = await alice.create_room(
        initial_state=[{"type": "io.haos.voice.channel", "content": {"enabled": True}}],
        power_level_content_override={"users": {bot: 100}, "events": {STATE: 0}},
        invite=[bob.user_id],
    )
    await bob.join(room_id)
    bobs, alices = client(bob, room_id), client(alice, room_id)
    await bobs.says()
    await alices.says_stickily()
    await alice.invite(room_id, bot)
    await roster_becomes(alice, room_id, f"{alice.user_id}*", f"{bob.user_id}*")
    await alice.kick(room_id, bob.user_id)
    await roster_becomes(alice, room_id, f"{alice.user_id}*")
    await alice.send(room_id, STICKY, {"msc4354_sticky_key": "m1"})
    await is_over(alice, room_id)


@pytest.mark.parametrize("version", ["10", "11"])
async def test_a_membership_that_is_redacted_is_over(alice, bob, channel, client, version):
    room_id = await channel(room_version=version)
    alices, bobs = client(alice, room_id), client(bob, room_id)
    said, sticky = await bobs.says(), await alices.says_stickily()
    await roster_becomes(alice, room_id, f"{alice.user_id}*", f"{bob.user_id}*")
    for event_id, left in ((said, [f"{alice.user_id}*"]), (sticky, [])):
        path = ("rooms", room_id, "redact", event_id, uuid.uuid4().hex)
        await alice.request("PUT", *path, content={})
        await roster_becomes(alice, room_id, *left)


async def test_where_there_is_no_channel_nothing_is_shown(alice, bob, channel, client):
    room_id = await channel(settings={"enabled": False})
    await client(bob, room_id).says()
    said = await alice.say(room_id, "!voice enable")
    await alice.reply_to(room_id, said)
    await roster_becomes(alice, room_id, f"{bob.user_id}*")
    content = {"enabled": False}
    await alice.set_state(room_id, "io.haos.voice.channel", content)
    await is_over(alice, room_id)


@pytest.mark.parametrize("way", ["event", "command"])
async def test_a_call_that_elements_client_rings_is_declined(
    stack, alice, bob, channel, client, way
):
    room_id = await channel()
    alices = client(alice, room_id)
    member = await alices.says()
    ring = await alices.rings(member, bob)
    await card_becomes(alice, room_id, ("ringing", "Alice is calling Bob."))
    relates = {"rel_type": "m.reference", "event_id": ring}
    if way == "event":
        await bob.send(room_id, DECLINE, {"m.relates_to": relates})
    else:
        said = await bob.say(room_id, "!voice decline")
        assert "You declined" in await bob.reply_to(room_id, said)
    await card_becomes(alice, room_id, ("active", "Alice started a call. Bob declined."))
    await alices.unsays()
    await card_becomes(alice, room_id, ("declined", "Bob declined Alice's call"))
    sent = [event for event in await alice.timeline(room_id) if event["type"] == DECLINE]
    assert [event["content"]["m.relates_to"] for event in sent] == [relates]
    if way == "command":
        assert sent[0]["sender"] == stack.info.bot_user_id
        assert sent[0]["content"]["io.haos.voice.declined_by"] == bob.user_id
    rings = [event["event_id"] for event in await alice.timeline(room_id) if event["type"] == RING]
    assert rings == [ring], "the bot sent none"
