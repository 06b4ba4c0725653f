"""A room hears once that the bot cannot read there, and never where it can."""

from dataclasses import replace

from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.events import BotJoined, BotLeft, RoomEncrypted
from haos_voice_bridge.core.site import Site
from haos_voice_bridge.core.step import step
from tests.fakes.people import NOW, ROOM, SITE, lounge

READS = Site("https://voice.hs", reads_encrypted=True)


def told(effects):
    return [effect for effect in effects if effect.key == "told-unreadable"]


def joined(*, encrypted=True):
    return BotJoined("$join", "Lounge", "", None, encrypted=encrypted)


def test_a_bot_that_joins_an_encrypted_room_says_what_works_instead():
    room, effects = step(Room(ROOM), joined(), NOW, SITE)
    (message,) = told(effects)
    body = message.content["body"]
    assert "cannot read" in body
    assert "io.haos.voice.channel" in body
    assert SITE.link(ROOM) in body
    assert message.content["msgtype"] == "m.notice"
    assert room.encrypted


def test_it_says_so_when_encryption_is_switched_on():
    assert told(step(lounge(), RoomEncrypted("$e"), NOW, SITE)[1])


def test_it_says_so_once_also_after_it_was_removed_and_is_back():
    room, _ = step(Room(ROOM), joined(), NOW, SITE)
    for event in (RoomEncrypted("$e"), BotLeft(NOW), joined()):
        room, effects = step(room, event, NOW, SITE)
        assert not told(effects)


def test_it_says_nothing_in_a_room_in_clear_nor_where_it_is_not():
    assert not told(step(Room(ROOM), joined(encrypted=False), NOW, SITE)[1])
    room, effects = step(Room(ROOM), RoomEncrypted("$e"), NOW, SITE)
    assert not told(effects)
    assert told(step(room, joined(), NOW, SITE)[1]), "but as soon as it is there"


def test_a_bot_that_reads_says_nothing():
    room, effects = step(lounge(), RoomEncrypted("$e"), NOW, READS)
    assert not told(effects)
    assert room == replace(lounge(), encrypted=True)
    assert told(step(room, RoomEncrypted("$f"), NOW, SITE)[1]), "once its admin switches it off"
