"""Encrypted rooms, against a client on another implementation of the cryptography."""

import asyncio
import sqlite3
import uuid
from contextlib import closing

import pytest

from haos_voice_bridge.devstack.stack import Options, Stack
from tests.e2e.person import Person, delete_bot_device, until
from tests.e2e.talker import content_of, relation_of, talking
from tests.e2e.voice import in_call
from tests.fakes.memberships import STICKY, THEIRS, sticky_content

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    """A stack whose bridge has encryption."""
    settings = {
        "bridge": {"permissions": {"localhost": "start"}},
        "encryption": {"enabled": True, "pickle_key": "pickle-key-of-the-test"},
    }
    data = tmp_path_factory.mktemp("vault")
    with Stack.prepare(Options(data, bridge_settings=settings)) as stack:
        yield stack


@pytest.fixture
def talk(vault, tmp_path):
    """`async with talk("alice") as alice`: a new encrypting device."""
    count = 0

    def made(name):
        nonlocal count
        count += 1
        return talking(vault, tmp_path / f"{name}{count}", name)

    return made


@pytest.fixture
def plain(vault, http):
    """`await plain("alice")`: the same user's plain requests."""

    async def made(name):
        user = await asyncio.to_thread(vault.user, name)
        return Person(http, vault.homeserver_url, user, vault.info.bot_user_id)

    return made


async def room_with_bot(talker, vault, *, encrypted=True, others=()):
    bot = vault.info.bot_user_id
    room_id = await talker.create_room(
        encrypted=encrypted,
        invite=[bot, *others],
        levels={"users": {bot: 100}},
    )
    await until(lambda: has_joined(talker, room_id, bot))
    return room_id


async def has_joined(talker, room_id, user_id):
    answer = await talker.client.room_get_state_event(room_id, "m.room.member", user_id)
    return getattr(answer, "content", {}).get("membership") == "join"


async def test_a_command_and_its_answer_are_encrypted(vault, talk):
    async with talk("alice") as alice:
        room_id = await room_with_bot(alice, vault)
        said = await alice.say(room_id, "!voice help")
        reply = await alice.reply_to(room_id, said)
        assert reply.decrypted
        assert "!voice enable" in content_of(reply)["body"]
        said = await alice.say(room_id, "!voice enable")
        reply = await alice.reply_to(room_id, said)
        assert reply.decrypted
        assert "Voice is on" in content_of(reply)["body"]
        assert alice.unreadable_in(room_id) == []


async def test_what_people_say_to_each_other_is_not_answered_nor_kept(vault, talk):
    async with talk("alice") as alice:
        room_id = await room_with_bot(alice, vault)
        await alice.say(room_id, "the gold is under the oak")
        said = await alice.say(room_id, "!voice help")
        await alice.reply_to(room_id, said)
        assert len(alice.bot_messages(room_id)) == 1
        with closing(sqlite3.connect(vault.data / "bridge" / "bridge.db")) as database:
            dump = "\n".join(database.iterdump())
        assert "gold" not in dump


async def test_the_card_its_thread_and_its_end_are_encrypted(vault, talk, plain):
    person = await plain("alice")
    async with talk("alice") as alice:
        room_id = await room_with_bot(alice, vault)
        said = await alice.say(room_id, "!voice enable")
        await alice.reply_to(room_id, said)
        async with in_call(await person.admission(room_id, media_encryption=True)):
            card = await until(lambda: found(alice, room_id, lambda e: "Join:" in body(e)))
            await until(lambda: found(alice, room_id, in_thread_of(card)))
        end = await until(lambda: found(alice, room_id, lambda e: "Call ended" in body(e)), 40)
        assert card.decrypted
        assert end.decrypted
        assert relation_of(end) == {"rel_type": "m.replace", "event_id": card.event_id}
        cipher = [
            e for e in await person.timeline(room_id) if e["sender"] == vault.info.bot_user_id
        ]
        messages = [e for e in cipher if e["type"] in ("m.room.message", "m.room.encrypted")]
        assert {e["type"] for e in messages} == {"m.room.encrypted"}
        outer = next(e for e in messages if e["event_id"] == end.event_id)
        assert outer["content"]["m.relates_to"]["rel_type"] == "m.replace", (
            "in clear, for the server"
        )


async def test_who_joins_later_reads_what_comes_later(vault, talk):
    async with talk("alice") as alice, talk("bob") as bob:
        room_id = await room_with_bot(alice, vault)
        said = await alice.say(room_id, "!voice help")
        await alice.reply_to(room_id, said)
        await alice.client.room_invite(room_id, bob.client.user_id)
        await bob.client.join(room_id)
        await alice.sees(room_id, bob.client.user_id)
        await bob.sees(room_id, alice.client.user_id)
        said = await alice.say(room_id, "!voice help")
        assert (await bob.reply_to(room_id, said)).decrypted
        said = await bob.say(room_id, "!voice help")
        assert (await alice.reply_to(room_id, said)).decrypted
        assert (await bob.reply_to(room_id, said)).decrypted


async def test_who_left_does_not_read_on(vault, talk):
    async with talk("alice") as alice, talk("bob") as bob:
        room_id = await room_with_bot(alice, vault, others=["@bob:localhost"])
        await bob.client.join(room_id)
        await alice.sees(room_id, bob.client.user_id)
        said = await alice.say(room_id, "!voice help")
        first = await bob.reply_to(room_id, said)
        await bob.client.room_leave(room_id)
        await until(lambda: has_left(alice, room_id, bob.client.user_id))
        said = await alice.say(room_id, "!voice help")
        second = await alice.reply_to(room_id, said)
        assert second.session_id != first.session_id, "a key that was never Bob's"


async def has_left(talker, room_id, user_id):
    return user_id not in talker.client.rooms[room_id].users


async def test_a_device_that_logs_in_later_reads_what_comes_later(vault, talk):
    async with talk("alice") as phone:
        room_id = await room_with_bot(phone, vault)
        said = await phone.say(room_id, "!voice help")
        await phone.reply_to(room_id, said)
        async with talk("alice") as laptop:
            await laptop.sees(room_id, vault.info.bot_user_id)
            said = await laptop.say(room_id, "!voice help")
            assert (await laptop.reply_to(room_id, said)).decrypted
            assert (await phone.reply_to(room_id, said)).decrypted


async def test_a_room_that_is_encrypted_later(vault, talk):
    async with talk("alice") as alice:
        room_id = await room_with_bot(alice, vault, encrypted=False)
        content = {"msgtype": "m.text", "body": "!voice help"}
        sent = await alice.client.room_send(room_id, "m.room.message", content)
        assert not (await alice.reply_to(room_id, sent.event_id)).decrypted
        await alice.client.room_put_state(
            room_id, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}
        )
        await until(lambda: alice._knows(room_id, encrypted=True))
        said = await alice.say(room_id, "!voice help")
        assert (await alice.reply_to(room_id, said)).decrypted


async def test_a_bridge_killed_between_events_reads_and_writes_on_and_doubles_nothing(vault, talk):
    async with talk("alice") as alice:
        room_id = await room_with_bot(alice, vault)
        asked = []
        for place in range(6):
            await asyncio.to_thread(vault.bridge.kill)
            asked.append(await alice.say(room_id, "!voice help"))
            if place % 2:  # a new key: the next message comes with one that the bot never saw
                alice.client.invalidate_outbound_session(room_id)
            await asyncio.to_thread(vault.bridge.start)
            asked.append(await alice.say(room_id, "!voice help"))
            await asyncio.sleep(0.15 * place)
        for said in asked:
            await alice.reply_to(room_id, said, 60)
        await asyncio.sleep(2)
        answered = [
            relation_of(e)["m.in_reply_to"]["event_id"] for e in alice.bot_messages(room_id)
        ]
        assert sorted(answered) == sorted(asked), "each answered once"
        assert alice.unreadable_in(room_id) == []


async def test_a_device_that_was_deleted_comes_back_with_its_keys(vault, talk, plain, http):
    person = await plain("alice")
    async with talk("alice") as alice:
        room_id = await room_with_bot(alice, vault)
        await alice.reply_to(room_id, await alice.say(room_id, "!voice help"))
        before = await keys_of_bot(person, vault)
        await delete_bot_device(http, vault)
        assert await keys_of_bot(person, vault) == {}
        content = {"enabled": True}  # a state event, for the bot has to do something first
        await alice.client.room_put_state(room_id, "io.haos.voice.channel", content)

        async def has_keys_again():
            return await keys_of_bot(person, vault) == before

        await until(has_keys_again, 15)
    async with talk("alice") as laptop:  # the library of `talk` never takes a deleted device back
        await laptop.sees(room_id, vault.info.bot_user_id)
        said = await laptop.say(room_id, "!voice who")
        assert (await laptop.reply_to(room_id, said)).decrypted


async def keys_of_bot(person, vault):
    bot = vault.info.bot_user_id
    keys = await person.request("POST", "keys", "query", content={"device_keys": {bot: []}})
    return keys["device_keys"].get(bot, {})


async def test_the_device_is_signed_by_its_owner(vault, plain):
    person = await plain("alice")
    bot = vault.info.bot_user_id
    keys = await person.request("POST", "keys", "query", content={"device_keys": {bot: []}})
    (device,) = keys["device_keys"][bot].values()
    (signing,) = keys["self_signing_keys"][bot]["keys"]
    assert signing in device["signatures"][bot]


async def test_a_sticky_membership_is_read_where_it_is_encrypted(vault, talk, plain):
    person = await plain("alice")
    async with talk("alice") as alice:
        room_id = await room_with_bot(alice, vault)
        await alice.reply_to(room_id, await alice.say(room_id, "!voice enable"))

        async def says(content):
            how, cipher = alice.client.encrypt(room_id, STICKY, content)
            assert how == "m.room.encrypted"
            path = ("rooms", room_id, "send", how, uuid.uuid4().hex)
            query = {"org.matrix.msc4354.sticky_duration_ms": "3600000"}
            return (await person.request("PUT", *path, content=cipher, **query))["event_id"]

        def listed(*devices):
            async def are():
                roster = await person.state(room_id, "io.haos.voice.call") or {}
                there = [
                    (p["device_id"], p.get("elsewhere")) for p in roster.get("participants", [])
                ]
                return there == [(device, True) for device in devices]

            return are

        said = await says(sticky_content(person.user_id, "A", THEIRS, "m1"))
        await until(listed("A"))
        await says(sticky_content(person.user_id, "B", THEIRS, "m2"))
        await until(listed("A", "B"))
        await says({"msc4354_sticky_key": "m2"})
        await until(listed("A"))
        await person.request("PUT", "rooms", room_id, "redact", said, uuid.uuid4().hex, content={})
        await until(listed())


def found(talker, room_id, fits):
    async def look():
        return next((e for e in talker.bot_messages(room_id) if fits(e)), None)

    return look()


def body(event):
    return content_of(event)["body"]


def in_thread_of(card):
    return lambda event: (
        relation_of(event).get("rel_type") == "m.thread"
        and relation_of(event)["event_id"] == card.event_id
    )
