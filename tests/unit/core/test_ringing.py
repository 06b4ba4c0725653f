"""Who is rung, and what becomes of it."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from haos_voice_bridge.core.call import Active, due
from haos_voice_bridge.core.effects import RecordCall, SendDirect, SendEvent, SendMessage
from haos_voice_bridge.core.events import (
    BotLeft,
    CallStopped,
    ClientRang,
    MemberLeft,
    RingAsked,
    RingDeclined,
    Tick,
)
from haos_voice_bridge.core.rings import MOST_RUNG, OFTEN, OFTEN_MS, RING_MS, Callee, RingPlan
from haos_voice_bridge.core.step import step
from tests.fakes.people import ANA, BEN, CLEO, NOW, SITE, joined, left, lounge, play

SECOND = 1000
NAMES = {ANA: "Ana", BEN: "Ben", CLEO: "Cleo"}


def plan(*user_ids, target="", at=NOW):
    return RingPlan(tuple(Callee(user, NAMES.get(user, user)) for user in user_ids), target, at)


def calling(*user_ids, **more):
    """Ana starts a call that rings these."""
    return replace(joined(ANA), ring_plan=plan(*user_ids, **more))


def asks_for(*user_ids, by=ANA, at=NOW):
    return RingAsked(at, by, NAMES[by], plan(*user_ids, at=at))


def rings(effects):
    return [effect for effect in effects if isinstance(effect, SendEvent)]


def rung(effects):
    return [user for ring in rings(effects) for user in ring.content["m.mentions"]["user_ids"]]


def told(effects):
    """Who is told in their direct chat, and what."""
    return {e.user_id: e.content["body"] for e in effects if isinstance(e, SendDirect)}


def cards(effects):
    found = [e.content for e in effects if isinstance(e, SendMessage)]
    found = [content for content in found if "io.haos.voice.card" in content]
    return [(c["io.haos.voice.card"]["state"], c["body"].partition(" Join:")[0]) for c in found]


def ended_how(effects):
    return [effect.record.ended_how for effect in effects if isinstance(effect, RecordCall)]


def test_a_call_that_rings_says_so_on_its_card_and_mentions_exactly_who_is_rung():
    room, effects = play(lounge(), calling(BEN, CLEO))
    (ring,) = rings(effects)
    assert ring.event_type == "org.matrix.msc4075.rtc.notification"
    assert ring.content == {
        "notification_type": "ring",
        "m.mentions": {"user_ids": [BEN, CLEO]},
        "sender_ts": NOW,
        "lifetime": 30_000,
        "m.call.intent": "audio",
    }
    assert ring.target == f"card:{room.call.call_id}"
    assert ring.until == NOW + RING_MS
    assert cards(effects) == [("ringing", "Ana is calling Ben and Cleo.")]
    card = next(effect for effect in effects if isinstance(effect, SendMessage))
    assert card.content["m.mentions"] == {}
    assert effects.index(card) < effects.index(ring), "the ring refers to the card"


def test_it_refers_to_the_callers_own_membership_if_there_is_one():
    _, effects = play(lounge(), calling(BEN, target="$member"))
    assert rings(effects)[0].target == "$member"
    _, effects = play(lounge(timeline="quiet"), calling(BEN))
    assert rings(effects)[0].target == "", "no card to refer to"


def test_neither_the_caller_nor_who_is_in_the_call_is_rung():
    _, effects = play(lounge(), joined(ANA), joined(BEN), asks_for(ANA, BEN, CLEO))
    assert rung(effects) == [CLEO]
    dropped = left(BEN, NOW, "dropped")
    _, effects = play(lounge(), joined(ANA), joined(BEN), dropped, asks_for(BEN))
    assert rung(effects) == [], "they may come back by themselves"


def test_who_is_not_in_the_call_rings_nobody():
    _, effects = play(lounge(), joined(ANA), asks_for(CLEO, by=BEN))
    assert rung(effects) == []
    assert play(lounge(), asks_for(BEN))[1] == []


def test_one_call_rings_at_most_twenty():
    many = [f"@u{number}:hs" for number in range(30)]
    _, effects = play(lounge(), calling(*many[:15]), asks_for(*many[10:]))
    assert rung(effects) == many[:MOST_RUNG]


def test_answered_on_any_device():
    came = joined(BEN, NOW + 5 * SECOND, device="PHONE")
    room, effects = play(lounge(), calling(BEN), came, left(BEN, NOW + 60 * SECOND, device="PHONE"))
    assert room.call.rings[0].state == "answered"
    room, more = step(room, Tick(), NOW + 90 * SECOND, SITE)
    _, last = play(room, left(ANA, NOW + 120 * SECOND))
    effects = [*effects, *more, *last]
    assert told(effects) == {}
    assert cards(effects) == [
        ("ringing", "Ana is calling Ben."),
        ("active", "Ana started a call."),
        ("ended", "Call ended after 2 min: Ana, Ben"),
    ]
    assert ended_how(effects) == ["empty"]


def test_missed_when_the_time_is_up_and_found_in_the_direct_chat():
    room, _ = play(lounge(), calling(BEN))
    assert due(room) <= NOW + RING_MS
    room, nothing = step(room, Tick(), NOW + RING_MS - 1, SITE)
    assert told(nothing) == {}
    room, more = step(room, Tick(), NOW + RING_MS, SITE)
    link = SITE.link(room.room_id)
    assert told(more) == {BEN: f"You missed a call from Ana in Lounge: {link}"}
    assert cards(more) == [("active", "Ana started a call. Ben did not answer.")]
    room, last = play(room, left(ANA, NOW + 40 * SECOND))
    assert cards(last) == [("missed", "Missed call from Ana")]
    assert ended_how(last) == ["missed"]
    assert told(last) == {}, "once"


def test_a_caller_who_hangs_up_early_leaves_a_missed_call():
    room, effects = play(lounge(), calling(BEN), left(ANA, NOW + 5 * SECOND))
    assert list(told(effects)) == [BEN]
    assert cards(effects)[-1] == ("missed", "Missed call from Ana")
    assert ended_how(effects) == ["missed"]
    assert due(room) is None


def test_a_caller_who_is_lost_leaves_one_missed_call():
    room, effects = play(lounge(), calling(BEN), left(ANA, NOW, "dropped"))
    room, more = step(room, Tick(), NOW + RING_MS, SITE)  # both time-outs at one moment
    assert [e.user_id for e in [*effects, *more] if isinstance(e, SendDirect)] == [BEN]
    assert ended_how(more) == ["missed"]


def test_declined_is_told_on_the_card_and_nowhere_else():
    room, effects = play(lounge(), calling(BEN), RingDeclined(BEN, NOW + SECOND))
    assert cards(effects)[-1] == ("active", "Ana started a call. Ben declined.")
    room, last = play(room, RingDeclined(BEN, NOW + 2 * SECOND), left(ANA, NOW + 9 * SECOND))
    assert cards(last) == [("declined", "Ben declined Ana's call")]
    assert ended_how(last) == ["declined"]
    assert told([*effects, *last]) == {}


def test_one_declines_and_one_does_not_answer_is_a_missed_call():
    room, _ = play(lounge(), calling(BEN, CLEO), RingDeclined(CLEO, NOW))
    _, effects = play(room, left(ANA, NOW + 5 * SECOND))
    assert cards(effects) == [("missed", "Missed call from Ana")]
    assert list(told(effects)) == [BEN]


def test_a_decline_of_somebody_who_is_not_rung_says_nothing():
    before, _ = play(lounge(), calling(BEN))
    room, effects = play(before, RingDeclined(CLEO, NOW))
    assert (room, effects) == (before, [])


def test_a_call_that_was_stopped_was_not_missed_but_who_was_rung_is_told():
    _, effects = play(lounge(), calling(BEN), CallStopped("$stop", NOW + SECOND))
    assert ended_how(effects) == ["stopped"]
    assert list(told(effects)) == [BEN]
    _, effects = play(lounge(), calling(BEN), BotLeft(NOW + SECOND))
    assert list(told(effects)) == [BEN]


def test_who_left_the_room_is_not_told_of_its_calls():
    room, _ = play(lounge(), calling(BEN), MemberLeft("$kick", BEN, NOW))
    _, effects = step(room, Tick(), NOW + RING_MS, SITE)
    assert told(effects) == {}


def test_who_is_rung_later_puts_the_card_back_to_ringing():
    _, effects = play(lounge(), joined(ANA), asks_for(BEN))
    assert cards(effects) == [("active", "Ana started a call."), ("ringing", "Ana is calling Ben.")]
    assert rings(effects)[0].key.endswith(":0")


def test_nobody_is_rung_again_and_again_by_calls_that_are_started_for_it():
    room, times = lounge(), []
    for number in range(OFTEN + 2):
        at = NOW + number * 60 * SECOND
        come = replace(joined(ANA, sid=f"PA_{number}", at=at), ring_plan=plan(BEN, at=at))
        for event in (come, left(ANA, sid=f"PA_{number}", at=at + SECOND)):
            room, effects = step(room, event, event.at, SITE)
            times += rung(effects)
    assert times == [BEN] * OFTEN
    later = NOW + OFTEN_MS + 60 * SECOND
    come = replace(joined(ANA, sid="PA_9", at=later), ring_plan=plan(BEN, CLEO, at=later))
    _, effects = step(room, come, later, SITE)
    assert rung(effects) == [BEN, CLEO]


def test_a_ring_by_the_callers_own_client_is_enough():
    wait = NOW + 3 * SECOND
    room, effects = play(lounge(), calling(BEN, CLEO, at=wait))
    assert rings(effects) == []
    assert due(room) <= wait
    room, _ = play(room, ClientRang(ANA, (BEN,), False, NOW + SECOND))
    room, effects = step(room, Tick(), wait, SITE)
    assert rung(effects) == [CLEO]
    _, effects = play(lounge(), ClientRang(ANA, (), True, NOW - SECOND), calling(BEN))
    assert rung(effects) == [], "just before the start, and the whole room"


def test_a_strangers_ring_and_an_old_one_keep_nobody_from_being_rung():
    _, effects = play(lounge(), ClientRang(CLEO, (BEN,), False, NOW), calling(BEN))
    assert rung(effects) == [BEN]
    _, effects = play(lounge(), ClientRang(ANA, (BEN,), False, NOW - RING_MS), calling(BEN))
    assert rung(effects) == [BEN]


def test_a_caller_who_was_gone_before_the_ring_rings_nobody():
    room, _ = play(lounge(), calling(CLEO, at=NOW + 3 * SECOND), joined(BEN))
    room, _ = play(room, left(ANA, NOW + SECOND))
    _, effects = step(room, Tick(), NOW + 3 * SECOND, SITE)
    assert rings(effects) == []


def test_a_clock_that_is_set_back_does_not_ring_for_hours():
    room, _ = play(lounge(), calling(BEN))
    hour = 3600 * SECOND
    room, _ = step(room, Tick(), NOW - hour, SITE)
    room, effects = step(room, Tick(), NOW - hour + RING_MS, SITE)
    assert list(told(effects)) == [BEN]


USERS = [ANA, BEN, CLEO]
users = st.sampled_from(USERS)
several = st.lists(users, max_size=4)


class Ringing(RuleBasedStateMachine):
    """Calls, rings, answers, declines and time in any order."""

    def __init__(self):
        super().__init__()
        self.room, self.now, self.effects, self.count = lounge(), NOW, [], 0
        self.here = {}

    def apply(self, event):
        self.room, effects = step(self.room, event, self.now, SITE)
        self.effects += effects
        in_call = set(self.here)
        assert not in_call & set(rung(effects)), "nobody in the call is rung"

    @rule(user=users, callees=several, wait=st.integers(0, 4))
    def joins(self, user, callees, wait):
        self.count += 1
        sid = self.here[user] = f"PA_{self.count}"
        ring_plan = plan(*callees, at=self.now + wait * SECOND)
        self.apply(replace(joined(user, self.now, sid=sid), ring_plan=ring_plan))

    @rule(user=users, how=st.sampled_from(["left", "dropped"]))
    def leaves(self, user, how):
        sid = self.here.pop(user, "PA_none")
        self.apply(left(user, self.now, how, sid=sid))

    @rule(by=users, callees=several)
    def asks(self, by, callees):
        self.apply(RingAsked(self.now, by, NAMES[by], plan(*callees)))

    @rule(user=users)
    def declines(self, user):
        self.apply(RingDeclined(user, self.now))

    @rule(by=users, callees=several, everybody=st.booleans())
    def client_rings(self, by, callees, everybody):
        self.apply(ClientRang(by, tuple(callees), everybody, self.now))

    @rule(seconds=st.integers(-2, 40))
    def time_passes(self, seconds):
        self.now += seconds * SECOND
        self.apply(Tick())

    @invariant()
    def nobody_is_rung_twice_for_one_call(self):
        by_call = [
            (ring.key.split(":")[1], user)
            for ring in rings(self.effects)
            for user in ring.content["m.mentions"]["user_ids"]
        ]
        assert len(by_call) == len(set(by_call))

    @invariant()
    def nobody_is_told_twice_of_one_missed_call(self):
        keys = [e.key for e in self.effects if isinstance(e, SendDirect | SendEvent | SendMessage)]
        assert len(keys) == len(set(keys))

    @invariant()
    def who_is_told_was_rung(self):
        assert set(told(self.effects)) <= set(rung(self.effects))

    def teardown(self):
        for _ in range(3):
            self.now += 31 * SECOND
            self.apply(Tick())
        call = self.room.call
        assert not isinstance(call, Active) or all(ring.state != "ringing" for ring in call.rings)


Ringing.TestCase.settings = settings(max_examples=300, stateful_step_count=15, deadline=None)
TestRinging = Ringing.TestCase
