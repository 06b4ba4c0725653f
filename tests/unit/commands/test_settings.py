"""Commands that change the channel's settings."""

from dataclasses import replace

import pytest

from haos_voice_bridge.core.effects import MergeState
from haos_voice_bridge.core.permissions import Role
from tests.fakes.people import lounge
from tests.unit.commands.typing import said, typed


def changed(line, **options):
    """The settings that a line changes, and what is said of it."""
    (effect,) = typed(line, level=50, **options)
    assert isinstance(effect, MergeState), effect
    assert (effect.event_type, effect.state_key) == ("io.haos.voice.channel", "")
    assert effect.told["m.mentions"] == {}
    return effect.changes, effect.told["body"]


@pytest.mark.parametrize(
    ("line", "bitrate"),
    [
        ("bitrate 96000", 96_000),
        ("bitrate 96k", 96_000),
        ("bitrate 96 kbit/s", 96_000),
        ("BITRATE 64Kbps", 64_000),
    ],
)
def test_a_bitrate_may_be_written_in_several_ways(line, bitrate):
    assert changed(line)[0] == {"bitrate": bitrate}


@pytest.mark.parametrize("line", ["bitrate 7999", "bitrate 510001", "bitrate ٦٤k", "bitrate -1"])
def test_a_bitrate_out_of_bounds_is_refused_with_an_example(line):
    assert "no number from 8000 to 510000. Type, for example: !voice bitrate 96k" in said(
        typed(line, level=50)
    )


def test_a_limit():
    assert changed("limit 10") == (
        {"user_limit": 10},
        "At most 10 people can be in the call; moderators always get in.",
    )
    assert changed("limit off")[0] == {"user_limit": 0}
    assert "1 person" in changed("limit 1")[1]
    assert "no limit" in said(typed("limit", level=50))
    assert "“many” is no number" in said(typed("limit many", level=50))


def test_a_status_is_one_plain_line():
    assert changed("status Chess \u202eround\u202c 2")[0] == {"status": "Chess round 2"}
    assert changed("status off")[0] == {"status": ""}
    assert "at most 500" in said(typed("status " + "x" * 501, level=50))
    assert said(typed("status", level=50, room=lounge(status="Chess"))) == "The status is: Chess"


def test_a_lock_is_told_only_when_it_changes():
    assert changed("lock")[0] == {"locked": True}
    assert changed("unlock", room=lounge(locked=True))[0] == {"locked": False}
    assert "locked already" in said(typed("lock", level=50, room=lounge(locked=True)))
    assert "not locked" in said(typed("unlock", level=50))


def test_settings_are_for_all_to_see_and_for_few_to_change():
    room = lounge(user_limit=3, ring="always")
    shown = said(typed("settings", room=room))
    assert "limit: 3" in shown
    assert "ring: always" in shown
    assert changed("settings ring never")[0] == {"ring": "never"}
    assert changed("settings timeline quiet")[0] == {"timeline": "quiet"}
    assert "“ring” can be never, dm or always" in said(typed("settings ring x", level=50))
    assert "no setting “colour”" in said(typed("settings colour red", level=50))
    assert "may change these" in said(typed("settings ring never"))


def test_encryption_is_on_where_the_room_is_encrypted_until_it_is_switched_off():
    sealed = replace(lounge(), encrypted=True)
    assert "encryption: from end to end" in said(typed("settings", room=sealed))
    changes, told = changed("settings encryption off", room=sealed)
    assert changes == {"media_encryption": False}
    assert "links may take part" in told
    off = replace(lounge(media_encryption=False), encrypted=True)
    assert "encryption: off" in said(typed("settings", room=off))
    assert changed("settings encryption on", room=off)[0] == {"media_encryption": True}
    assert "can be on or off" in said(typed("settings encryption maybe", level=50, room=off))
    assert "may change these" in said(typed("settings encryption off", room=off))


def test_a_room_that_is_not_encrypted_has_no_encrypted_calls():
    for value in ("on", "off"):
        told = said(typed(f"settings encryption {value}", level=50))
        assert "the room itself is not encrypted" in told
    assert "encryption: none" in said(typed("settings"))


def test_without_a_channel_the_way_to_one_is_told():
    assert "!voice enable" in said(typed("lock", level=50, room=lounge(enabled=False)))


def test_who_may_not_start_calls_hears_of_the_config():
    text = said(typed("lock", role=Role.JOIN))
    assert "power level 50" in text
