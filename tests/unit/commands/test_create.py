"""`!voice create`."""

from dataclasses import replace

from haos_voice_bridge.core.effects import CreateChannel
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.service.channels import _alias, _room
from tests.fakes.people import ANA, BOT, lounge
from tests.unit.commands.typing import World, said, typed

SPACE = replace(lounge(), room_id="!space:hs", name="Friends", room_type="m.space", channel=None)


def world():
    return World(rooms=(lounge(), SPACE))


def made(answers):
    (effect,) = answers
    assert isinstance(effect, CreateChannel)
    return effect.name, effect.space


def test_a_name_may_have_an_in_in_it():
    assert made(typed("create Game night")) == ("Game night", "")
    assert made(typed("create Tea in London", world=world())) == ("Tea in London", "")
    assert made(typed("create Tea in Lounge", world=world())) == ("Tea in Lounge", "")


def test_a_space_by_its_name_or_id():
    for where in ("Friends", "!space:hs"):
        line = f"create Tea in London in {where}"
        assert made(typed(line, level=50, world=world())) == ("Tea in London", "!space:hs")


def test_the_rights_of_the_bot_are_not_borrowed():
    assert "power level 50" in said(typed("create Tea in Friends", world=world()))


def test_what_is_no_space_is_named():
    assert "not a space" in said(typed("create Tea in !lounge:hs", level=50, world=world()))
    assert "I know no room" in said(typed("create Tea in !other:hs", level=50, world=world()))
    assert "What shall it be called" in said(typed("create"))


def test_it_takes_the_role_start():
    assert "role “start”" in said(typed("create Tea", role=Role.JOIN))


def test_the_alias_is_the_same_for_the_same_command():
    effect = CreateChannel("create:$1", ANA, "Café Ümlaut!", "", "$1")
    assert _alias(effect).startswith("room-cafe-umlaut-")
    assert _alias(effect) == _alias(effect)
    assert _alias(effect) != _alias(replace(effect, key="create:$2"))
    assert _alias(replace(effect, name="日本")).startswith("room-")


def test_who_asked_is_a_creator_or_has_the_same_level():
    effect = CreateChannel("create:$1", ANA, "Tea", "!space:hs", "$1")
    new, old = _room(effect, BOT, 12, "hs"), _room(effect, BOT, 11, "hs")
    assert new["creation_content"]["additional_creators"] == [ANA]
    assert "users" not in new["power_level_content_override"]
    assert old["power_level_content_override"]["users"] == {BOT: 100, ANA: 100}
    assert "additional_creators" not in old["creation_content"]
