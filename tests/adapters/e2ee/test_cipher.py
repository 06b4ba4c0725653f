"""Keys and messages on a real database: what a crash leaves, and what others may not do."""

import pytest
import vodozemac

from haos_voice_bridge.adapters.db.claims import SoleClaims
from haos_voice_bridge.adapters.e2ee.setup import open_device
from haos_voice_bridge.errors import EncryptionUnavailable, KeyMissing, Rejected
from tests.adapters.e2ee.writer import Homeserver, Writer
from tests.fakes.people import ANA, BEN

PICKLE_KEY = "pickle"


class Crash(Exception):
    """The process ends here."""


@pytest.fixture
def homeserver():
    return Homeserver()


@pytest.fixture
async def cipher(database, homeserver):
    return await started(database, homeserver)


async def started(database, homeserver, pickle_key=PICKLE_KEY):
    """A new process."""
    device = await open_device(database, homeserver, SoleClaims(), pickle_key)
    async with device.exclusive.turn():
        await device.cipher.load()
        await device._publish_keys()
    return device.cipher


async def handled():
    return None


async def crash():
    raise Crash


async def receive(cipher, message, done=handled):
    return await cipher.receive({"kind": "olm", "message": dict(message)}, done)


async def test_a_message_is_read_with_the_key_that_came(cipher, homeserver):
    ana = Writer(homeserver, ANA)
    event = ana.says("!voice help")
    with pytest.raises(KeyMissing):
        await cipher.open(event)
    assert not await cipher.has_key(event)
    assert await receive(cipher, ana.room_key(ana.group)) == [event["room_id"]]
    later = ana.says("!voice who", "$later")
    opened = await cipher.open(later)
    assert opened["content"]["body"] == "!voice who"
    assert (opened["sender"], opened["event_id"]) == (ANA, "$later")
    assert opened["type"] == "m.room.message"


async def test_a_crash_between_the_key_and_its_mark_loses_nothing(database, homeserver, cipher):
    ana = Writer(homeserver, ANA)
    message = ana.room_key()
    with pytest.raises(Crash):
        await receive(cipher, message, crash)
    event = ana.says("!voice help")
    again = await started(database, homeserver)
    with pytest.raises(KeyMissing):
        await again.open(event)
    await receive(again, message)
    assert (await again.open(event))["content"]["body"] == "!voice help"


async def test_a_key_that_comes_again_is_harmless(cipher, homeserver):
    ana = Writer(homeserver, ANA)
    message = ana.room_key()
    await receive(cipher, message)
    with pytest.raises(Rejected):
        await receive(cipher, message)
    assert await cipher.open(ana.says("one"))
    ana.group = vodozemac.GroupSession()
    await receive(cipher, ana.room_key())
    assert (await cipher.open(ana.says("two", "$two")))["content"]["body"] == "two"


async def test_the_same_event_may_be_read_twice_but_not_another_with_its_text(cipher, homeserver):
    ana = Writer(homeserver, ANA)
    await receive(cipher, ana.room_key())
    event = ana.says("!voice disable")
    assert await cipher.open(event) == await cipher.open(event)
    with pytest.raises(Rejected):
        await cipher.open({**event, "event_id": "$replayed"})


async def test_nobody_speaks_with_anothers_key(cipher, homeserver):
    ana, ben = Writer(homeserver, ANA), Writer(homeserver, BEN)
    await receive(cipher, ana.room_key())
    with pytest.raises(KeyMissing):
        await cipher.open(ana.says("!voice disable", sender=BEN))
    await receive(cipher, ben.room_key(ana.group))  # Ben is in the room, so he has it too
    opened = await cipher.open(ana.says("!voice help", "$help"))
    assert opened["sender"] == ANA, "her key is still hers"


async def test_a_key_forwarded_in_anothers_name_is_not_taken(cipher, homeserver):
    ana, ben = Writer(homeserver, ANA), Writer(homeserver, BEN)
    export = vodozemac.InboundGroupSession(ben.group.session_key).export_at(0)
    content = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "room_id": "!lounge:hs",
        "session_id": ben.group.session_id,
        "session_key": export.to_base64(),
        "sender_key": ana.curve,
        "sender_claimed_ed25519_key": ana.ed,
        "forwarding_curve25519_key_chain": [],
    }
    await receive(cipher, ben.to_bot("m.forwarded_room_key", content))
    with pytest.raises(KeyMissing):
        await cipher.open(ben.says("!voice disable", sender=ANA))


async def test_a_message_of_a_stranger_in_anothers_name_is_not_taken(cipher, homeserver):
    ben = Writer(homeserver, BEN)
    with pytest.raises(Rejected):
        await receive(cipher, {**ben.room_key(), "sender": ANA})


async def test_another_pickle_key_is_an_error_that_says_so(database, homeserver, cipher):
    with pytest.raises(EncryptionUnavailable, match=r"encryption\.pickle_key"):
        await started(database, homeserver, "another")


async def test_a_bridge_started_again_is_the_same_device(database, homeserver, cipher):
    before = dict(homeserver.devices["@voice:hs"])
    await started(database, homeserver)
    assert homeserver.devices["@voice:hs"] == before


async def test_what_is_in_clear_stays_in_clear(cipher):
    assert await cipher.seal("!lounge:hs", "m.room.message", {"body": "hello"}) is None
