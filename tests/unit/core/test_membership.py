"""Reading MatrixRTC memberships: every shape of the reference, and anything at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge.core.ids import hash_of
from haos_voice_bridge.core.membership import (
    EXPIRES_MS,
    LONGEST_MS,
    LONGEST_STICKY_MS,
    Membership,
    Slot,
    state_said,
    sticky_said,
)
from tests.adapters.raw import odd
from tests.fakes.memberships import OURS, STATE, STICKY, THEIRS, state_content, sticky_content
from tests.fakes.people import ANA, BEN, NOW

HOUR = 3_600_000


def read(content, sender=ANA, key="_@ana:hs_DEV_m.call", event_type=STATE):
    return state_said(event_type, key, sender, "$m", content, NOW).membership


def read_sticky(content, sender=ANA, lasts_ms=HOUR):
    said = sticky_said(sender, "$m", content, NOW, lasts_ms)
    return said.membership if said else None


def without(content, *names):
    return {name: value for name, value in content.items() if name not in names}


def test_a_state_membership_as_element_call_writes_it():
    assert read(state_content()) == Membership(
        slot=Slot(STATE, "_@ana:hs_DEV_m.call"),
        event_id="$m",
        user_id=ANA,
        device_id="DEV",
        sent_ts=NOW,
        created_ts=NOW,
        expires_ts=NOW + 14_400_000,
        focus=OURS,
    )


@pytest.mark.parametrize("event_type", [STATE, "m.call.member"])
@pytest.mark.parametrize("key", ["_@ana:hs_DEV_m.call", "_@ana:hs_DEV", "@ana:hs_DEV", "@ana:hs"])
def test_every_form_of_the_key_is_read_and_the_sender_says_whose_it_is(event_type, key):
    one = read(state_content(), BEN, key, event_type)
    assert (one.slot, one.user_id) == (Slot(event_type, key), BEN)


def test_it_lasts_from_when_the_participation_began():
    one = read(state_content(created_ts=NOW - HOUR, expires=2 * HOUR))
    assert (one.created_ts, one.expires_ts) == (NOW - HOUR, NOW + HOUR)
    assert read(without(state_content(), "expires")).expires_ts == NOW + EXPIRES_MS
    assert read(state_content(created_ts=NOW + HOUR)).created_ts == NOW, "a clock that is ahead"
    assert read(state_content(expires=10**18)).expires_ts == NOW + LONGEST_MS


def test_the_call_may_go_by_its_other_name_and_may_be_a_video_call():
    assert read(state_content(call_id="ROOM"))
    assert read(without(state_content(), "scope"))
    assert read(state_content(**{"m.call.intent": "video"})).is_video


def test_where_it_publishes():
    oldest = {"type": "livekit", "focus_selection": "oldest_membership"}
    assert read(state_content(focus_active=oldest)).follows_oldest
    other = {"type": "livekit", "focus_selection": "new"}
    assert read(state_content(focus_active=other)).focus == ""
    foci = [{"type": "mesh"}, "odd", {"type": "livekit", "livekit_service_url": THEIRS}]
    assert read(state_content(foci_preferred=foci)).focus == THEIRS
    assert read(state_content(foci_preferred=[])).focus == ""


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"memberships": [state_content()]},
        without(state_content(), "device_id"),
        without(state_content(), "focus_active"),
        without(state_content(), "foci_preferred"),
        without(state_content(), "call_id"),
        state_content(application="m.whiteboard"),
        state_content(call_id="other"),
        state_content(scope="m.user"),
        state_content(device_id="D\n"),
        state_content(device_id="D" * 256),
        state_content(expires=0),
        state_content(expires="14400000"),
        state_content(expires=True),
        state_content(created_ts="yesterday"),
        state_content(created_ts=-5),
        state_content(focus_active={"type": "mesh"}),
    ],
)
def test_what_is_no_membership_says_that_nobody_is_there(content):
    assert read(content) is None


def test_a_sticky_membership_as_element_call_writes_it():
    one = read_sticky(sticky_content(ANA))
    assert one == Membership(
        slot=Slot(STICKY, "m1", ANA),
        event_id="$m",
        user_id=ANA,
        device_id="DEV",
        sent_ts=NOW,
        created_ts=NOW,
        expires_ts=NOW + HOUR,
        focus=OURS,
        member_id="m1",
    )
    assert hash_of([ANA, "DEV", "m1"]) in one.identities
    assert hash_of([ANA, "m1"]) in one.identities
    assert one.slot.is_sticky


def test_the_newer_shape_of_transports_is_read_too():
    published = [{"type": "livekit", "livekit_service_url": THEIRS}]
    newer = {"published": published, "can_subscribe": ["livekit"]}
    content = without(sticky_content(ANA), "rtc_transports")
    assert read_sticky({**content, "transports": newer}).focus == THEIRS
    by_url = {"published": [{"type": "livekit", "url": "wss://sfu.hs"}]}
    assert read_sticky({**content, "transports": by_url}).focus == "wss://sfu.hs"
    assert read_sticky(content).focus == ""


def test_the_text_of_the_proposal_is_read_too():
    content = without(sticky_content(ANA), "msc4354_sticky_key") | {"sticky_key": "m1"}
    content["member"] = {"id": "m1", "membership": "join"}
    assert read_sticky(content).device_id == "m1"
    content["member"] = {"id": "m1", "membership": "leave"}
    assert read_sticky(content) is None


def test_it_lasts_as_long_as_it_is_sticky():
    assert read_sticky(sticky_content(ANA), lasts_ms=60_000).expires_ts == NOW + 60_000
    longest = read_sticky(sticky_content(ANA), lasts_ms=10**12)
    assert longest.expires_ts == NOW + LONGEST_STICKY_MS
    for unmarked in (None, "3600000", 0, True):
        assert read_sticky(sticky_content(ANA), lasts_ms=unmarked) is None


def test_a_bare_key_is_a_leave_and_without_a_key_it_is_nothing():
    said = sticky_said(ANA, "$m", {"msc4354_sticky_key": "m1"}, NOW, HOUR)
    assert (said.slot, said.membership) == (Slot(STICKY, "m1", ANA), None)
    assert sticky_said(ANA, "$m", {}, NOW, HOUR) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"slot_id": "m.call#OTHER"},
        {"application": {"type": "m.whiteboard"}},
        {"application": "m.call"},
        {"member": {"user_id": BEN, "device_id": "DEV", "id": "m1"}},
        {"member": {"user_id": ANA, "device_id": "DEV"}},
        {"member": {"user_id": ANA, "device_id": 5, "id": "m1"}},
        {"member": None},
    ],
)
def test_a_sticky_event_that_is_no_membership_of_its_senders(changes):
    assert read_sticky(sticky_content(ANA, **changes)) is None


FIELDS = sorted({*state_content(), *sticky_content(ANA), "created_ts", "transports", "sticky_key"})


@given(st.dictionaries(st.sampled_from(FIELDS), odd), odd, odd)
def test_nothing_odd_breaks_the_reader(changes, lasts_ms, inner):
    """Any one field, and many of them, may hold anything."""
    for content in (changes, state_content() | changes, sticky_content(ANA) | changes):
        state_said(STATE, "_k", ANA, "$m", content, NOW)
        sticky_said(ANA, "$m", content, NOW, lasts_ms)
    state_said(STATE, "_k", ANA, "$m", state_content(foci_preferred=[inner]), NOW)
    state_said(STATE, "_k", ANA, "$m", state_content(foci_preferred=[{"type": inner}]), NOW)
    published = {"transports": {"published": [inner]}, "member": {"id": inner}}
    sticky_said(ANA, "$m", sticky_content(ANA) | published, NOW, HOUR)


@given(st.integers(), st.integers())
def test_no_membership_outlives_the_longest(created, expires):
    one = read(state_content(created_ts=created, expires=expires))
    assert one is None or one.created_ts <= NOW
    assert one is None or one.expires_ts <= NOW + LONGEST_MS
