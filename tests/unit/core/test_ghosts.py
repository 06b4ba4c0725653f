"""Ghosts are cleared, and never somebody who is there."""

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from haos_voice_bridge.core.call import GHOST_MS, due
from haos_voice_bridge.core.effects import ClearMembership
from haos_voice_bridge.core.events import GhostStays, Media, MemberLeft, SfuLooked, Tick
from haos_voice_bridge.core.ids import hash_of
from haos_voice_bridge.core.reconcile import Seen, differences
from haos_voice_bridge.core.rules.ghosts import is_overdue
from haos_voice_bridge.core.step import step
from tests.fakes.memberships import OURS, STATE, THEIRS, says, says_stickily, state_key, unsays
from tests.fakes.people import ANA, BEN, CLEO, NOW, SITE, joined, left, lounge, play

SECOND = 1000
LONG_AGO = NOW - 3_600 * SECOND
OLDEST = {"type": "livekit", "focus_selection": "oldest_membership"}


def here(user_id, **more):
    return says(user_id, focus=OURS, **more)


def looks(room, now, *identities, answering_since=LONG_AGO):
    """The SFU says who is there: the room, and whose membership is to be cleared."""
    looked = SfuLooked(frozenset(identities), answering_since)
    room, effects = step(room, looked, now, SITE)
    return room, [e.state_key for e in effects if isinstance(e, ClearMembership)]


def test_who_is_not_on_the_sfu_for_half_a_minute_is_cleared():
    room, effects = play(lounge(), here(ANA))
    assert effects == [], "nobody is in the call"
    assert due(room) == NOW + GHOST_MS
    assert not is_overdue(room, NOW + GHOST_MS - 1)
    assert is_overdue(room, NOW + GHOST_MS)
    looked = SfuLooked(frozenset(), LONG_AGO)
    room, (clear,) = step(room, looked, NOW + GHOST_MS, SITE)
    assert (clear.event_type, clear.state_key) == (STATE, state_key(ANA))
    assert clear.event_id == room.memberships[0].event_id
    assert not is_overdue(room, NOW + 10 * GHOST_MS), "it is done once"
    room, _ = play(room, unsays(ANA, at=NOW + GHOST_MS + 1))
    assert room.memberships == ()


def test_a_slow_joiner_has_half_a_minute():
    room, _ = play(lounge(), here(ANA), joined(ANA, NOW + 29 * SECOND))
    assert room.memberships[0].absent_since is None
    assert looks(room, NOW + 31 * SECOND, f"{ANA}:DEV")[1] == []


def test_somebody_whose_arrival_is_not_told_yet_is_there_all_the_same():
    room, _ = play(lounge(), here(ANA))
    room, cleared = looks(room, NOW + GHOST_MS, f"{ANA}:DEV")
    assert cleared == []
    assert not is_overdue(room, NOW + GHOST_MS)


def test_a_reconnection_within_half_a_minute_is_none_of_our_business():
    room, _ = play(lounge(), joined(ANA), here(ANA), left(ANA, NOW + SECOND, "dropped"))
    room, _ = play(room, joined(ANA, NOW + 30 * SECOND, sid="PA_2"))
    assert looks(room, NOW + 40 * SECOND, f"{ANA}:DEV")[1] == []
    room, _ = play(room, left(ANA, NOW + 50 * SECOND, "dropped", sid="PA_2"))
    room, cleared = looks(room, NOW + 79 * SECOND)
    assert cleared == [], "29 s"
    assert looks(room, NOW + 80 * SECOND)[1] == [state_key(ANA)]


def test_what_the_sfu_does_not_say_is_not_so():
    room, _ = play(lounge(), here(ANA))
    room, effects = step(room, Tick(), NOW + GHOST_MS, SITE)  # it did not answer
    assert effects == ()
    assert due(room) == NOW + 2 * GHOST_MS


def test_an_outage_of_the_sfu_starts_the_clock_anew():
    room, _ = play(lounge(), here(ANA))
    back = NOW + 25 * SECOND
    room, cleared = looks(room, NOW + GHOST_MS, answering_since=back)
    assert cleared == []
    assert looks(room, back + GHOST_MS, answering_since=back)[1] == [state_key(ANA)]


def test_who_publishes_on_another_sfu_is_left_alone():
    room, _ = play(lounge(), says(ANA, focus=THEIRS), says(BEN, focus=""))
    assert looks(room, NOW + 10 * GHOST_MS)[1] == []
    # The oldest generation goes where the oldest member says, and who that is may change.
    room, _ = play(room, here(CLEO, focus_active=OLDEST))
    assert looks(room, NOW + 10 * GHOST_MS)[1] == []
    room, _ = play(lounge(), here(ANA), here(CLEO, focus_active=OLDEST))
    assert len(looks(room, NOW + GHOST_MS)[1]) == 2


def test_each_device_counts_by_itself():
    room, _ = play(lounge(), joined(ANA), here(ANA), here(ANA, device="OLD"))
    assert looks(room, NOW + GHOST_MS, f"{ANA}:DEV")[1] == [state_key(ANA, "OLD")]


def test_sticky_memberships_are_nobody_elses_to_clear():
    room, _ = play(lounge(), says_stickily(ANA, focus=OURS))
    assert looks(room, NOW + GHOST_MS)[1] == []
    assert room.memberships[0].absent_since is None


def test_a_hashed_identity_is_known_where_it_can_be():
    """And where it cannot, whoever it is may be the one who seems to be absent."""
    room, _ = play(lounge(), here(ANA), says_stickily(BEN, focus=OURS))
    of_ben, of_somebody = hash_of([BEN, "DEV", "m1"]), hash_of([ANA, "DEV", "unknown"])
    assert looks(room, NOW + GHOST_MS, of_ben)[1] == [state_key(ANA)]
    room, cleared = looks(room, NOW + GHOST_MS, of_ben, of_somebody)
    assert cleared == []
    assert looks(room, NOW + 2 * GHOST_MS, of_ben)[1] == [state_key(ANA)]


def test_a_hashed_identity_that_is_in_the_call_is_known():
    room, _ = play(lounge(), here(ANA))
    hashed = hash_of([BEN, "DEV", "unknown"])
    room, _ = play(room, replace(joined(BEN, NOW + 1), hashed=hashed))
    assert looks(room, NOW + GHOST_MS, hashed)[1] == [state_key(ANA)]


@pytest.mark.parametrize("settings", [{"enabled": False}, None])
def test_where_there_is_no_channel_nothing_is_cleared(settings):
    room = replace(lounge(), channel=None) if settings is None else lounge(**settings)
    room, _ = play(room, here(ANA))
    assert looks(room, NOW + GHOST_MS)[1] == []
    assert not is_overdue(room, NOW + GHOST_MS)


def test_who_left_the_matrix_room_leaves_no_ghost_behind():
    room, _ = play(lounge(), here(ANA), MemberLeft("$kick", ANA, NOW + SECOND))
    assert looks(room, NOW + GHOST_MS)[1] == [state_key(ANA)]


def test_a_decision_that_came_too_late_is_made_anew():
    room, _ = play(lounge(), here(ANA))
    room, _ = looks(room, NOW + GHOST_MS)
    room, _ = step(room, GhostStays(room.memberships[0].event_id), NOW + 60 * SECOND, SITE)
    assert due(room) == NOW + 60 * SECOND + GHOST_MS
    assert looks(room, NOW + 60 * SECOND + GHOST_MS)[1] == [state_key(ANA)]


def test_what_is_said_anew_while_its_device_is_absent_gains_no_time():
    """Clients say it anew by timers; only a new participation begins from the start."""
    room, _ = play(lounge(), here(ANA))
    room, _ = play(room, here(ANA, at=NOW + 20 * SECOND, created_ts=NOW))
    assert looks(room, NOW + GHOST_MS)[1] == [state_key(ANA)]
    room, _ = play(lounge(), here(ANA), here(ANA, at=NOW + 20 * SECOND))
    assert looks(room, NOW + GHOST_MS)[1] == []


def test_a_clock_that_is_set_back_clears_nobody():
    room, _ = play(lounge(), here(ANA))
    room, _ = step(room, Tick(), NOW - 3_600 * SECOND, SITE)
    assert looks(room, NOW - 3_600 * SECOND + GHOST_MS - 1)[1] == []


USERS = [ANA, BEN]
users = st.sampled_from(USERS)


class Ghosts(RuleBasedStateMachine):
    """Devices that come and go, a bridge that hears of it late or not, an SFU that fails."""

    def __init__(self):
        super().__init__()
        self.room, self.now, self.count = lounge(), NOW, 0
        self.really, self.known = {}, set()
        self.absent_since = {}
        self.answering_since = NOW
        self.is_up = True

    def apply(self, event):
        self.room, effects = step(self.room, event, self.now, SITE)
        for effect in effects:
            if isinstance(effect, ClearMembership):
                (user,) = [user for user in USERS if state_key(user) == effect.state_key]
                assert user not in self.really, "somebody who is there"
                assert self.now - self.absent_since[user] >= GHOST_MS
                assert self.now - self.answering_since >= GHOST_MS
                assert self.is_up

    @rule(user=users, is_first=st.booleans())
    def says_so(self, user, is_first):
        if user not in self.absent_since or is_first:
            self.absent_since.setdefault(user, self.now)
            self.apply(says(user, at=self.now, focus=OURS))

    @rule(user=users, is_told=st.booleans())
    def connects(self, user, is_told):
        self.count += 1
        sid = self.really[user] = f"PA_{self.count}"
        if is_told:
            self.known.add(user)
            self.apply(joined(user, self.now, sid=sid))

    @rule(user=users, is_told=st.booleans(), how=st.sampled_from(["left", "dropped"]))
    def goes(self, user, is_told, how):
        sid = self.really.pop(user, None)
        if user not in self.known:
            return  # an instant that nobody saw
        self.known.discard(user)
        self.absent_since[user] = self.now
        if is_told:
            self.apply(left(user, self.now, how, sid=sid))

    @rule(seconds=st.sampled_from([1, 5, 29, 31]))
    def time_passes(self, seconds):
        for _ in range(seconds):
            self.now += SECOND
            if self.is_up and self.now % (5 * SECOND) == 0:
                self.is_recounted()
            if not is_overdue(self.room, self.now):
                continue
            if self.is_up:
                there = frozenset(f"{user}:DEV" for user in self.really)
                self.apply(SfuLooked(there, self.answering_since))
            else:
                self.apply(Tick())
            assert not is_overdue(self.room, self.now)

    def is_recounted(self):
        self.known = set(self.really)
        seen = [
            Seen(f"{u}:DEV", sid, u, "DEV", self.now, Media()) for u, sid in self.really.items()
        ]
        found = differences(self.room, seen, self.now)
        for event in found.gone:
            self.apply(event)
        for new in found.new:
            self.apply(joined(new.user_id, self.now, sid=new.sid))

    @rule()
    def the_sfu_fails(self):
        self.is_up = False

    @rule()
    def the_sfu_is_back(self):
        if not self.is_up:
            self.is_up, self.answering_since = True, self.now

    @invariant()
    def the_roster_lists_nobody_for_a_membership_here(self):
        assert not getattr(self.room.call, "elsewhere", ())


TestGhosts = Ghosts.TestCase
TestGhosts.settings = settings(max_examples=150, stateful_step_count=20, deadline=None)
