"""Who counts as in the call though they are not on our SFU: by their MatrixRTC memberships.

Whoever publishes on our SFU is in the call by being connected there, whatever their membership
says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from haos_voice_bridge.core.call import Action, Active, Dropped, Idle, Outcome, Participant, Room
from haos_voice_bridge.core.effects import Effect
from haos_voice_bridge.core.events import (
    Event,
    Media,
    MemberLeft,
    MembershipSaid,
    Moderated,
    ParticipantJoined,
    ParticipantLeft,
    RightsSeen,
)
from haos_voice_bridge.core.history import Span
from haos_voice_bridge.core.ids import identity_of
from haos_voice_bridge.core.membership import Membership
from haos_voice_bridge.core.rules.departures import end_if_empty, noted, roster_changed
from haos_voice_bridge.core.rules.members import Device, connected, valid
from haos_voice_bridge.core.rules.starting import begun, new_call
from haos_voice_bridge.core.site import Site


def _elsewhere(room: Room, now: int, site: Site, *, but: str = "") -> Mapping[Device, Membership]:
    """Who takes part by another SFU, by device, the oldest first."""
    if not room.memberships or not room.is_channel:
        return {}
    everybody = valid(room, now)
    devices, identities = connected(room, but=but)
    found: dict[Device, Membership] = {}
    for one in everybody:
        is_here = one.was_here or one.device in devices or bool(one.identities & identities)
        if not is_here and not one.dismissed and not _publishes_here(one, everybody, site):
            found.setdefault(one.device, one)
    return found


def _publishes_here(one: Membership, everybody: Sequence[Membership], site: Site) -> bool:
    return site.is_own(everybody[0].focus if one.follows_oldest else one.focus)


def joins(room: Room, event: ParticipantJoined) -> Room:
    """Somebody known from elsewhere connects here, too: as if they came back, since they go on."""
    call = room.call
    who = _listed(call, (event.user_id, event.device_id)) if isinstance(call, Active) else None
    if who is None or not isinstance(call, Active):
        return room
    lost = Dropped(replace(who, identity=event.identity, sid=""), event.at)
    others = tuple(one for one in call.elsewhere if one is not who)
    return replace(room, call=replace(call, elsewhere=others, dropped=(*call.dropped, lost)))


def stays(room: Room, event: ParticipantLeft, now: int, site: Site) -> Room | None:
    """Somebody hears us no more, but still takes part by another SFU; None: they are gone."""
    call = room.call
    here = call.present(event.identity) if isinstance(call, Active) else None
    if here is None or not isinstance(call, Active) or not here.has(event.sid) or here.others:
        return None
    one = _elsewhere(room, now, site, but=here.identity).get((here.user_id, here.device_id))
    if one is None:
        return None
    others = tuple(who for who in call.participants if who is not here)
    going_on = replace(_participant(one), since=here.since, name=here.name)
    call = replace(call, participants=others, elsewhere=(*call.elsewhere, going_on))
    return replace(room, call=roster_changed(call))


def follow(before: Room, room: Room, event: Event, now: int, site: Site) -> Outcome:
    """What the memberships come to after a step."""
    if not room.memberships and not (isinstance(room.call, Active) and room.call.elsewhere):
        return room, ()
    room = _seen_here(_without_expired(room, now))
    found = _elsewhere(room, now, site)
    # First who comes: where one device takes over from another, the call goes on.
    room, started = _come(room, found, event, now, site)
    room, ended = _gone(before, room, found, event, now)
    return room, (*started, *ended)


def _without_expired(room: Room, now: int) -> Room:
    kept = tuple(one for one in room.memberships if one.expires_ts > now)
    return room if len(kept) == len(room.memberships) else replace(room, memberships=kept)


def _seen_here(room: Room) -> Room:
    """Who publishes on our SFU goes by their own name there; who only listens, by a hash of it."""
    here = room.call.participants if isinstance(room.call, Active) else ()
    plain = {who.identity for who in here if any(not one.hashed for one in who.connections)}

    def noted_here(one: Membership) -> Membership:
        is_new = not one.was_here and identity_of(*one.device) in plain
        return replace(one, was_here=True) if is_new else one

    return replace(room, memberships=tuple(map(noted_here, room.memberships)))


def _participant(one: Membership) -> Participant:
    """What they show is not known; whoever came for a video call probably does."""
    return Participant(
        identity=identity_of(*one.device),
        sid=one.event_id,
        user_id=one.user_id,
        device_id=one.device_id,
        name=one.name or one.user_id,
        since=one.created_ts,
        connected=one.created_ts,
        media=Media(muted=False, video=one.is_video),
    )


def _listed(call: Active, device: Device) -> Participant | None:
    return next((p for p in call.elsewhere if (p.user_id, p.device_id) == device), None)


def _come(
    room: Room, found: Mapping[Device, Membership], event: Event, now: int, site: Site
) -> Outcome:
    effects: list[Effect] = []
    for device, one in found.items():
        who = _participant(one)
        if isinstance(room.call, Idle):
            plan = event.ring_plan if isinstance(event, MembershipSaid) else None
            room, more = begun(room, _enter(new_call(room, who), who), plan, now, site)
            effects += more
        call = room.call
        if not isinstance(call, Active):
            continue
        listed = _listed(call, device)
        if listed is None:
            call = _enter(call, who)
        elif listed.media != who.media:
            rest = tuple(replace(p, media=who.media) if p is listed else p for p in call.elsewhere)
            call = roster_changed(replace(call, elsewhere=rest))
        room = replace(room, call=_not_lost(call, device))
    return room, tuple(effects)


def _enter(call: Active, who: Participant) -> Active:
    lost = next((d.participant for d in call.dropped if _is_of(d.participant, who)), None)
    if lost is not None:  # they were connected here, and go on elsewhere
        back = replace(who, since=lost.since, name=lost.name)
        return roster_changed(replace(call, elsewhere=(*call.elsewhere, back)))
    ends = (span.left_ts for span in call.spans if _is_of(span, who))
    who = replace(who, since=max((who.since, *ends)))  # stays of one device do not overlap
    call = noted(call, who, "joined", who.since)
    call = replace(call, elsewhere=(*call.elsewhere, who))
    return roster_changed(replace(call, peak=max(call.peak, len(call.everybody))))


def _is_of(one: Participant | Span, who: Participant) -> bool:
    return (one.user_id, one.device_id) == (who.user_id, who.device_id)


def _not_lost(call: Active, device: Device) -> Active:
    kept = tuple(
        lost
        for lost in call.dropped
        if (lost.participant.user_id, lost.participant.device_id) != device
    )
    return call if len(kept) == len(call.dropped) else replace(call, dropped=kept)


def _gone(
    before: Room, room: Room, found: Mapping[Device, Membership], event: Event, now: int
) -> Outcome:
    call = room.call
    if not isinstance(call, Active):
        return room, ()
    for who in call.elsewhere:
        if (who.user_id, who.device_id) not in found:
            action, at = _how(before, who, event, now)
            others = tuple(one for one in call.elsewhere if one is not who)
            call = replace(call, elsewhere=others, spans=(*call.spans, who.until(at)))
            call = roster_changed(noted(call, who, action, at))
    if call is room.call:
        return room, ()
    return end_if_empty(replace(room, call=call))


def _how(before: Room, who: Participant, event: Event, now: int) -> tuple[Action, int]:
    """How and when somebody left: by the event about them, or because their time was over."""
    match event:
        case MembershipSaid():
            return "left", event.said.at
        case MemberLeft():
            return "removed", event.at
        case RightsSeen() | Moderated():
            return "removed", event.at
        case _:
            mine = (one for one in before.memberships if one.device == (who.user_id, who.device_id))
            ended = min((one.expires_ts for one in mine), default=now)
            return "disconnected", min(ended, now)
