from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge import commands
from haos_voice_bridge.core.effects import MergeState
from haos_voice_bridge.core.permissions import Role
from tests.fakes.people import ANA, BEN, BOT, CLEO, lounge
from tests.unit.commands.typing import World, said, typed


def test_help_shows_only_what_you_may_do():
    assert "enable" not in said(typed("help"))
    assert "!voice enable" in said(typed("help", level=50))
    assert said(typed("")) == said(typed("help"))


@pytest.mark.parametrize("name", [n for c in commands.COMMANDS for n in c.names])
def test_help_tells_of_every_command_in_full(name):
    text = said(typed(f"help {name}", level=100, role=Role.ADMIN))
    assert text.startswith("!voice ")
    assert "For " in text


def test_an_unknown_command_is_quoted_with_the_way_to_help():
    assert "no command “polka”" in said(typed("polka now"))
    assert "!voice help" in said(typed("polka"))


@pytest.mark.parametrize(
    ("typo", "meant"),
    [("hlep", "help"), ("enabel", "enable"), ("lok", "lock"), ("histroy", "history")],
)
def test_a_typo_gets_a_suggestion(typo, meant):
    assert said(typed(typo)).endswith(f"Did you mean: !voice {meant}")


def test_a_refusal_says_what_is_missing_and_who_has_it():
    text = said(typed("enable", world=World(levels={BEN: 50, CLEO: 100})))
    assert "it takes power level 50 in this room, and you have 0" in text
    assert "Ask Cleo or Ben." in text


def test_a_refusal_where_nobody_has_the_right_says_so():
    assert "Nobody in this room has it" in said(typed("lock"))


def test_in_a_direct_chat_commands_need_no_prefix_and_rooms_are_elsewhere():
    direct = replace(lounge(), direct=ANA)
    assert "  version" in said(typed("help", room=direct))
    assert "!voice enable" not in said(typed("help", room=direct, level=100))
    assert "Type “!voice lock” in the room" in said(typed("lock", room=direct, level=100))


def test_enable_needs_the_right_to_change_the_room():
    text = said(typed("enable"))
    assert "power level 50" in text
    assert "you have 0" in text


def test_a_bridge_admin_may_enable_anywhere():
    assert isinstance(typed("enable", role=Role.ADMIN)[-1], MergeState)


def test_enable_sets_the_levels_and_then_the_channel():
    levels, channel = typed("enable", level=100)
    assert levels.event_type == "m.room.power_levels"
    assert levels.changes["events"]["org.matrix.msc3401.call.member"] == 0
    assert levels.changes["events"]["io.haos.voice.join"] == 0
    assert channel.event_type == "io.haos.voice.channel"
    assert channel.changes == {"enabled": True}
    assert "Voice is on" in channel.told["body"]


def test_enable_leaves_levels_that_the_room_has_set():
    own = {"io.haos.voice.join": 10}
    levels, _ = typed("enable", level=100, events=own)
    assert "io.haos.voice.join" not in levels.changes["events"]


def test_a_bot_without_rights_says_what_to_give_it():
    text = said(typed("enable", level=100, bot=0))
    assert "need 50" in text
    assert BOT in text


def test_a_bot_that_may_not_set_levels_says_which_to_set():
    (channel,) = typed("enable", level=100, bot=50, events={"m.room.power_levels": 100})
    assert "org.matrix.msc3401.call.member to 0" in channel.told["body"]


def test_disable_keeps_the_other_settings():
    (channel,) = typed("disable", level=50)
    assert channel.changes == {"enabled": False}


@pytest.mark.parametrize("text", ["help", "enable", "polka"])
def test_who_is_blocked_gets_no_answer(text):
    assert typed(text, role=Role.BLOCK) == ()


@given(st.text(max_size=300))
def test_any_line_gets_one_answer_that_pings_nobody(line):
    effects = typed(line, level=0)
    assert len(effects) == 1
    assert effects[0].content["m.mentions"] == {}
    assert len(effects[0].content["body"]) < 1_200
