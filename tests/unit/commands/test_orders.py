"""Moderation by a button: the commands' rules, with a code where they refuse."""

from dataclasses import replace

import pytest

from haos_voice_bridge import commands
from haos_voice_bridge.commands.orders import Order, run
from haos_voice_bridge.core.events import CommandGiven, Moderated, MovedAway
from haos_voice_bridge.core.request import Refusal
from tests.fakes.people import ANA, BEN, BOT, NOW, ROOM, SITE, lounge
from tests.unit.commands.test_moderation import in_call, kitchen
from tests.unit.commands.typing import World

KITCHEN = "!kitchen:hs"


def ordered(action, *, level=50, theirs=0, room=None, to="", world=None):
    world = world or World()
    world.levels |= {ANA: level, BEN: theirs}
    request = commands.Request(
        room=room or in_call(BEN),
        given=CommandGiven("http:1", action, world.standing(ANA)),
        now=NOW,
        bot_user_id=BOT,
        prefix="!voice",
        admins=(),
        site=SITE,
    )
    steps = run(request, Order(action, world.standing(BEN), to))
    try:
        question = next(steps)
        while True:
            question = steps.send(world.answer(question))
    except StopIteration as done:
        return done.value


def code(outcome):
    assert isinstance(outcome, Refusal)
    return outcome.code


@pytest.mark.parametrize("action", ["mute", "deafen", "kick"])
def test_it_is_the_commands_event_and_the_thread_says_who_did_it(action):
    event, note = ordered(action)
    assert isinstance(event, Moderated)
    assert (event.action, event.user_id, event.cause) == (action, BEN, "http:1")
    assert note.content["io.haos.voice.moderation"]["by"] == ANA
    assert note.content["body"].startswith("Ana ")
    assert "Ben" in note.content["body"]
    assert note.relation == "thread"


@pytest.mark.parametrize("action", ["mute", "unmute", "deafen", "undeafen", "kick", "move"])
def test_who_may_not_moderate_or_stands_below_is_refused(action):
    assert code(ordered(action, level=0, to=KITCHEN)) == "FORBIDDEN"
    assert code(ordered(action, level=50, theirs=50, to=KITCHEN)) == "FORBIDDEN"


def test_what_is_so_already_is_nothing_to_do():
    assert ordered("unmute") == ()
    assert ordered("undeafen") == ()


def test_a_room_that_wants_quiet_gets_no_note():
    room = in_call(BEN)
    room = replace(room, call=replace(room.call, timeline="quiet"))
    (event,) = ordered("mute", room=room)
    assert isinstance(event, Moderated)


def test_a_kick_of_somebody_who_is_not_there():
    assert code(ordered("kick", room=lounge())) == "NOT_IN_CALL"
    assert code(ordered("move", room=lounge(), to=KITCHEN)) == "NOT_IN_CALL"


def test_a_move_needs_a_channel_where_both_may_be():
    there = kitchen()
    world = World(rooms=(there, lounge()))
    event, _ = ordered("move", to=KITCHEN, world=world)
    assert isinstance(event, MovedAway)
    assert (event.user_id, event.to_room_id) == (BEN, KITCHEN)
    assert code(ordered("move", to=ROOM, world=world)) == "CANNOT_MOVE"
    assert code(ordered("move", to="!other:hs", world=world)) == "CANNOT_MOVE"
    world = World(rooms=(there,), outside={(KITCHEN, BEN): "ban"})
    assert code(ordered("move", to=KITCHEN, world=world)) == "CANNOT_MOVE"
    world = World(rooms=(there,), levels_in={(KITCHEN, ANA): 0})
    assert code(ordered("move", to=KITCHEN, world=world)) == "CANNOT_MOVE"
