"""Hypothesis strategies for what the database holds."""

from hypothesis import strategies as st

from haos_voice_bridge.core.call import (
    Active,
    Admission,
    Asked,
    Change,
    Dropped,
    Idle,
    Move,
    Participant,
    Room,
)
from haos_voice_bridge.core.channel import Channel
from haos_voice_bridge.core.effects import (
    Admit,
    ClearMembership,
    ClearStatus,
    CloseMediaRoom,
    CreateChannel,
    DeclineElsewhere,
    Examine,
    FollowUpgrade,
    HidePuppet,
    JoinRoom,
    LeaveRoom,
    MergeState,
    PartPuppet,
    PushToken,
    RecordCall,
    Refuse,
    RemoveParticipant,
    RevokeLinks,
    SendDirect,
    SendEvent,
    SendLink,
    SendMessage,
    SetFlag,
    SetQuiet,
    SetSources,
    SetState,
    ShowPuppet,
    ShowStatus,
    StartEcho,
    StopEcho,
    TellRoom,
)
from haos_voice_bridge.core.events import Media
from haos_voice_bridge.core.history import CallRecord, Span
from haos_voice_bridge.core.membership import Membership
from haos_voice_bridge.core.request import JoinRequest, Refusal, RefusalCode
from haos_voice_bridge.core.restraints import Restraint
from haos_voice_bridge.core.rings import Ring, RingPlan, RungByClient

texts = st.text(max_size=12)
moments = st.integers(0, 2**53)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
contents = st.dictionaries(texts, json_values, max_size=4)


def many(values):
    return st.lists(values, max_size=3).map(tuple)


spans = st.builds(Span, texts, texts, texts, moments, moments)
participants = st.builds(
    Participant, texts, texts, texts, texts, texts, moments, st.from_type(Media)
)
dropped = st.builds(Dropped, participants, moments)
actives = st.builds(
    Active,
    call_id=texts,
    started_ts=moments,
    started_by=texts,
    started_name=texts,
    timeline=st.sampled_from(["card", "thread", "quiet"]),
    participants=many(participants),
    dropped=many(dropped),
    spans=many(spans),
    peak=moments,
    revision=moments,
    roster_ts=st.none() | moments,
    roster_due=st.none() | moments,
    changes=many(st.from_type(Change)),
    changes_due=st.none() | moments,
    lines=moments,
    rings=many(st.from_type(Ring)),
    ring_plan=st.none() | st.from_type(RingPlan),
    edits=moments,
    elsewhere=many(participants),
)
rooms = st.builds(
    Room,
    room_id=texts,
    bot=st.sampled_from(["absent", "joined"]),
    name=texts,
    room_type=texts,
    channel=st.none() | st.from_type(Channel),
    is_call_room=st.booleans(),
    admissions=many(st.from_type(Admission)),
    asked=many(st.builds(Asked, texts, moments)),
    call=st.just(Idle()) | actives,
    calls=moments,
    rung=many(st.from_type(RungByClient)),
    restraints=many(st.from_type(Restraint)),
    moves=many(st.from_type(Move)),
    memberships=many(st.from_type(Membership)),
    knows_memberships=st.booleans(),
)

requests = st.builds(
    JoinRequest,
    cause=texts,
    request_id=texts,
    user_id=texts,
    device_id=texts,
    asked_ts=moments,
    public_key=st.dictionaries(texts, texts, max_size=4),
    reply=st.sampled_from(["state", "to_device"]),
)
refusals = st.builds(Refusal, st.sampled_from(RefusalCode.__args__), texts, moments)
records = st.builds(
    CallRecord,
    call_id=texts,
    started_ts=moments,
    ended_ts=moments,
    started_by=texts,
    peak=moments,
    ended_how=st.sampled_from(["empty", "disabled", "bot_removed", "missed", "declined"]),
    spans=many(spans),
)
by_kind = {
    JoinRoom: st.builds(JoinRoom, texts),
    LeaveRoom: st.builds(LeaveRoom, texts, texts),
    SendMessage: st.builds(
        SendMessage, texts, contents, st.sampled_from([None, "thread", "replace", "reply"]), texts
    ),
    SendEvent: st.builds(SendEvent, texts, texts, contents, texts, moments),
    SendDirect: st.builds(SendDirect, texts, texts, contents),
    DeclineElsewhere: st.builds(DeclineElsewhere, texts, texts, texts, moments),
    SetQuiet: st.builds(SetQuiet, texts, texts, st.booleans()),
    SendLink: st.builds(SendLink, texts, texts, texts, texts, texts, texts),
    CreateChannel: st.builds(CreateChannel, texts, texts, texts, texts, texts, texts),
    RevokeLinks: st.builds(RevokeLinks, texts, texts, texts, texts),
    SetState: st.builds(SetState, texts, texts, texts, contents),
    MergeState: st.builds(MergeState, texts, texts, texts, contents, texts, st.none() | contents),
    Admit: st.builds(Admit, texts, requests, texts, many(texts), texts, moments),
    Refuse: st.builds(Refuse, texts, texts, texts, texts, st.booleans(), refusals),
    RemoveParticipant: st.builds(RemoveParticipant, texts, texts, texts),
    SetSources: st.builds(SetSources, texts, texts, many(texts), st.booleans()),
    TellRoom: st.builds(TellRoom, texts, texts, contents),
    PushToken: st.from_type(PushToken),
    StartEcho: st.builds(StartEcho, texts, texts, texts, texts, texts, texts),
    StopEcho: st.builds(StopEcho, texts, texts),
    Examine: st.builds(Examine, texts, texts, texts),
    ClearMembership: st.builds(ClearMembership, texts, texts, texts, texts, moments),
    ShowPuppet: st.builds(ShowPuppet, texts, texts, texts),
    HidePuppet: st.builds(HidePuppet, texts, texts),
    PartPuppet: st.builds(PartPuppet, texts, texts, many(texts)),
    SetFlag: st.builds(SetFlag, texts, texts, texts),
    FollowUpgrade: st.builds(FollowUpgrade, texts, texts),
    ShowStatus: st.builds(ShowStatus, texts, texts, texts),
    ClearStatus: st.builds(ClearStatus, texts, texts),
    CloseMediaRoom: st.builds(CloseMediaRoom, texts),
    RecordCall: st.builds(RecordCall, texts, records),
}
