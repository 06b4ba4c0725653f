"""A job's decisions, one by one and over made-up histories."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge.token_service.jobs import (
    WAIT_MS,
    Absent,
    Arrived,
    Connected,
    Departed,
    Done,
    Failed,
    Job,
    Leaving,
    NotFound,
    Over,
    Tick,
    Unknown,
    Waiting,
    begin,
    due,
    step,
)

NOW = 1_790_000_000_000
DELAY = 10_000


def job(**changes):
    made = Job("ALIAS", "@ana:hs:DEV", "hs", "syd_1", DELAY, NOW)
    return replace(made, **changes)


def after(state, *events, now=NOW, sanity_ms=0):
    for event in events:
        state = step(state, event, now, sanity_ms)
    return state


def connected(sid="PA_1", **changes):
    return after(begin(job(**changes)), Arrived(sid))


def test_a_new_job_looks_for_its_participant_at_once_and_then_less_and_less_often():
    state = begin(job())
    moment, request = due(state)
    assert (moment <= NOW, request) == (True, "look")
    pauses, now = [], NOW
    for _ in range(4):
        state = step(state, Absent(), now, 0)
        pauses.append(due(state)[0] - now)
        now = due(state)[0]
    assert pauses == [1000, 1500, 2250, 3375]


def test_a_participant_that_arrives_has_the_delay_started_anew_at_once():
    state = connected()
    assert isinstance(state, Connected)
    assert due(state) == (NOW, "restart")
    assert state.job.connected


def test_the_delay_is_started_anew_at_80_percent_of_it():
    state = step(connected(), Done(), NOW + 300, 0)
    assert due(state) == (NOW + 300 + 8_000, "restart")
    assert state.job.until == NOW + 300 + DELAY


def test_who_never_comes_has_the_leave_sent_when_the_delay_is_over():
    state = after(begin(job()), Absent())
    assert due(replace(state, look_at=NOW + DELAY)) == (NOW + DELAY, None)
    state = step(state, Tick(), NOW + DELAY, 0)
    assert due(state) == (NOW + DELAY, "send")


def test_nobody_is_waited_for_longer_than_an_hour():
    state = begin(job(timeout_ms=5 * WAIT_MS))
    assert state.until == NOW + WAIT_MS


def test_who_leaves_has_the_leave_sent_at_once():
    state = after(connected(), Done(), Departed("PA_1"))
    assert due(state) == (NOW, "send")
    assert after(state, Done()) == Over(state.job, "sent")
    assert after(state, NotFound()) == Over(state.job, "sent")


def test_the_end_of_an_earlier_connection_of_the_same_device_is_not_a_leave():
    assert isinstance(after(connected("PA_2"), Departed("PA_1")), Connected)
    waiting = after(begin(job()), Absent(), Departed("PA_1"))
    assert isinstance(waiting, Waiting)
    assert due(waiting) == (NOW, "look"), "but a reason to look"


def test_late_news_of_an_arrival_does_not_undo_the_end_of_that_connection():
    leaving = after(connected("PA_1"), Departed("PA_1"))
    assert after(leaving, Arrived("PA_1")) == leaving
    waiting = after(begin(job()), Departed("PA_1"))
    assert isinstance(after(waiting, Arrived("PA_1")), Waiting)


def test_who_is_back_before_the_leave_was_sent_stays():
    state = after(connected("PA_1"), Departed("PA_1"), Failed(), Arrived("PA_2"))
    assert due(state) == (NOW, "restart")


def test_a_delayed_event_that_is_gone_ends_the_job():
    assert after(connected(), NotFound()) == Over(connected().job, "gone")


def test_a_homeserver_that_limits_the_rate_is_waited_for_as_long_as_it_says():
    assert due(after(connected(), Failed(3_000)))[0] == NOW + 3_000
    leaving = after(connected(), Departed("PA_1"))
    assert due(after(leaving, Failed(3_000)))[0] == NOW + 3_000


def test_restarting_is_given_up_when_the_homeserver_has_sent_the_leave_by_itself():
    state = after(connected(), Failed(60_000))
    assert due(state) == (NOW + DELAY, "restart"), "a last try"
    assert step(state, Failed(), NOW + DELAY, 0) == Over(state.job, "late")


def test_a_leave_is_tried_for_a_second_at_least():
    state = step(begin(job()), Tick(), NOW + DELAY, 0)
    state = step(state, Failed(), NOW + DELAY, 0)
    assert due(state)[0] == NOW + DELAY + 1_000
    assert isinstance(step(state, Failed(), NOW + DELAY + 1_000, 0), Over)


def test_a_connected_participant_is_looked_for_now_and_then_where_that_is_wanted():
    state = after(begin(job()), Arrived("PA_1"), Done(), sanity_ms=5_000)
    assert due(state) == (NOW + 5_000, "look")
    again = step(state, Arrived("PA_1"), NOW + 5_000, 5_000)
    assert due(again) == (NOW + 8_000, "restart")
    assert due(step(state, Unknown(), NOW + 5_000, 5_000))[1] == "restart", "no answer: no leave"
    assert isinstance(step(state, Absent(), NOW + 5_000, 5_000), Leaving)


def test_who_left_while_we_were_down_has_the_leave_sent_as_soon_as_that_is_seen():
    restored = begin(replace(connected().job, restarted_ts=NOW))
    assert due(restored)[1] == "look"
    assert isinstance(step(restored, Absent(), NOW + 5_000, 0), Leaving)
    assert isinstance(step(restored, Arrived("PA_1"), NOW + 5_000, 0), Connected)


def test_a_restored_job_whose_time_is_up_still_looks_and_then_sends():
    restored = begin(job())
    late = NOW + 10 * DELAY
    assert due(restored)[1] == "look"
    assert due(step(restored, Absent(), late, 0)) == (late, "send")


EVENTS = st.one_of(
    st.builds(Arrived, st.sampled_from(["", "PA_1", "PA_2"])),
    st.builds(Departed, st.sampled_from(["", "PA_1", "PA_2"])),
    st.builds(Absent),
    st.builds(Unknown),
    st.builds(Done),
    st.builds(NotFound),
    st.builds(Failed, st.integers(0, 200_000)),
    st.builds(Tick),
)
STEPS = st.lists(st.tuples(st.integers(0, 20_000), EVENTS), max_size=40)
SANITY = st.sampled_from([0, 1_000, 60_000])


@given(STEPS, SANITY, st.integers(1, 10**7))
def test_whatever_happens_there_is_always_a_next_moment_or_an_end(steps, sanity_ms, timeout_ms):
    state, now = begin(job(timeout_ms=timeout_ms)), NOW
    for pause, event in steps:
        now += pause
        state = step(state, event, now, sanity_ms)
        if isinstance(state, Over):
            return
        moment, _ = due(state)
        assert moment <= now + max(WAIT_MS, timeout_ms)


@given(STEPS, SANITY)
def test_once_nothing_works_any_more_a_job_ends_by_itself(steps, sanity_ms):
    state, now = begin(job()), NOW
    for pause, event in steps:
        now += pause
        state = step(state, event, now, sanity_ms)
    answers = {"look": Unknown(), "restart": Failed(), "send": Failed(), None: Tick()}
    for _ in range(500):
        if isinstance(state, Over):
            return
        moment, request = due(state)
        now = max(now, moment)
        state = step(state, answers[request], now, sanity_ms)
    pytest.fail(f"still at work: {state}")


@given(STEPS, SANITY)
def test_no_leave_is_sent_while_the_participant_is_known_to_be_there(steps, sanity_ms):
    """Known by a connection's name: it arrived and did not depart, nor was looked for in vain."""
    state, now, there = begin(job()), NOW, ""
    for pause, event in steps:
        now += pause
        before = state
        state = step(state, event, now, sanity_ms)
        match event:
            case Arrived(sid) if isinstance(state, Connected):
                there = sid or there
            case Absent():
                there = ""
            case Departed(sid) if sid in ("", there):
                there = ""
        if there and isinstance(before, Connected) and before.sid == there:
            assert not isinstance(state, Leaving), event


@given(STEPS, SANITY)
def test_the_delay_is_never_let_run_out_while_the_homeserver_answers(steps, sanity_ms):
    """Each restart is due before the homeserver would send the leave."""
    state, now = begin(job()), NOW
    for pause, event in steps:
        now += pause
        state = step(state, event, now, sanity_ms)
        if isinstance(event, Done) and isinstance(state, Connected):
            assert state.restart_at < state.job.until
            assert state.job.until == now + state.job.timeout_ms
