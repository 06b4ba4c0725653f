"""Calls of people who publish on another SFU, as their memberships say."""

from dataclasses import replace

import pytest

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.call import Active, Idle, due
from haos_voice_bridge.core.channel import Channel
from haos_voice_bridge.core.effects import RecordCall, SendMessage, SetState
from haos_voice_bridge.core.events import (
    BotLeft,
    CallStopped,
    ChannelChanged,
    MemberLeft,
    MembershipSaid,
    Moderated,
    RightsSeen,
    RingAsked,
    Tick,
)
from haos_voice_bridge.core.membership import Said, Slot
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.core.rings import Callee, RingPlan
from haos_voice_bridge.core.step import step
from tests.fakes.memberships import (
    OURS,
    STATE,
    THEIRS,
    says,
    says_stickily,
    unsays,
    unsays_stickily,
)
from tests.fakes.people import ANA, BEN, CLEO, NOW, SITE, joined, left, lounge, play, standing

SECOND = 1000
MINUTE = 60 * SECOND
OLDEST = {"type": "livekit", "focus_selection": "oldest_membership"}


def roster(room):
    """Who the room shows in the call; those elsewhere are marked by a star."""
    if not isinstance(room.call, Active):
        return []
    people = contents.roster(room.call)["participants"]
    return [p["user_id"] + "*" * p.get("elsewhere", False) for p in people]


def record_of(effects):
    (record,) = [effect.record for effect in effects if isinstance(effect, RecordCall)]
    return record


def texts(effects):
    sent = [effect for effect in effects if isinstance(effect, SendMessage)]
    return [effect.content["body"].partition(" Join:")[0] for effect in sent]


def test_a_call_by_memberships_alone_has_card_roster_and_history():
    room, effects = play(lounge(), says(ANA), says(BEN, at=NOW + 10 * SECOND))
    assert "Ana started a call." in texts(effects)
    assert roster(room) == [f"{ANA}*", f"{BEN}*"]
    room, effects = play(room, unsays(ANA, at=NOW + MINUTE), unsays(BEN, at=NOW + 2 * MINUTE))
    assert isinstance(room.call, Idle)
    record = record_of(effects)
    assert (record.started_by, record.peak, record.ended_how) == (ANA, 2, "empty")
    assert [(s.user_id, s.left_ts - s.joined_ts) for s in record.spans] == [
        (ANA, MINUTE),
        (BEN, 110 * SECOND),
    ]
    assert "Call ended after 2 min: Ana, Ben" in texts(effects)
    assert [e.content for e in effects if isinstance(e, SetState)][-1] == {}


def test_a_call_that_began_before_the_bot_came_started_when_its_first_member_did():
    room, _ = play(lounge(), says(ANA, created_ts=NOW - MINUTE))
    assert (room.call.started_ts, room.call.participants) == (NOW - MINUTE, ())


def test_it_ends_when_the_last_membership_expires():
    room, _ = play(lounge(timeline="card"), says(ANA, expires=MINUTE))
    assert due(replace(room, call=replace(room.call, roster_due=None))) == NOW + MINUTE
    room, effects = step(room, Tick(), NOW + MINUTE, SITE)
    assert isinstance(room.call, Idle)
    assert record_of(effects).ended_ts == NOW + MINUTE
    assert room.memberships == ()


def test_a_membership_that_is_said_anew_goes_on():
    room, _ = play(lounge(), says(ANA, expires=MINUTE))
    again = says(ANA, at=NOW + 50 * SECOND, created_ts=NOW, expires=2 * MINUTE)
    room, effects = play(room, again)
    assert texts(effects) == ["Ana joined."], "which the first one owed; nothing new"
    room, _ = step(room, Tick(), NOW + MINUTE, SITE)
    assert roster(room) == [f"{ANA}*"]
    assert room.call.elsewhere[0].since == NOW


def test_sticky_memberships_count_just_so():
    room, _ = play(lounge(), says_stickily(ANA, lasts_ms=MINUTE))
    assert roster(room) == [f"{ANA}*"]
    room, _ = play(room, says_stickily(ANA, at=NOW + 30 * SECOND, lasts_ms=MINUTE))
    room, _ = step(room, Tick(), NOW + MINUTE, SITE)
    assert roster(room) == [f"{ANA}*"]
    assert room.call.elsewhere[0].since == NOW, "it never says when it began"
    room, effects = play(room, unsays_stickily(ANA, at=NOW + 80 * SECOND))
    assert record_of(effects).ended_ts == NOW + 80 * SECOND
    room, _ = play(room, says_stickily(ANA, at=NOW + 30 * SECOND))
    assert roster(room) == [f"{ANA}*"], "the leave is not remembered: the hour is short"


def test_late_news_of_a_sticky_membership_changes_nothing():
    room, _ = play(lounge(), says_stickily(ANA, at=NOW + MINUTE))
    later, _ = play(room, unsays_stickily(ANA, at=NOW))
    assert later.memberships == room.memberships


def test_both_generations_of_one_device_are_one():
    room, _ = play(lounge(), says(ANA), says_stickily(ANA), says(BEN))
    assert roster(room) == [f"{ANA}*", f"{BEN}*"]
    room, _ = play(room, unsays(ANA, at=NOW + SECOND))
    assert roster(room) == [f"{ANA}*", f"{BEN}*"]


def test_a_mixed_call_counts_a_device_once():
    room, _ = play(lounge(), joined(ANA), says(ANA), says(BEN), says(BEN, "PHONE"))
    assert roster(room) == [ANA, f"{BEN}*", f"{BEN}*"]
    assert room.call.peak == 3
    room, _ = play(room, left(ANA, NOW + SECOND))
    assert roster(room) == [f"{BEN}*", f"{BEN}*"], "who published here is gone with the connection"


def test_who_publishes_here_is_in_the_call_only_when_connected():
    room, _ = play(lounge(), says(ANA, focus=OURS))
    assert isinstance(room.call, Idle)
    for spelt in (OURS + "/", "HTTPS://Voice.HS/livekit/jwt", "wss://sfu.hs"):
        room, _ = play(lounge(), says(ANA, focus=spelt))
        assert isinstance(room.call, Idle), spelt
    room, _ = play(lounge(), says(ANA, focus=""))
    assert roster(room) == [f"{ANA}*"], "nobody knows where"


def test_the_oldest_generation_publishes_where_the_oldest_member_does():
    legacy = says(BEN, at=NOW + SECOND, focus=OURS, focus_active=OLDEST)
    room, _ = play(lounge(), says(ANA, focus=THEIRS), legacy)
    assert roster(room) == [f"{ANA}*", f"{BEN}*"]
    room, _ = play(lounge(), says(ANA, focus=OURS), replace_focus(legacy, THEIRS))
    assert roster(room) == []


def replace_focus(event, focus):
    membership = replace(event.said.membership, focus=focus)
    return replace(event, said=replace(event.said, membership=membership))


def test_somebody_elsewhere_who_also_connects_here_goes_on():
    """As Element Call does to hear us: by a hashed identity, without publishing."""
    room, _ = play(lounge(), says(ANA), joined(CLEO, NOW + SECOND))
    hashed = replace(joined(ANA, NOW + 9 * SECOND, sid="PA_h"), hashed="hash")
    room, effects = play(room, hashed)
    assert roster(room) == [CLEO, ANA]
    assert room.call.present(f"{ANA}:DEV").since == NOW
    room, more = play(room, left(ANA, NOW + 20 * SECOND, sid="PA_h"))
    assert roster(room) == [CLEO, f"{ANA}*"]
    room, last = play(room, left(CLEO, NOW + MINUTE), unsays(ANA, at=NOW + MINUTE))
    record = record_of(last)
    assert [(s.user_id, s.joined_ts) for s in record.spans if s.user_id == ANA] == [(ANA, NOW)]
    told = " ".join(texts([*effects, *more, *last]))
    assert "Ana joined" not in told.replace("Ana joined. Cleo joined.", "")


def test_who_says_that_they_are_elsewhere_gets_past_no_lock():
    room, _ = play(lounge(), says(ANA))
    room = replace(room, channel=Channel(locked=True))
    room, effects = play(room, joined(ANA, NOW + SECOND))
    assert [effect.kind for effect in effects if effect.kind == "remove_participant"]
    assert roster(room) == [f"{ANA}*"]


@pytest.mark.parametrize(
    "room",
    [
        replace(lounge(), channel=None),
        lounge(enabled=False),
        replace(lounge(), bot="absent"),
        replace(lounge(), moved_to="!new:hs"),
    ],
)
def test_where_there_is_no_channel_nothing_happens(room):
    room, effects = play(room, says(ANA), says(BEN, focus=OURS))
    assert (room.call, effects) == (Idle(), [])
    room, effects = step(room, Tick(), NOW + MINUTE, SITE)
    assert effects == ()


def test_a_room_that_becomes_a_channel_shows_the_call_that_runs():
    room, _ = play(replace(lounge(), channel=None), says(ANA))
    room, _ = play(room, ChannelChanged("$c", NOW + SECOND, Channel()))
    assert roster(room) == [f"{ANA}*"]
    room, effects = play(room, ChannelChanged("$c2", NOW + MINUTE, Channel(enabled=False)))
    assert record_of(effects).ended_how == "disabled"


def test_who_leaves_the_matrix_room_is_out_and_back_with_it():
    room, _ = play(lounge(), says(ANA), says(BEN))
    room, _ = play(room, MemberLeft("$kick", ANA, NOW + SECOND))
    assert roster(room) == [f"{BEN}*"]
    (mine,) = [one for one in room.memberships if one.user_id == ANA]
    back = MembershipSaid(Said(mine.slot, mine.event_id, mine.sent_ts, mine), standing(ANA))
    room, _ = step(room, back, NOW + MINUTE, SITE)
    assert roster(room) == [f"{BEN}*", f"{ANA}*"]


def test_who_may_not_be_in_the_call_is_not_listed():
    blocked = standing(ANA, role=Role.BLOCK)
    room, effects = play(lounge(), says(ANA, who=blocked))
    assert (room.call, effects) == (Idle(), [])
    room, _ = play(lounge(), says(ANA), says(BEN))
    room, _ = play(room, RightsSeen("seen", NOW + SECOND, (blocked, standing(BEN))))
    assert roster(room) == [f"{BEN}*"]


def test_a_moderator_who_ends_the_call_has_ended_it():
    room, _ = play(lounge(), says(ANA), says(BEN))
    room, effects = play(room, CallStopped("$end", NOW + SECOND))
    assert isinstance(room.call, Idle)
    assert len(record_of(effects).spans) == 2
    again = says(ANA, at=NOW + MINUTE, created_ts=NOW)
    room, _ = play(room, again)
    assert isinstance(room.call, Idle), "a refresh of what was ended"
    room, _ = play(room, says(ANA, at=NOW + 2 * MINUTE))
    assert roster(room) == [f"{ANA}*"], "a new participation"


def test_who_was_put_out_is_not_listed_any_more():
    room, _ = play(lounge(), says(ANA), says(BEN))
    room, _ = play(room, Moderated("$kick", NOW + SECOND, "kick", standing(ANA)))
    assert roster(room) == [f"{BEN}*"]


def test_the_bot_forgets_memberships_when_it_leaves():
    room, effects = play(lounge(), says(ANA), BotLeft(NOW + SECOND))
    assert (room.memberships, room.knows_memberships) == ((), False)
    assert record_of(effects).ended_how == "bot_removed"


def test_somebody_elsewhere_answers_a_ring_and_may_ring():
    plan = RingPlan((Callee(BEN, "Ben"),))
    room, _ = play(lounge(), says(ANA), RingAsked(NOW, ANA, "Ana", plan))
    assert [ring.state for ring in room.call.rings] == ["ringing"]
    room, _ = play(room, says(BEN, at=NOW + SECOND))
    assert [ring.state for ring in room.call.rings] == ["answered"]


def test_a_call_started_elsewhere_rings_as_the_channel_says():
    plan = RingPlan((Callee(BEN, "Ben"),), at=NOW)
    room, effects = play(lounge(), replace(says(ANA), ring_plan=plan))
    assert "Ana is calling Ben." in texts(effects)
    _, effects = play(room, unsays(ANA, at=NOW + SECOND))
    assert record_of(effects).ended_how == "missed"


def test_anybody_may_write_any_number_of_memberships_but_few_are_kept():
    room = lounge()
    for count in range(50):
        room, _ = play(room, says(ANA, f"D{count}"))
    room, _ = play(room, says(BEN))
    assert len([one for one in room.memberships if one.user_id == ANA]) == 20
    assert [one.user_id for one in room.memberships][-1] == BEN


def test_a_key_of_somebody_else_is_its_senders():
    """Levels let any member write a key with another's name; it then says nothing of the other."""
    room, _ = play(lounge(), says(BEN))
    room, _ = play(room, says(ANA, key=f"_{BEN}_DEV_m.call", at=NOW + SECOND))
    assert roster(room) == [f"{ANA}*"]
    gone = MembershipSaid(Said(Slot(STATE, f"_{BEN}_DEV_m.call"), "$x", NOW + MINUTE, None))
    room, _ = play(room, gone)
    assert isinstance(room.call, Idle)
