"""How often calls are compared with the SFU."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge.service.pace import CALM_S, QUICK_S, Pace

ROOM = "!lounge:hs"


def looks(changes, seconds):
    """The moments at which a room is looked at, when a look every tenth of a second is possible."""
    pace, moments = Pace(), []
    for tick in range(round(seconds * 10)):
        now = tick / 10
        if ROOM in pace.due({ROOM}, now):
            moments.append(now)
            pace.looked(ROOM, now, changed=now in changes)
    return moments


def gaps(moments):
    return [round(later - earlier, 1) for earlier, later in itertools.pairwise(moments)]


def test_a_new_call_is_looked_at_at_once_and_a_calm_one_ever_less():
    between = gaps(looks(set(), 60))
    assert between[0] <= QUICK_S * 1.6
    assert between == sorted(between)
    assert between[-1] == CALM_S


def test_a_change_makes_it_quick_again():
    calm = looks(set(), 60)
    after = [moment for moment in looks({calm[-2]}, 80) if moment > calm[-2]]
    assert round(after[0] - calm[-2], 1) == QUICK_S


@given(st.sets(st.integers(0, 600).map(lambda tick: tick / 10)))
def test_no_change_goes_unseen_for_longer_than_the_calm_pace(changes):
    assert all(gap <= CALM_S + 0.2 for gap in gaps(looks(changes, 60)))


def test_a_call_that_is_over_is_forgotten():
    pace = Pace()
    pace.due({ROOM}, 0)
    assert pace.due(set(), 1) == set()
    assert pace.due({ROOM}, 1.1) == {ROOM}, "the next call is looked at at once"
