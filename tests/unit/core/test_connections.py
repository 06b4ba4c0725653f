"""One device over several connections: a MatrixRTC client comes under one hash, and another."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.call import Active, Idle
from haos_voice_bridge.core.effects import RemoveParticipant, SetSources
from haos_voice_bridge.core.events import (
    Media,
    MediaChanged,
    MemberLeft,
    Moderated,
    ParticipantLeft,
    StrangerSeen,
)
from haos_voice_bridge.core.reconcile import Seen, differences
from haos_voice_bridge.core.rules.people import CONNECTIONS
from tests.fakes.people import ANA, BEN, NOW, asks, joined, left, lounge, play, standing

DEVICE = "@ana:hs:DEV"
SECOND = 1_000


def came(hashed="", at=NOW, *, sid=None, who=None):
    event = joined(ANA, at, sid=sid or f"PA_{hashed or 'plain'}", who=who)
    return replace(event, hashed=hashed)


def went(hashed="", at=NOW, departure="left", *, sid=None):
    return left(ANA, at, departure, sid=sid or f"PA_{hashed or 'plain'}")


def seen(hashed="", sid=None, at=NOW, **media):
    sid = sid or f"PA_{hashed or 'plain'}"
    return Seen(DEVICE, sid, ANA, "DEV", at, Media(**media), hashed)


def recounted(room, *listed, at=NOW + SECOND):
    found = differences(room, listed, at)
    new = [
        replace(joined(one.user_id, one.at, sid=one.sid), hashed=one.hashed, is_seen=True)
        for one in found.new
    ]
    return play(room, *found.strangers, *found.gone, *new, *found.changed)


def here(room):
    call = room.call
    return [p.identity for p in call.participants] if isinstance(call, Active) else []


def removed(effects):
    return [effect.identity for effect in effects if isinstance(effect, RemoveParticipant)]


def test_a_hashed_participant_is_their_device_in_roster_and_history():
    room, _ = play(lounge(), came("h1"))
    (entry,) = contents.roster(room.call)["participants"]
    assert (entry["user_id"], entry["device_id"]) == (ANA, "DEV")
    assert entry["identities"] == ["h1"]
    room, effects = play(room, went("h1", NOW + 5 * SECOND))
    assert room.call == Idle()
    (record,) = [e.record for e in effects if e.kind == "record_call"]
    assert [(span.user_id, span.device_id) for span in record.spans] == [(ANA, "DEV")]


def test_a_second_name_of_a_device_is_no_second_person():
    room, _ = play(lounge(), came(), came("h1", NOW + SECOND))
    assert here(room) == [DEVICE]
    assert room.call.peak == 1
    assert [change.action for change in room.call.changes] == ["joined"]


def test_a_device_is_there_until_the_last_of_its_connections_is_gone():
    for first, second in (("", "h1"), ("h1", "")):
        room, _ = play(lounge(), came(first), came(second, NOW + SECOND))
        for departure in ("left", "dropped"):
            rest, _ = play(room, went(first, NOW + 2 * SECOND, departure))
            assert here(rest) == [DEVICE]
            rest, _ = play(rest, went(second, NOW + 3 * SECOND))
            assert rest.call == Idle()


def test_a_recount_finds_the_same_whichever_connection_is_listed_first():
    room, _ = play(lounge(), came(), came("h1", NOW + SECOND))
    one, other = seen(), seen("h1")
    for listed in ((one, other), (other, one)):
        after, effects = recounted(room, *listed)
        assert (after, effects) == (room, []), "nothing flaps"


def test_a_recount_that_misses_one_name_does_not_miss_the_device():
    room, _ = play(lounge(), came(), came("h1", NOW + SECOND))
    after, _ = recounted(room, seen("h1"))
    assert here(after) == [DEVICE]
    assert [one.sid for one in after.call.participants[0].connections] == ["PA_h1"]
    assert after.call.dropped == ()
    after, _ = recounted(after)
    assert (here(after), len(after.call.dropped)) == ([], 1)


def test_a_client_that_is_loaded_anew_never_left():
    """Its webhooks were lost: the old name is gone, and a new one is there."""
    room, _ = play(lounge(), came("h1"))
    after, _ = recounted(room, seen("h2", at=NOW + SECOND), at=NOW + SECOND)
    assert here(after) == [DEVICE]
    assert after.call.participants[0].since == NOW
    assert [change.action for change in after.call.changes] == ["joined"]


def test_what_a_device_shows_is_what_any_of_its_connections_shows():
    room, _ = play(lounge(), came(), came("h1", NOW + SECOND))
    after, _ = recounted(room, seen(muted=False), seen("h1", video=True))
    assert after.call.participants[0].media == Media(muted=False, video=True)
    again, _ = recounted(after, seen("h1", video=True), seen(muted=False))
    assert again.call == after.call
    told, _ = play(again, MediaChanged(DEVICE, "PA_h1", Media()))
    assert told.call.participants[0].media == Media()


def test_the_same_name_on_a_new_connection_takes_the_place_of_the_old():
    room, _ = play(lounge(), came("h1", sid="PA_1"), came("h1", NOW + SECOND, sid="PA_2"))
    (who,) = room.call.participants
    assert [(one.sid, one.hashed) for one in who.connections] == [("PA_2", "h1")]
    after, _ = play(room, went("h1", NOW + SECOND, sid="PA_1"))
    assert here(after) == [DEVICE]


def test_every_connection_is_granted_what_the_user_may():
    quiet = standing(ANA, events={"io.haos.voice.speak": 50})
    _, effects = play(lounge(), came("h1", who=quiet), came("h2", NOW + SECOND, who=quiet))
    grants = [effect for effect in effects if isinstance(effect, SetSources)]
    assert len(grants) == 2
    assert all("microphone" not in effect.sources for effect in grants)
    assert {effect.identity for effect in grants} == {DEVICE}


def test_who_is_put_out_is_so_under_all_names():
    room, _ = play(lounge(), joined(BEN), came(), came("h1", NOW + SECOND))
    after, effects = play(room, MemberLeft("$kick", ANA, NOW + 2 * SECOND))
    assert removed(effects) == [DEVICE], "the border knows its names"
    assert here(after) == ["@ben:hs:DEV"]
    after, effects = play(room, Moderated("$c", NOW + 2 * SECOND, "kick", standing(ANA)))
    assert removed(effects) == [DEVICE]
    after, effects = play(after, came("h2", NOW + 3 * SECOND))
    assert removed(effects) == [DEVICE], "an old token under another name"


def test_a_hashed_device_and_its_place_are_one_place():
    room, effects = play(lounge(user_limit=1), asks(standing(ANA)), came("h1"))
    assert room.admissions == ()
    room, effects = play(room, came("h2", NOW + SECOND), asks(standing(BEN), cause="$2"))
    assert effects[-1].refusal.message == "Lounge is full (1 of 1)."


def test_too_many_connections_of_one_device_push_out_the_oldest():
    names = [f"h{number}" for number in range(CONNECTIONS)]
    room, effects = play(lounge(), came(), *(came(n, NOW + SECOND) for n in names[:-1]))
    assert removed(effects) == []
    room, effects = play(room, came(names[-1], NOW + 2 * SECOND))
    assert removed(effects) == ["h0"], "that connection alone, by its own name"
    assert here(room) == [DEVICE]
    assert len(room.call.participants[0].connections) == CONNECTIONS


def test_a_stranger_is_removed_where_the_bot_is():
    _, effects = play(lounge(), StrangerSeen("h9", "PA_9"))
    assert removed(effects) == ["h9"]
    _, effects = play(replace(lounge(), bot="absent"), StrangerSeen("h9", "PA_9"))
    assert effects == []


def test_a_recount_tells_strangers_from_people():
    stranger = Seen("h9", "PA_9", "", "", NOW, Media())
    found = differences(lounge(), [stranger, seen("h1")], NOW)
    assert found.strangers == (StrangerSeen("h9", "PA_9"),)
    assert [one.identity for one in found.new] == [DEVICE]
    assert [one.identity for one in found.changed] == [DEVICE]


NAMES = st.sampled_from(["", "h1", "h2"])
STEPS = st.lists(
    st.tuples(st.sampled_from(["come", "leave", "drop", "recount"]), NAMES), max_size=25
)


@given(STEPS)
@settings(max_examples=500)
def test_a_device_is_in_the_call_as_long_as_any_connection_is(steps):
    """And it stays one stay: nothing in the thread while somebody only changes names."""
    room, connected, at = lounge(), {}, NOW
    for number, (what, name) in enumerate(steps):
        at += SECOND
        if what == "come":
            connected[name] = (f"PA_{number}", at)
            room, _ = play(room, came(name, at, sid=f"PA_{number}"))
        elif what == "recount":
            listed = [seen(n, sid, since) for n, (sid, since) in reversed(connected.items())]
            before = room
            room, _ = recounted(room, *listed, at=at)
            assert here(room) == here(before)
        elif name in connected:
            sid, _ = connected.pop(name)
            departure = "left" if what == "leave" else "dropped"
            room, _ = play(room, ParticipantLeft(DEVICE, sid, at, departure))
        assert bool(here(room)) == bool(connected)
        if connected:
            (who,) = room.call.participants
            assert {c.hashed: c.sid for c in who.connections} == {
                name: sid for name, (sid, _) in connected.items()
            }
