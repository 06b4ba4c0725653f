"""Rings and declines as people's clients send them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge.adapters.matrix.ringing import DECLINE, NOTIFICATION
from haos_voice_bridge.adapters.matrix.translate import internal, matrix_event
from haos_voice_bridge.core.events import RingDeclined
from haos_voice_bridge.core.hints import Declines, RangByClient
from haos_voice_bridge.core.rings import RING_MS
from tests.adapters.raw import READING, arrival, event, odd
from tests.fakes.people import ANA, BEN, BOT, NOW

AT = NOW - 100


def read(event_type, content, **more):
    return matrix_event(READING, arrival(event(event_type, content, **more)))


def mentioning(*user_ids, **more):
    return {"notification_type": "ring", "m.mentions": {"user_ids": list(user_ids), **more}}


def rang(user_ids, *, rings_all=False, lifetime=RING_MS):
    return RangByClient("$e", ANA, user_ids, rings_all, AT, lifetime)


def test_both_are_worth_storing_but_our_own():
    for event_type in (NOTIFICATION, DECLINE):
        assert READING.wants(event(event_type, {}), in_direct=False)
        assert not READING.wants(event(event_type, {}, sender=BOT), in_direct=False)
    assert read(NOTIFICATION, mentioning(BEN), sender=BOT) is None


def test_a_ring_names_people_or_the_room():
    assert read(NOTIFICATION, mentioning(BEN)) == rang((BEN,))
    assert read(NOTIFICATION, mentioning(room=True)) == rang((), rings_all=True)


def test_it_rings_for_as_long_as_it_says_and_half_a_minute_at_most():
    for said, lifetime in [(5_000, 5_000), (90_000, RING_MS), (0, RING_MS), ("5", RING_MS)]:
        assert read(NOTIFICATION, {**mentioning(BEN), "lifetime": said}).lifetime == lifetime


def test_the_newer_draft_is_read_too():
    inner = {"type": "m.call", "notification_type": "ring", "lifetime": 9_000}
    content = {"application": inner, "m.mentions": {"user_ids": [BEN]}}
    assert read(NOTIFICATION, content) == rang((BEN,), lifetime=9_000)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"notification_type": "ring"},
        {"notification_type": "ring", "m.mentions": {}},
        mentioning("ben", "@ben\n:hs", "@" + "x" * 300, 5),
        {**mentioning(BEN), "notification_type": "notification"},
    ],
)
def test_what_rings_nobody_says_nothing(content):
    assert read(NOTIFICATION, content) is None


def test_a_decline_refers_to_a_ring():
    relates = {"rel_type": "m.reference", "event_id": "$ring"}
    assert read(DECLINE, {"m.relates_to": relates}) == Declines(ANA, "$ring", AT)
    for bad in (None, {}, {**relates, "rel_type": "m.thread"}, {**relates, "event_id": 5}):
        assert read(DECLINE, {"m.relates_to": bad}) is None


@given(st.sampled_from([NOTIFICATION, DECLINE]), odd, odd, odd)
def test_nothing_odd_breaks_the_reader(event_type, mentions, relates, inner):
    content = {**mentioning(), "m.mentions": mentions, "m.relates_to": relates}
    read(event_type, content)
    read(event_type, {**content, "application": inner, "notification_type": inner})
    read(event_type, {**content, "m.mentions": {"user_ids": mentions, "room": relates}})


def test_a_decline_that_was_passed_on():
    note = {"kind": "declined", "user_id": BEN, "at": NOW}
    assert internal(arrival(note, "internal")) == RingDeclined(BEN, NOW, cause="$key")
