from dataclasses import replace

import pytest

from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.effects import SetFlag
from haos_voice_bridge.core.permissions import Role
from tests.fakes.people import ANA, BEN, joined, lounge, play
from tests.unit.commands.typing import World, said, typed


def draining(value="on", *rooms):
    return World(rooms=rooms, flags={"drain": value})


def call():
    return play(lounge(), joined(ANA), joined(BEN))[0]


@pytest.mark.parametrize("value", ["on", "off"])
def test_it_is_switched_and_said(value):
    flag, reply = typed(f"drain {value}", role=Role.ADMIN)
    assert flag == SetFlag("drain:$c", "drain", value)
    assert ("paused" in said((reply,))) == (value == "on")


def test_it_says_how_many_calls_still_run():
    text = said(typed("drain", role=Role.ADMIN, world=draining("on", call(), lounge())))
    assert "1 call runs, with 2 in it." in text
    assert text.endswith("!voice drain off")
    text = said(typed("drain status", role=Role.ADMIN, world=draining("")))
    assert text == "Calls are open to everybody. No call runs."
    two = (call(), replace(call(), room_id="!b:hs"))
    text = said(typed("drain", role=Role.ADMIN, world=draining("off", *two)))
    assert text == "Calls are open to everybody. 2 calls run, with 4 in them."


def test_another_word_changes_nothing():
    assert "drain [on|off|status]" in said(typed("drain maybe", role=Role.ADMIN))


def test_a_rooms_moderator_may_not_and_is_sent_to_the_bridges_admin():
    text = said(typed("drain on", level=100))
    assert "the role “admin”" in text
    assert "@root:hs" in text


def test_in_a_direct_chat_it_works():
    direct = replace(lounge(), direct=ANA)
    answers = typed("drain on", role=Role.ADMIN, room=direct)
    assert said(answers[1:]).endswith("type: drain off")


def test_rooms_lists_each_with_its_call_those_with_people_first():
    rooms = (
        Room("!a:hs", bot="joined", name="Attic"),
        replace(lounge(), room_id="!b:hs", name="Bar"),
        replace(call(), room_id="!z:hs", name="<b>Zoo</b>"),
        Room("!d:hs", bot="joined", direct=ANA),
    )
    (answer,) = typed("rooms", role=Role.ADMIN, world=World(rooms=rooms))
    assert answer.content["body"].split("\n") == [
        "Rooms: 3, with a voice channel: 2, calls: 1, people in them: 2, direct chats: 1",
        "  <b>Zoo</b> (!z:hs): channel on, 2 in the call",
        "  Bar (!b:hs): channel on",
        "  Attic (!a:hs): channel off",
    ]
    assert "&lt;b&gt;Zoo" in answer.content["formatted_body"]


def test_a_long_list_of_rooms_is_cut_with_a_count():
    rooms = tuple(Room(f"!{'x' * 240}{n}:hs", bot="joined", name="n" * 60) for n in range(300))
    text = said(typed("rooms", role=Role.ADMIN, world=World(rooms=rooms)))
    assert text.endswith("and 275 more")
    assert len(text.encode()) < 10_000


def test_rooms_is_for_admins():
    assert "the role “admin”" in said(typed("rooms", level=100))
