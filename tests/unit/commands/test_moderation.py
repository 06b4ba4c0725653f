"""Whom moderators may moderate, what is done, and the one answer that says it."""

from dataclasses import replace

import pytest

from haos_voice_bridge.core.call import Admission
from haos_voice_bridge.core.events import Moderated, MovedAway
from haos_voice_bridge.core.permissions import CREATOR_LEVEL, Role
from haos_voice_bridge.core.restraints import Restraint
from tests.fakes.people import ANA, BEN, BOT, CLEO, NOW, ROOM, joined, left, lounge, play
from tests.unit.commands.typing import World, said, typed

KITCHEN = "!kitchen:hs"


def in_call(*users, **settings):
    room, _ = play(lounge(**settings), *(joined(user_id) for user_id in users))
    return room


def kitchen(**settings):
    return replace(lounge(**settings), room_id=KITCHEN, name="Kitchen")


def mods(text, room=None, *, level=50, **options):
    """What is done, and what is said."""
    *events, reply = typed(text, room=room or in_call(ANA, BEN), level=level, **options)
    assert all(event.cause == "$c" for event in events)
    return [(getattr(e, "action", "move"), e.user_id) for e in events], said([reply])


@pytest.mark.parametrize("name", ["mute", "unmute", "deafen", "undeafen", "kick", "move"])
def test_it_takes_the_right_to_moderate(name):
    text = said(typed(f"{name} Ben"))
    assert f"You may not use “{name}” here: it takes power level 50" in text


@pytest.mark.parametrize(
    ("text", "does", "says"),
    [
        ("mute Ben", "mute", "Ben is muted."),
        ("deafen Ben", "deafen", "Ben is deafened: they hear nobody, and nobody hears them."),
        ("kick Ben", "kick", "Ben was removed from the call."),
    ],
)
def test_what_is_done_is_said(text, does, says):
    assert mods(text) == ([(does, BEN)], says)


def test_who_is_not_in_the_call_is_muted_ahead_and_not_kicked():
    assert mods("mute Cleo") == (
        [("mute", CLEO)],
        "Cleo is not in the call, and will be muted once there.",
    )
    assert mods("kick Cleo") == ([], "Cleo is not in the call.")


def test_who_dropped_or_is_on_the_way_can_be_kicked():
    room, _ = play(in_call(ANA, BEN), left(BEN, NOW, "dropped"))
    assert mods("kick Ben", room)[0] == [("kick", BEN)]
    coming = replace(lounge(), admissions=(Admission(f"{CLEO}:DEV", CLEO, NOW + 1),))
    events, text = mods("kick Cleo", coming)
    assert events == [("kick", CLEO)]
    assert "may not come in without asking again" in text
    late = replace(lounge(), admissions=(Admission(f"{CLEO}:DEV", CLEO, NOW),))
    assert mods("kick Cleo", late)[0] == []


@pytest.mark.parametrize(
    ("restraint", "text", "does", "says"),
    [
        ({"muted": True}, "mute Ben", [], "Ben is muted already."),
        ({"deafened": True}, "deafen Ben", [], "Ben is deafened already."),
        ({}, "unmute Ben", [], "Ben is not muted."),
        ({}, "undeafen Ben", [], "Ben is not deafened."),
        (
            {"deafened": True},
            "unmute Ben",
            [],
            "not muted. Still deafened, though: !voice undeafen",
        ),
        ({"muted": True}, "unmute Ben", ["unmute"], "switch the microphone on again"),
        ({"deafened": True}, "undeafen Ben", ["undeafen"], "switch the microphone on again"),
        (
            {"muted": True, "deafened": True},
            "undeafen Ben",
            ["undeafen"],
            "not deafened any more. Still muted, though: !voice unmute",
        ),
    ],
)
def test_nothing_is_done_twice_and_what_still_holds_is_said(restraint, text, does, says):
    room = replace(in_call(BEN), restraints=(Restraint(BEN, **restraint),))
    events, told = mods(text, room)
    assert [action for action, _ in events] == does
    assert says in told


def test_unmute_says_where_the_room_itself_lets_nobody_speak():
    room = replace(in_call(BEN), restraints=(Restraint(BEN, muted=True),))
    _, told = mods("unmute Ben", room, events={"io.haos.voice.speak": 20})
    assert "To speak here takes power level 20" in told


def test_it_takes_a_level_above_theirs():
    equal = World(levels={BEN: 50})
    events, told = mods("mute Ben Cleo", world=equal)
    assert events == [("mute", CLEO)]
    assert told.splitlines() == [
        "Ben is out of your reach: it takes a power level above theirs, which is 50, and yours "
        "is 50.",
        "Cleo is not in the call, and will be muted once there.",
    ]
    assert mods("mute Ben", world=equal, level=51)[0] == [("mute", BEN)]


def test_a_creator_is_out_of_reach():
    _, told = mods("kick Ben", world=World(levels={BEN: CREATOR_LEVEL}))
    assert "nobody stands above who created the room" in told


def test_anybody_may_moderate_themselves():
    assert mods("mute Ana")[0] == [("mute", ANA)]


def test_admins_of_the_bridge_pass_and_moderators_by_its_config_count_as_moderators():
    high = World(levels={BEN: 100})
    assert mods("mute Ben", world=high, level=0, role=Role.ADMIN)[0] == [("mute", BEN)]
    assert mods("mute Ben", world=high, level=0, role=Role.MODERATE)[0] == []
    assert mods("mute Cleo", world=high, level=0, role=Role.MODERATE)[0] == [("mute", CLEO)]


def test_several_of_one_fate_are_one_sentence():
    assert mods("mute Ben, Ana")[1] == "Ben and Ana are muted."
    assert mods("kick Ben, Ana")[1] == "Ben and Ana were removed from the call."


@pytest.mark.parametrize("text", [f"kick {BOT}", f"mute Ben, {BOT}", f"move {BOT} to Kitchen"])
def test_the_bot_cannot_be_moderated(text):
    answers = typed(text, level=100, world=World(rooms=(kitchen(),)))
    assert "I run the calls" in said(answers)


def test_who_shows_what_a_moderator_did():
    room = replace(in_call(ANA, BEN), restraints=(Restraint(BEN, muted=True),))
    assert "Ben (muted by a moderator, for" in said(typed("who", room=room))
    room = replace(room, restraints=(Restraint(BEN, muted=True, deafened=True),))
    assert "Ben (deafened by a moderator, for" in said(typed("who", room=room))


# Moves


def moves(text, *rooms, world=None, **options):
    world = replace(world or World(), rooms=(lounge(), *(rooms or (kitchen(),))))
    return mods(text, world=world, **options)


@pytest.mark.parametrize(
    "place",
    [
        "Kitchen",
        "kitchen",
        "“Kitchen”",
        KITCHEN,
        "#kitchen:hs",
        "https://matrix.to/#/!kitchen:hs?via=hs",
        "https://matrix.to/#/%23kitchen%3Ahs",
        "matrix:r/kitchen:hs",
        "matrix:roomid/kitchen:hs?via=hs",
    ],
)
def test_a_room_may_be_named_in_many_ways(place):
    world = World(rooms=(lounge(), kitchen()), aliases={"#kitchen:hs": KITCHEN})
    event, reply = typed(f"move Ben to {place}", level=50, room=in_call(ANA, BEN), world=world)
    assert event == MovedAway("$c", NOW, BEN, KITCHEN, "Kitchen")
    assert said([reply]) == "Ben is being moved to Kitchen."


def test_names_may_have_a_to_in_them():
    back = replace(kitchen(), name="Back to School")
    assert moves("move Ben to Back to School", back)[0] == [("move", BEN)]
    world = World(names={**World().names, CLEO: "Face to Face"})
    room = in_call(ANA, CLEO)
    assert moves("move Face to Face to Kitchen", world=world, room=room)[0] == [("move", CLEO)]


@pytest.mark.parametrize("text", ["move Ben", "move", "move Ben Kitchen", "move to Kitchen"])
def test_a_move_without_people_or_room_says_how(text):
    assert "Type, for example: !voice move" in moves(text)[1]


def test_several_rooms_of_a_name_are_not_guessed_at():
    other = replace(kitchen(), room_id="!other:hs")
    events, told = moves("move Ben to Kitchen", kitchen(), other)
    assert events == []
    assert f"2 rooms are called “Kitchen”. Use one of: {KITCHEN}, !other:hs" in told


def test_a_room_that_the_mover_is_not_in_does_not_exist_for_them():
    world = World(outside={(KITCHEN, ANA): "leave"})
    for place in ("Kitchen", KITCHEN):
        events, told = moves(f"move Ben to {place}", world=world)
        assert events == []
        assert "I know no room" in told
    unknown = moves("move Ben to Cellar")[1]
    assert told.replace(KITCHEN, "Cellar") == unknown


def test_the_mover_must_moderate_there_too():
    world = World(levels_in={(KITCHEN, ANA): 0})
    events, told = moves("move Ben to Kitchen", world=world)
    assert events == []
    assert "it takes power level 50 there, and you have 0" in told


@pytest.mark.parametrize(
    ("room", "world", "says"),
    [
        (kitchen(enabled=False), World(), "Kitchen has no voice channel."),
        (kitchen(), World(outside={(KITCHEN, BEN): "leave"}), "they are no member of Kitchen"),
        (kitchen(), World(outside={(KITCHEN, BEN): "ban"}), "they are banned from Kitchen"),
        (kitchen(), World(roles={BEN: Role.JOIN}), "they may not join calls in Kitchen"),
    ],
)
def test_a_move_that_the_other_room_does_not_allow_says_why(room, world, says):
    events, told = moves("move Ben to Kitchen", room, world=world)
    assert events == []
    assert says in told


def test_a_lock_and_a_limit_do_not_stop_a_move():
    full = replace(in_call(CLEO, locked=True, user_limit=1), room_id=KITCHEN, name="Kitchen")
    assert moves("move Ben to Kitchen", full)[0] == [("move", BEN)]


def test_only_who_is_in_the_call_and_within_reach_is_moved():
    events, told = moves("move Ben, Cleo, Ana to Kitchen", world=World(levels={BEN: 50}))
    assert events == [("move", ANA)]
    assert told.splitlines() == [
        "Ben is out of your reach: it takes a power level above theirs, which is 50, and yours "
        "is 50.",
        "Cleo is not in the call.",
        "Ana is being moved to Kitchen.",
    ]


def test_nobody_is_moved_to_where_they_are():
    assert moves(f"move Ben to {ROOM}") == ([], "That is this room.")


def test_what_a_moderator_did_is_an_event_with_all_that_the_room_needs():
    event, _ = typed("mute Ben", level=50, room=in_call(ANA, BEN))
    assert isinstance(event, Moderated)
    assert (event.at, event.user_id, event.standing.name) == (NOW, BEN, "Ben")
