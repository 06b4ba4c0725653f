"""Encrypted commands whose keys come late or never, with the cryptography left out.

(The real one is in tests/e2e/test_encrypted.py; a key that never comes takes five minutes there.)
"""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

from haos_voice_bridge.errors import KeyMissing, Rejected
from haos_voice_bridge.ports import KEYS_LANE, NewArrival
from haos_voice_bridge.service.encrypted import TRY_AGAIN_S, Encrypted
from tests.adapters.raw import READING
from tests.fakes.people import ROOM
from tests.fakes.virtual_time import in_virtual_time
from tests.flows.bridge import running


class FakeCipher:
    """Opens what it has the key for; the ciphertext is the event itself."""

    def __init__(self):
        self.keys = set()
        self.undelivered = []
        self.asked = []

    async def open(self, event):
        content = event["content"]
        if content.get("forged"):
            raise Rejected("not the sender's key")
        if content["session_id"] not in self.keys:
            raise KeyMissing("no key")
        return {**event, **content["clear"]}

    async def has_key(self, event):
        return event["content"]["session_id"] in self.keys

    async def ask_for_key(self, event):
        self.asked.append(event["content"]["session_id"])

    async def catch_up(self, accept):
        arrivals, self.undelivered = self.undelivered, []
        await accept(arrivals)

    async def receive(self, payload, done):
        self.keys.add(payload["session"])
        await done()
        return [payload["room"]]


def key(session):
    payload = {"kind": "olm", "session": session, "room": ROOM}
    return NewArrival(f"olm:{session}", KEYS_LANE, "keys", payload)


def sealed(outside, body, session="S", **more):
    clear = outside.says(body)
    inner = {"type": "m.room.message", "content": clear.payload["content"]}
    content = {"session_id": session, "clear": inner, **more}
    payload = {**clear.payload, "type": "m.room.encrypted", "content": content}
    return NewArrival(clear.key, clear.room_id, "matrix", payload)


@asynccontextmanager
async def reading(tmp_path):
    async with running(tmp_path) as bridge:
        yield bridge, given_a_cipher(bridge)


def given_a_cipher(bridge):
    cipher = FakeCipher()
    clock, wake = bridge.outside.clock, bridge.delivery.wake
    encrypted = Encrypted(
        cipher, bridge.inbox, bridge.store, clock, wake, bridge.hears_all, READING.wants
    )
    bridge.rooms._world = replace(bridge.rooms._world, encrypted=encrypted)
    bridge.scope.repeat(encrypted.try_again, TRY_AGAIN_S, name="look for keys that came")
    return cipher


def replies(bridge):
    return bridge.outside.bot.sent(ROOM, "reply:")


def notices(bridge):
    return bridge.outside.bot.sent(ROOM, "unreadable:")


@in_virtual_time
async def test_a_command_is_answered_once_its_key_has_come(tmp_path):
    async with reading(tmp_path) as (bridge, _):
        await bridge.hears(sealed(bridge.outside, "!voice help"))
        await asyncio.sleep(1)
        assert replies(bridge) == []
        await bridge.hears(key("S"))
        await asyncio.sleep(1)
        assert len(replies(bridge)) == 1
        assert notices(bridge) == []


@in_virtual_time
async def test_what_waits_for_a_key_holds_up_nothing(tmp_path):
    async with reading(tmp_path) as (bridge, cipher):
        cipher.keys.add("known")
        await bridge.hears(
            sealed(bridge.outside, "!voice help"), sealed(bridge.outside, "!voice help", "known")
        )
        await asyncio.sleep(1)
        assert len(replies(bridge)) == 1


@in_virtual_time
async def test_a_key_that_was_not_delivered_is_fetched(tmp_path):
    async with reading(tmp_path) as (bridge, cipher):
        cipher.undelivered.append(key("S"))
        await bridge.hears(sealed(bridge.outside, "!voice help"))
        await asyncio.sleep(8)
        assert len(replies(bridge)) == 1


@in_virtual_time
async def test_a_key_that_does_not_come_is_asked_for_once(tmp_path):
    async with reading(tmp_path) as (bridge, cipher):
        await bridge.hears(sealed(bridge.outside, "!voice help"))
        await asyncio.sleep(4)
        assert cipher.asked == []
        await asyncio.sleep(60)
        assert cipher.asked == ["S"]
        await bridge.hears(key("S"))
        await asyncio.sleep(2)
        assert len(replies(bridge)) == 1


@in_virtual_time
async def test_a_key_that_never_comes_is_said_once_a_day(tmp_path):
    async with reading(tmp_path) as (bridge, _):
        for session in ("S", "T", "U"):
            await bridge.hears(sealed(bridge.outside, "!voice help", session))
        await asyncio.sleep(290)
        assert notices(bridge) == []
        await asyncio.sleep(30)
        assert len(notices(bridge)) == 1
        assert len(await bridge.given_up()) == 3
        await asyncio.sleep(60)
        await bridge.hears(sealed(bridge.outside, "!voice help", "V"))
        await asyncio.sleep(320)
        assert len(notices(bridge)) == 1
        assert replies(bridge) == []


@in_virtual_time
async def test_what_pretends_to_be_somebody_elses_is_dropped_without_a_word(tmp_path):
    async with reading(tmp_path) as (bridge, _):
        await bridge.hears(sealed(bridge.outside, "!voice help", forged=True))
        await asyncio.sleep(400)
        assert replies(bridge) == notices(bridge) == []


@in_virtual_time
async def test_a_command_that_waits_survives_a_crash(tmp_path):
    async with reading(tmp_path) as (bridge, _):
        await bridge.hears(sealed(bridge.outside, "!voice help"))
        await asyncio.sleep(1)
        await bridge.dies()
        await bridge.start()
        given_a_cipher(bridge)
        await bridge.hears(key("S"))
        await asyncio.sleep(2)
        assert len(replies(bridge)) == 1


@in_virtual_time
async def test_what_people_say_to_each_other_asks_nobody_anything(tmp_path):
    async with reading(tmp_path) as (bridge, cipher):
        cipher.keys.add("S")
        before = await bridge.room()
        asked = len(bridge.outside.facts.asked)
        for _ in range(3):
            await bridge.hears(sealed(bridge.outside, "the gold is under the oak"))
        await bridge.settles()
        assert len(bridge.outside.facts.asked) == asked
        assert await bridge.room() == before
