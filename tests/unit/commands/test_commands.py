import pytest
from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge import commands
from haos_voice_bridge.core.effects import MergeState, SendMessage
from haos_voice_bridge.core.events import CommandGiven
from haos_voice_bridge.core.permissions import PowerLevels, Role, Standing
from tests.fakes.people import ANA, BOT, lounge


def typed(text, *, level=0, bot=100, role=Role.START, events=None, room=None):
    levels = PowerLevels(users={ANA: level, BOT: bot}, events=events or {})
    who = Standing(ANA, "Ana", "join", role, levels)
    given = CommandGiven("$c", text, who)
    return commands.run(commands.Request(room or lounge(), given, BOT, "!voice"))


def text_of(effects):
    (effect,) = effects
    assert isinstance(effect, SendMessage)
    assert effect.content["msgtype"] == "m.notice"
    assert effect.content["m.mentions"] == {}
    assert (effect.relation, effect.target) == ("reply", "$c")
    return effect.content["body"]


def test_help_shows_only_what_you_may_do():
    assert "enable" not in text_of(typed("help"))
    assert "!voice enable" in text_of(typed("help", level=50))
    assert text_of(typed("")) == text_of(typed("help"))


def test_an_unknown_command_is_quoted_with_the_way_to_help():
    assert "no command “dance”" in text_of(typed("dance now"))
    assert "!voice help" in text_of(typed("dance"))


def test_enable_needs_the_right_to_change_the_room():
    text = text_of(typed("enable"))
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
    text = text_of(typed("enable", level=100, bot=0))
    assert "need 50" in text
    assert BOT in text


def test_a_bot_that_may_not_set_levels_says_which_to_set():
    (channel,) = typed("enable", level=100, bot=50, events={"m.room.power_levels": 100})
    assert "org.matrix.msc3401.call.member to 0" in channel.told["body"]


def test_disable_keeps_the_other_settings():
    (channel,) = typed("disable", level=50)
    assert channel.changes == {"enabled": False}


@pytest.mark.parametrize("text", ["help", "enable", "dance"])
def test_who_is_blocked_gets_no_answer(text):
    assert typed(text, role=Role.BLOCK) == ()


@given(st.text(max_size=300))
def test_any_line_gets_one_answer_that_pings_nobody(line):
    effects = typed(line, level=0)
    assert len(effects) == 1
    assert effects[0].content["m.mentions"] == {}
    assert len(effects[0].content["body"]) < 500
