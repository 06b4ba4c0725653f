"""`ring`, `decline` and `settings quiet`, as they are typed."""

from dataclasses import replace

from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.effects import DeclineElsewhere, SetQuiet
from haos_voice_bridge.core.events import RingAsked, RingDeclined
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.core.rings import RingPlan
from tests.fakes.people import ANA, BEN, CLEO, NOW, SITE, joined, lounge, play
from tests.unit.commands.typing import World, said, typed
from tests.unit.core.test_ringing import calling

DIRECT = Room("!direct:hs", bot="joined", direct=ANA)


def in_call(*user_ids, **settings):
    room, _ = play(lounge(**settings), *(joined(user_id) for user_id in user_ids))
    return room


def rung_by(answers):
    """`(who is rung, what is said)`."""
    *events, reply = answers
    people = [callee.user_id for event in events for callee in event.plan.callees]
    return people, said((reply,))


def test_ring_rings_who_is_named():
    world = World(call_members={ANA: "$member"})
    asked, reply = typed("ring @ben:hs, Cleo", room=in_call(ANA), world=world)
    assert isinstance(asked, RingAsked)
    assert (asked.by, asked.caller, asked.at) == (ANA, "Ana", NOW)
    assert asked.plan.target == "$member"
    assert [callee.name for callee in asked.plan.callees] == ["Ben", "Cleo"]
    assert said((reply,)) == "Ringing Ben and Cleo."


def test_ring_says_how_to_start_and_to_join():
    link = SITE.link(lounge().room_id)
    assert said(typed("ring Ben")) == f"There is no call here. Start one, then ring: {link}"
    outside = typed("ring Ben", room=in_call(CLEO))
    assert said(outside) == f"You are not in the call. Join it, then ring: {link}"


def test_ring_leaves_out_who_is_there_and_says_so():
    answers = typed("ring Ben, Cleo", room=in_call(ANA, BEN))
    assert rung_by(answers) == ([CLEO], "Ringing Cleo. Ben is in the call already.")
    assert said(typed("ring Ana", room=in_call(ANA))) == "You cannot ring yourself."
    room, _ = play(lounge(), calling(BEN))
    assert said(typed("ring Ben", room=room)) == "Ben was rung already."
    for state, then in (("declined", "They declined."), ("missed", "They did not answer.")):
        over = replace(room.call.rings[0], state=state)
        since = replace(room, call=replace(room.call, rings=(over,)))
        assert said(typed("ring Ben", room=since)) == f"Ben was rung already. {then}"


def test_ring_leaves_out_who_wants_quiet_and_says_no_more():
    answers = typed("ring Ben, Cleo", room=in_call(ANA), world=World(quiet=frozenset({BEN})))
    assert rung_by(answers) == ([CLEO], "Ringing Cleo. Ben is not rung.")
    assert said(typed("ring Ben", room=in_call(ANA), world=World(quiet=frozenset({BEN})))) == (
        "Ben is not rung."
    )


def test_ring_leaves_out_who_could_not_come():
    world = World(roles={BEN: Role.BLOCK})
    reply = said(typed("ring Ben", room=in_call(ANA), world=world))
    assert reply == "Ben may not join calls here."
    locked = replace(in_call(ANA), channel=lounge(locked=True).channel)
    assert "locked" in said(typed("ring Ben", room=locked))


def test_ring_takes_the_right_to_join():
    events = {"io.haos.voice.join": 50}
    refused = said(typed("ring Ben", room=in_call(ANA), events=events))
    assert refused.startswith("You may not use “ring” here")


def test_ring_stops_at_twenty():
    room = in_call(ANA)
    names = {f"@u{n}:hs": f"U{n}" for n in range(25)}
    world = World(names={ANA: "Ana", **names})
    first = typed("ring " + ", ".join(list(names)[:15]), room=room, world=world)
    room, _ = play(room, first[0])
    people, told = rung_by(typed("ring " + ", ".join(list(names)[15:25]), room=room, world=world))
    assert people == list(names)[15:20]
    assert "U24 is not rung: one call rings at most 20 people." in told


def test_decline_stops_what_rings_here():
    room, _ = play(lounge(), calling(BEN))
    declined, reply = typed("decline", by=BEN, room=room)
    assert declined == RingDeclined(BEN, NOW, cause="$c")
    assert said((reply,)) == "You declined Ana's call."
    room, _ = play(room, declined)
    assert said(typed("decline", by=BEN, room=room)) == "Nobody is calling you here just now."


def test_decline_in_the_direct_chat_declines_whatever_rings():
    plan = RingPlan(calling(ANA).ring_plan.callees)
    room, _ = play(lounge(), replace(joined(BEN), ring_plan=plan))
    declined, reply = typed("decline", room=DIRECT, world=World(ringing_for=(room,)))
    assert isinstance(declined, DeclineElsewhere)
    assert (declined.room_id, declined.user_id) == (room.room_id, ANA)
    assert said((reply,)) == "You declined Ben's call."
    assert said(typed("decline", room=DIRECT)) == "Nobody is calling you just now."


def test_quiet_is_set_anywhere_and_shown():
    for room in (lounge(), DIRECT, Room("!plain:hs", bot="joined")):
        change, reply = typed("settings quiet on", room=room)
        assert change == SetQuiet("quiet:$c", ANA, quiet=True)
        assert said((reply,)).startswith("Quiet is on")
    change, _ = typed("settings quiet off")
    assert change.quiet is False
    assert said(typed("settings quiet", world=World(quiet=frozenset({ANA})))).startswith(
        "Quiet is on"
    )
    assert said(typed("settings quiet")).startswith("Quiet is off")
    assert said(typed("settings quiet loud")) == "“quiet” can be on or off."


def test_the_channels_settings_still_need_their_room():
    assert "in the room that it is about" in said(typed("settings ring never", room=DIRECT))
    plain = Room("!plain:hs", bot="joined")
    assert "no voice channel" in said(typed("settings", room=plain))
