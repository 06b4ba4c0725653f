"""Whatever happens in whatever order, the books balance."""

import os
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from haos_voice_bridge.core.call import Active, Idle, due
from haos_voice_bridge.core.channel import Channel
from haos_voice_bridge.core.effects import Admit, RecordCall, SendMessage, SetSources, SetState
from haos_voice_bridge.core.events import (
    ChannelChanged,
    Media,
    MediaChanged,
    MemberLeft,
    Moderated,
    RightsSeen,
    Tick,
)
from haos_voice_bridge.core.grants import Grant
from haos_voice_bridge.core.reconcile import Seen, differences
from haos_voice_bridge.core.restraints import restraint_on
from haos_voice_bridge.core.step import step
from tests.fakes.memberships import OURS, THEIRS, says, unsays
from tests.fakes.people import NOW, SITE, asks, joined, left, lounge, standing

ALL = Grant(("microphone", "camera", "screen_share", "screen_share_audio"))
USERS = [f"@{name}:hs" for name in ("ana", "ben", "cleo")]
users = st.sampled_from(USERS)
devices = st.sampled_from(["A", "B"])
departures = st.sampled_from(["left", "dropped", "removed"])
expiries = st.sampled_from([5_000, 35_000])


class Calls(RuleBasedStateMachine):
    """Joins, leaves, kicks and recounts, late, doubled and out of order."""

    def __init__(self):
        super().__init__()
        self.room = lounge(user_limit=3)
        self.now = NOW
        self.effects = []
        self.members = set(USERS)
        self.sids = {}
        self.count = 0
        self.held = {user: set() for user in USERS}
        self.tokens = {}
        self.sfu = {}

    def apply(self, event):
        self.room, effects = step(self.room, event, self.now, SITE)
        self.effects += effects
        for effect in effects:
            match effect:
                case Admit():
                    identity = f"{effect.request.user_id}:{effect.request.device_id}"
                    token = Grant(effect.sources, effect.can_hear)
                    self.tokens.setdefault(identity, []).append(token)
                case SetSources():
                    self.sfu[effect.identity] = Grant(effect.sources, effect.can_hear)

    @rule(user=users, device=devices, data=st.data())
    def joins(self, user, device, data):
        """With one of the tokens of the last minute, or with one of LiveKit's own renewals."""
        self.count += 1
        sid = f"PA_{self.count}"
        self.sids[user, device] = sid
        identity = f"{user}:{device}"
        renewed = [] if self.tokens.get(identity) else [ALL]
        self.sfu[identity] = data.draw(st.sampled_from(self.tokens.get(identity, []) + renewed))
        membership = "join" if user in self.members else "leave"
        who = standing(user, membership=membership)
        self.apply(joined(user, self.now, sid=sid, device=device, who=who))

    @rule(user=users, action=st.sampled_from(["mute", "unmute", "deafen", "undeafen"]))
    def is_moderated(self, user, action):
        state = action.removeprefix("un")
        (self.held[user].discard if action != state else self.held[user].add)(state)
        self.apply(Moderated(f"$mod{len(self.effects)}", self.now, action, standing(user)))

    @rule(user=users)
    def is_put_out(self, user):
        self.apply(Moderated(f"$out{len(self.effects)}", self.now, "kick", standing(user)))
        assert user not in {identity.rpartition(":")[0] for identity in self.present()}

    @rule(user=users)
    def rights_are_looked_at(self, user):
        membership = "join" if user in self.members else "leave"
        seen = (standing(user, membership=membership),)
        self.apply(RightsSeen(f"seen{len(self.effects)}", self.now, seen))

    @rule(user=users, device=devices, departure=departures)
    def leaves(self, user, device, departure):
        sid = self.sids.get((user, device), "PA_none")
        self.apply(left(user, self.now, departure, sid=sid, device=device))

    @rule(user=users, device=devices, old=st.integers(0, 20), departure=departures)
    def late_news(self, user, device, old, departure):
        self.apply(left(user, self.now - 50, departure, sid=f"PA_{old}", device=device))

    @rule(user=users)
    def is_kicked(self, user):
        self.members.discard(user)
        self.apply(MemberLeft(f"$kick{self.now}", user, self.now))

    @rule(user=users)
    def comes_back(self, user):
        self.members.add(user)

    @rule(user=users, device=devices)
    def asks(self, user, device):
        membership = "join" if user in self.members else "leave"
        self.apply(asks(standing(user, membership=membership), device=device, at=self.now))

    @rule(seconds=st.integers(-2, 40))
    def time_passes(self, seconds):
        self.now += seconds * 1000
        self.tokens = {} if seconds > 35 else self.tokens
        self.apply(Tick())

    @rule(data=st.data())
    def is_recounted(self, data):
        seen = []
        for (user, device), sid in self.sids.items():
            if data.draw(st.booleans()):
                media = Media(muted=data.draw(st.booleans()))
                seen.append(Seen(f"{user}:{device}", sid, user, device, self.now, media))
        found = differences(self.room, seen, self.now)
        for event in found.gone:
            self.apply(event)
        for new in found.new:
            membership = "join" if new.user_id in self.members else "leave"
            who = standing(new.user_id, membership=membership)
            came = joined(new.user_id, new.at, sid=new.sid, device=new.device_id, who=who)
            self.apply(replace(came, is_seen=True))
        for event in found.changed:
            self.apply(event)
        # What the SFU says is now what the room knows, but for who may not be there.
        expected = {one.identity for one in seen if one.user_id in self.members}
        free = {identity for identity in expected if not self.may_be_out(identity)}
        assert free <= self.present() <= expected

    @rule(user=users, device=devices, muted=st.booleans())
    def mutes(self, user, device, muted):
        sid = self.sids.get((user, device), "")
        self.apply(MediaChanged(f"{user}:{device}", sid, Media(muted=muted)))

    @rule(enabled=st.booleans())
    def is_switched(self, enabled):
        channel = Channel(enabled=enabled, user_limit=3)
        self.apply(ChannelChanged(f"$c{self.count}{self.now}", self.now, channel))
        if not enabled:
            self.apply(ChannelChanged("$on", self.now, Channel(user_limit=3)))

    @rule(user=users, device=devices, focus=st.sampled_from([OURS, THEIRS]), expires=expiries)
    def says_so(self, user, device, focus, expires):
        """By a MatrixRTC membership, wherever its client publishes."""
        who = standing(user, membership="join" if user in self.members else "leave")
        self.count += 1
        event_id = f"$says{self.count}"
        more = {"focus": focus, "expires": expires, "event_id": event_id}
        self.apply(says(user, device, at=self.now, who=who, **more))

    @rule(user=users, device=devices)
    def says_so_no_more(self, user, device):
        self.apply(unsays(user, device, at=self.now))

    @rule(user=users, device=devices)
    def listens_here_too(self, user, device):
        """By a hashed identity, as Element Call does to hear who publishes here."""
        if f"{user}:{device}" in self.present():
            return
        self.count += 1
        sid = f"PA_{self.count}"
        self.sfu[f"{user}:{device}"] = ALL
        who = standing(user, membership="join" if user in self.members else "leave")
        came = joined(user, self.now, sid=sid, device=device, who=who)
        self.apply(replace(came, hashed=f"hash{self.count}"))
        self.apply(left(user, self.now, sid=sid, device=device))

    @invariant()
    def a_device_is_listed_once_and_only_if_it_may_be(self):
        call = self.room.call
        if isinstance(call, Active):
            devices = [(p.user_id, p.device_id) for p in call.elsewhere]
            here = {(p.user_id, p.device_id) for p in call.participants}
            assert len(devices) == len(set(devices))
            assert not here & set(devices)
            assert {user for user, _ in devices} <= self.members

    def present(self):
        call = self.room.call
        return {p.identity for p in call.participants} if isinstance(call, Active) else set()

    def may_be_out(self, identity):
        """Whether they were put out lately: only a new token lets them in."""
        held = restraint_on(self.room.restraints, identity.rpartition(":")[0])
        return held.out_until > self.now

    @invariant()
    def a_call_has_one_card_one_end_and_one_record(self):
        keys = [e.key for e in self.effects if isinstance(e, SendMessage | RecordCall | SetState)]
        assert len(keys) == len(set(keys))
        started = {k.removeprefix("card:") for k in keys if k.startswith("card:")}
        ended = {k.removeprefix("end:") for k in keys if k.startswith("end:")}
        recorded = {k.removeprefix("record:") for k in keys if k.startswith("record:")}
        running = {self.room.call.call_id} if isinstance(self.room.call, Active) else set()
        assert ended == recorded
        assert started == ended | running

    @invariant()
    def who_is_muted_has_no_microphone_and_who_is_deafened_hears_nothing(self):
        for identity in self.present():
            held = self.held[identity.rpartition(":")[0]]
            assert ("microphone" in self.sfu[identity].sources) == (not held)
            assert self.sfu[identity].can_hear == ("deafen" not in held)

    @invariant()
    def nobody_outside_the_matrix_room_is_in_the_call(self):
        assert {identity.rpartition(":")[0] for identity in self.present()} <= self.members

    @invariant()
    def an_idle_room_shows_nobody(self):
        states = [e for e in self.effects if isinstance(e, SetState)]
        if isinstance(self.room.call, Idle) and states:
            assert states[-1].content == {}

    @invariant()
    def spans_are_never_negative(self):
        for effect in self.effects:
            if isinstance(effect, RecordCall):
                assert all(s.left_ts >= s.joined_ts for s in effect.record.spans)
                assert effect.record.ended_ts >= effect.record.started_ts
                assert effect.record.peak >= 1

    @invariant()
    def an_active_call_has_somebody_or_waits_for_somebody(self):
        call = self.room.call
        if isinstance(call, Active):
            assert call.everybody or call.dropped

    @invariant()
    def what_is_not_done_yet_is_due_soon(self):
        moment = due(self.room)
        assert moment is None or moment <= self.now + 40_000

    def teardown(self):
        for _ in range(5):
            self.now += 31_000
            self.apply(Tick())
        states = [e for e in self.effects if isinstance(e, SetState)]
        if isinstance(self.room.call, Active):
            shown = {f"{p['user_id']}:{p['device_id']}" for p in states[-1].content["participants"]}
            assert shown == self.present()
        assert due(self.room) is None


Calls.TestCase.settings = settings(
    max_examples=int(os.environ.get("HISTORIES", "1000")), stateful_step_count=15, deadline=None
)
TestCalls = Calls.TestCase
