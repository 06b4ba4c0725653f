"""Commands about people who take part by another SFU."""

from dataclasses import replace

from tests.fakes.memberships import says
from tests.fakes.people import ANA, BEN, joined, lounge, play
from tests.unit.commands.typing import World, said, typed

MIXED, _ = play(lounge(), joined(ANA), says(BEN))
OUT_OF_REACH = "Ben is in the call by another server's media, out of my reach."


def test_who_lists_them():
    text = said(typed("who", room=MIXED))
    assert text.startswith("In the call: 2")
    assert "Ben (by another server, for 0 s)" in text


def test_they_are_out_of_a_moderators_reach_which_is_said():
    assert said(typed("kick Ben", level=100, room=MIXED)).startswith(OUT_OF_REACH)
    kitchen = replace(lounge(), room_id="!kitchen:hs", name="Kitchen")
    moved = typed("move Ben to Kitchen", level=100, room=MIXED, world=World(rooms=(kitchen,)))
    assert said(moved).startswith(OUT_OF_REACH)


def test_one_of_them_may_ring_and_the_ring_refers_to_their_membership():
    room, _ = play(lounge(), says(BEN))
    world = World(call_members={BEN: "$member"})
    asked, _ = typed("ring @cleo:hs", by=BEN, room=room, world=world)
    assert asked.plan.target == "$member"
