"""Somebody is moved: both rooms tell it once, and nobody is lost on the way."""

from dataclasses import replace

import pytest

from haos_voice_bridge.core.call import GATHER_MS, Idle, due
from haos_voice_bridge.core.effects import (
    PushToken,
    RemoveParticipant,
    SendMessage,
    SetSources,
    TellRoom,
)
from haos_voice_bridge.core.events import Moderated, MovedAway, MovedHere, MoveTold, Tick
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.core.rules.moves import ANSWER_MS, LEAVE_MS
from haos_voice_bridge.core.step import step
from tests.fakes.people import ANA, BEN, NOW, ROOM, SITE, asks, joined, left, lounge, play, standing

KITCHEN = "!kitchen:hs"
BENS = f"{BEN}:DEV"
AWAY = MovedAway("$c", NOW, BEN, KITCHEN, "Kitchen")


def kitchen(**settings):
    return replace(lounge(**settings), room_id=KITCHEN, name="Kitchen")


def here(who=None):
    return MovedHere("$c", NOW, BENS, ROOM, "Lounge", who or standing(BEN))


def of(kind, effects):
    return [effect for effect in effects if isinstance(effect, kind)]


def told(room, at=NOW + GATHER_MS + 1):
    """The lines that the thread gets, and what they say as data."""
    _, effects = step(room, Tick(), at, SITE)
    return lines(effects)


def lines(effects):
    return [
        (e.content["body"], [c["action"] for c in e.content["io.haos.voice.presence"]["changes"]])
        for e in of(SendMessage, effects)
        if "io.haos.voice.presence" in e.content
    ]


def moving(*news):
    """The Lounge, from which Ben is moved, without what it had to tell before."""
    room, _ = play(lounge(), joined(ANA), joined(BEN))
    room, _ = step(room, Tick(), NOW + GATHER_MS, SITE)
    room, effects = play(room, AWAY)
    for one in news:
        room, more = play(room, MoveTold(BENS, one))
        effects += more
    return room, effects


def test_the_other_room_is_asked_for_each_device():
    room, effects = play(lounge(), joined(ANA), joined(BEN), joined(BEN, device="TAB"), AWAY)
    notes = of(TellRoom, effects)
    assert [(n.room_id, n.note["identity"]) for n in notes] == [
        (KITCHEN, BENS),
        (KITCHEN, f"{BEN}:TAB"),
    ]
    assert len({note.key for note in notes}) == 2
    assert len(room.moves) == 2


def test_the_other_room_holds_a_place_and_calls_the_device_over():
    room, effects = play(
        kitchen(user_limit=1, locked=True), joined(ANA, who=standing(ANA, level=50)), here()
    )
    (push,) = of(PushToken, effects)
    assert (push.identity, push.from_room_id, push.room_name) == (BENS, ROOM, "Kitchen")
    assert push.call_id == room.call.call_id
    room, effects = play(room, joined(BEN, NOW + 1))
    assert of(RemoveParticipant, effects) == [], "a moderator moved them past the lock"
    (note,) = of(TellRoom, effects)
    assert (note.room_id, note.note["news"]) == (ROOM, "arrived")
    ((text, actions),) = told(room)
    assert text == "Ana joined. Ben was moved here from Lounge."
    assert actions == ["joined", "moved"]


def test_what_is_laid_on_somebody_in_the_other_room_holds_there():
    mute = Moderated("$m", NOW, "deafen", standing(BEN))
    room, effects = play(kitchen(), mute, here())
    (push,) = of(PushToken, effects)
    assert "microphone" not in push.sources
    assert not push.can_hear
    _, effects = play(room, joined(BEN))
    (change,) = of(SetSources, effects)
    assert (change.sources, change.can_hear) == (push.sources, False)


def test_the_first_who_comes_by_a_move_starts_the_call():
    room, effects = play(kitchen(), here(), joined(BEN))
    assert "Ben started a call" in of(SendMessage, effects)[0].content["body"]
    assert told(room)[0][0] == "Ben was moved here from Lounge."


@pytest.mark.parametrize(
    ("room", "who", "says"),
    [
        (kitchen(enabled=False), {}, "Kitchen has no voice channel"),
        (kitchen(), {"membership": "leave"}, "they are no member of Kitchen"),
        (kitchen(), {"membership": "ban"}, "they are banned from Kitchen"),
        (kitchen(), {"events": {"io.haos.voice.join": 50}}, "they may not join"),
        (kitchen(), {"role": Role.JOIN}, "they may not join"),
    ],
)
def test_a_room_that_does_not_take_somebody_says_why(room, who, says):
    after, effects = play(room, here(standing(BEN, **who)))
    assert after.admissions == ()
    (note,) = effects
    assert note.note["news"] == "failed"
    assert says in note.note["reason"]


def test_a_move_that_failed_is_told_to_who_wanted_it_and_nobody_is_taken_out():
    room, _ = moving()
    room, effects = play(room, MoveTold(BENS, "failed", "Ben is banned from Kitchen."))
    (reply,) = of(SendMessage, effects)
    assert (reply.relation, reply.target) == ("reply", "$c")
    assert reply.content["body"] == (
        "The move to Kitchen did not happen: Ben is banned from Kitchen."
    )
    room, effects = step(room, Tick(), NOW + 60_000, SITE)
    assert of(RemoveParticipant, effects) == []


@pytest.mark.parametrize("news", [("pushed",), ("pushed", "arrived"), ("arrived", "pushed")])
def test_who_leaves_after_the_push_was_moved(news):
    room, _ = moving(*news)
    room, _ = play(room, left(BEN, NOW + 5))
    assert told(room, NOW + 2 * GATHER_MS + 5) == [("Ben was moved to Kitchen.", ["moved"])]
    assert room.moves == ()


def test_who_drops_and_arrives_was_moved():
    room, _ = moving("pushed")
    room, _ = play(room, left(BEN, NOW + 5, "dropped"), MoveTold(BENS, "arrived"))
    assert room.call.dropped == ()
    assert told(room, NOW + 2 * GATHER_MS + 5) == [("Ben was moved to Kitchen.", ["moved"])]


def test_who_arrived_and_is_then_missed_by_a_recount_was_moved():
    room, _ = moving("pushed", "arrived")
    room, _ = play(room, left(BEN, NOW + 5, "dropped"))
    assert told(room, NOW + 2 * GATHER_MS + 5) == [("Ben was moved to Kitchen.", ["moved"])]


def test_who_stays_is_taken_out_after_ten_seconds():
    room, _ = moving("pushed", "arrived")
    assert due(room) <= NOW + LEAVE_MS
    room, effects = step(room, Tick(), NOW + LEAVE_MS - 1, SITE)
    assert of(RemoveParticipant, effects) == []
    room, effects = step(room, Tick(), NOW + LEAVE_MS, SITE)
    assert [e.identity for e in of(RemoveParticipant, effects)] == [BENS]
    assert told(room, NOW + LEAVE_MS + GATHER_MS) == [("Ben was moved to Kitchen.", ["moved"])]


def test_who_never_went_over_was_removed():
    room, _ = moving("pushed")
    room, effects = step(room, Tick(), NOW + LEAVE_MS, SITE)
    assert [e.identity for e in of(RemoveParticipant, effects)] == [BENS]
    assert told(room, NOW + LEAVE_MS + GATHER_MS) == [("Ben was removed.", ["removed"])]


def test_a_room_that_never_answers_costs_nobody_their_place():
    room, _ = moving()
    room, effects = step(room, Tick(), NOW + ANSWER_MS, SITE)
    assert of(RemoveParticipant, effects) == []
    assert room.moves == ()
    assert len(room.call.participants) == 2
    (reply,) = [e for e in of(SendMessage, effects) if e.key.startswith("move-failed:")]
    assert "did not happen: it took too long" in reply.content["body"]


def test_a_room_that_hears_of_a_move_too_late_calls_nobody():
    late = NOW + ANSWER_MS + 1
    room, effects = step(kitchen(), here(), late, SITE)
    assert (room, effects) == (kitchen(), ())


def test_who_was_on_their_way_and_is_back_later_just_joins():
    room, _ = moving("pushed", "arrived")
    room, _ = play(room, left(BEN, NOW + 5), asks(standing(BEN), at=NOW + 6))
    room, _ = play(room, joined(BEN, NOW + 40_000, sid="PA_2"), left(BEN, NOW + 41_000, sid="PA_2"))
    _, effects = step(room, Tick(), NOW + 41_000 + GATHER_MS, SITE)
    assert "Ben left" in lines(effects)[-1][0]


def test_moving_the_last_one_ends_the_call_with_the_line():
    room, _ = play(lounge(), joined(BEN), AWAY, MoveTold(BENS, "pushed"))
    room, effects = play(room, left(BEN, NOW + 1))
    assert room.call == Idle()
    assert room.moves == ()
    assert lines(effects)[-1][0].endswith("Ben was moved to Kitchen.")


def test_several_who_are_moved_are_one_sentence():
    room, _ = play(lounge(), joined(ANA), joined(BEN))
    room, _ = step(room, Tick(), NOW + GATHER_MS, SITE)
    for user_id in (ANA, BEN):
        away = replace(AWAY, user_id=user_id)
        room, _ = play(room, away, MoveTold(f"{user_id}:DEV", "pushed"))
    room, _ = play(room, left(ANA, NOW + 5))
    room, effects = play(room, left(BEN, NOW + 5))
    assert lines(effects)[-1][0] == "Ana and Ben were moved to Kitchen."


def test_a_link_is_not_moved_into_a_call_that_is_encrypted_from_end_to_end():
    sealed = replace(kitchen(), encrypted=True)
    by_link = replace(here(), identity=f"{BEN}:LINK0123456789")
    room, (note,) = step(sealed, by_link, NOW, SITE)
    assert isinstance(note, TellRoom)
    assert "a link has no keys" in note.note["reason"]
    assert not room.admissions
    _, (push,) = step(sealed, here(), NOW, SITE)
    assert isinstance(push, PushToken)
    assert push.encrypts
