"""Who comes into a call, who may stay, and what they show."""

from collections.abc import Sequence
from dataclasses import replace

from haos_voice_bridge.core import admission, contents
from haos_voice_bridge.core.call import (
    ENDINGS,
    RETURN_MS,
    Action,
    Active,
    Admission,
    Connection,
    Dropped,
    Ending,
    Idle,
    Outcome,
    Participant,
    Place,
    Room,
    is_in_call,
)
from haos_voice_bridge.core.effects import Effect, RemoveParticipant, SendMessage, SetSources
from haos_voice_bridge.core.events import (
    Departure,
    MediaChanged,
    MemberLeft,
    ParticipantJoined,
    ParticipantLeft,
    RightsSeen,
    StrangerSeen,
)
from haos_voice_bridge.core.grants import EVERYTHING, Grant, grant_for
from haos_voice_bridge.core.ids import call_id_of
from haos_voice_bridge.core.permissions import Standing
from haos_voice_bridge.core.restraints import restraint_on
from haos_voice_bridge.core.rings import RingPlan
from haos_voice_bridge.core.rules import ringing
from haos_voice_bridge.core.rules.departures import (
    card_key,
    give_up,
    gone,
    noted,
    roster_changed,
    swapped,
)
from haos_voice_bridge.core.rules.moves import move_of, told_of_move
from haos_voice_bridge.core.site import Site

CONNECTIONS = 4
"""Of one device at the same time: a MatrixRTC client that is loaded anew takes another name each
time, and LiveKit sees only after 20 s that the last one is gone."""


def participant_joined(room: Room, event: ParticipantJoined, now: int, site: Site) -> Outcome:
    """Somebody is connected: let them be there, or take them out."""
    if room.bot != "joined" or _must_go(room, event, now, site):
        return room, (RemoveParticipant(f"remove:{event.identity}:{event.sid}", event.identity),)
    admitted = next((a for a in room.admissions if a.identity == event.identity), None)
    grant = grant_for(room, event.standing)
    room = _token_used(room, admitted, now)
    participant = Participant(
        identity=event.identity,
        sid=event.sid,
        user_id=event.user_id,
        device_id=event.device_id,
        name=event.standing.name,
        since=event.at,
        connected=event.at,
        sources=grant.sources,
        can_hear=grant.can_hear,
        hashed=event.hashed,
    )
    effects: tuple[Effect, ...] = ()
    # A token may be older than the rights, or not one of ours; who is found there, even more so.
    if event.is_seen or not _came_with(admitted, grant):
        key = f"sources:{event.identity}:{event.sid}"
        effects = (SetSources(key, event.identity, grant.sources, grant.can_hear),)
    origin = admitted.origin if admitted else None
    if origin is not None:
        effects = (*effects, told_of_move(origin.room_id, event.identity, event.sid, "arrived"))
    if isinstance(room.call, Idle):
        room, started = _start_call(room, participant, event.ring_plan, origin, now, site)
        effects = (*started, *effects)
    else:
        room, superfluous = _within_bounds(
            replace(room, call=_enter(room.call, participant, origin)), event.identity
        )
        effects = (*effects, *superfluous)
    for ending in () if event.is_seen else room.endings:
        if ending.sid == event.sid:
            # Told before its beginning. They may be back by now, so the call waits for them.
            at = max(ending.at, event.at)
            over = ParticipantLeft(event.identity, event.sid, at, "dropped")
            room, more = participant_left(room, over)
            return room, (*effects, *more)
    return room, effects


def _token_used(room: Room, admitted: Admission | None, now: int) -> Room:
    used = tuple(one for one in room.used if one.until > now)
    if admitted is None:
        return replace(room, used=used)
    others = tuple(a for a in room.admissions if a.identity != admitted.identity)
    return replace(room, admissions=others, used=(*used, admitted))


def _came_with(admitted: Admission | None, grant: Grant) -> bool:
    """Whether the token that it used grants just this.

    Only for who may do everything: an older token may still be good, and it may have granted more.
    """
    if admitted is None or not admitted.is_sure or grant != EVERYTHING:
        return False
    return Grant(admitted.sources, admitted.can_hear) == grant


def _must_go(room: Room, event: ParticipantJoined, now: int, site: Site) -> bool:
    """Rights are checked at every arrival on the SFU: a token may be older than what took them."""
    if _may_not_stay(room, event.standing):
        return True
    if site.is_draining and isinstance(room.call, Idle):
        return True  # a token from before it opens a running call, but starts none
    was_put_out = restraint_on(room.restraints, event.user_id).out_until > now
    is_shut = room.settings.locked and not event.standing.is_moderator
    return (was_put_out or is_shut or site.is_draining) and not _was_let_in(room, event.identity)


def _was_let_in(room: Room, identity: str) -> bool:
    """By a token, or by being in the call, before the lock or since they were put out."""
    if any(admission.identity == identity for admission in room.admissions):
        return True
    return is_in_call(room, identity)


def _start_call(
    room: Room,
    first: Participant,
    plan: RingPlan | None,
    origin: Place | None,
    now: int,
    site: Site,
) -> Outcome:
    call = Active(
        # The count too: a connection that outlives its call may start the next one.
        call_id=call_id_of(f"{room.room_id}|{first.sid}|{room.calls}", first.since),
        started_ts=first.since,
        started_by=first.user_id,
        started_name=first.name,
        timeline=room.settings.timeline,
        participants=(),
    )
    call = replace(_enter(call, first, origin), ring_plan=plan)
    room, rings = ringing.as_planned(replace(room, call=call, calls=room.calls + 1), now)
    if call.timeline == "quiet" or not isinstance(room.call, Active):
        return room, rings
    card = contents.running_card(room.call, site.link(room.room_id))
    return room, (SendMessage(card_key(call.call_id), card), *rings)


def _enter(call: Active, arrived: Participant, origin: Place | None) -> Active:
    before = call.present(arrived.identity)
    if before is not None:
        return _connected_anew(call, before, arrived)
    lost = call.lost(arrived.identity)
    dropped = tuple(d for d in call.dropped if d is not lost)
    if lost is not None and arrived.since - lost.at < RETURN_MS:
        back = replace(arrived, since=lost.participant.since, name=lost.participant.name)
        call = replace(call, participants=(*call.participants, back), dropped=dropped)
    else:
        # The clocks of news differ by a second or two; stays of one device do not overlap.
        arrived = replace(arrived, since=max(arrived.since, _last_end(call, arrived)))
        call = replace(call, participants=(*call.participants, arrived))
        action: Action = "moved" if origin else "joined"
        call = noted(call, arrived, action, arrived.since, origin)
    return roster_changed(replace(call, peak=max(call.peak, len(call.participants))))


def _connected_anew(call: Active, before: Participant, arrived: Participant) -> Active:
    """The same device on a new connection, or on one more under another name: it never left."""
    (new,) = arrived.connections
    same = next((one for one in before.connections if one.hashed == new.hashed), None)
    if same is not None and new.sid != same.sid and new.connected < same.connected:
        return call  # late news of a connection that was replaced since
    again = replace(arrived, since=before.since, name=before.name, media=before.media)
    kept = tuple(new if one == same else one for one in before.connections)
    return _over(call, again, kept if same is not None else (*kept, new))


def _over(call: Active, device: Participant, connections: Sequence[Connection]) -> Active:
    """A device in the call is there by these connections now."""
    before = call.present(device.identity)
    now_as = device.over(connections)
    changed = replace(call, participants=swapped(call, now_as))
    return changed if before and before.names == now_as.names else roster_changed(changed)


def _within_bounds(room: Room, identity: str) -> Outcome:
    """One device is no gate for many: of too many connections, the oldest with a hash goes."""
    call = room.call
    here = call.present(identity) if isinstance(call, Active) else None
    if here is None or not isinstance(call, Active) or len(here.connections) <= CONNECTIONS:
        return room, ()
    oldest = min((c for c in here.connections if c.hashed), key=lambda c: c.connected)
    kept = [connection for connection in here.connections if connection != oldest]
    remove = RemoveParticipant(f"remove:{oldest.hashed}:{oldest.sid}", oldest.hashed)
    return replace(room, call=_over(call, here, kept)), (remove,)


def _last_end(call: Active, who: Participant) -> int:
    mine = (span for span in call.spans if span.user_id == who.user_id)
    return max((span.left_ts for span in mine if span.device_id == who.device_id), default=0)


def participant_left(room: Room, event: ParticipantLeft) -> Outcome:
    """Somebody's connection ended: by their will, or lost."""
    if not isinstance(room.call, Active):
        return _kept_ending(room, event), ()
    here = room.call.present(event.identity)
    lost = room.call.lost(event.identity)
    if lost is not None and lost.participant.sid == event.sid and event.departure != "dropped":
        # A recount missed them first (a track ends just before); now we hear that they meant it.
        action, place = _how(room, event.identity, event.departure)
        return give_up(room, event.identity, action, at=event.at, place=place)
    if here is None or not here.has(event.sid):
        # Told twice, about a connection that was replaced since, or before its beginning is told.
        return _kept_ending(room, event), ()
    if rest := [connection for connection in here.connections if connection.sid != event.sid]:
        return replace(room, call=_over(room.call, here, rest)), ()
    move = move_of(room, event.identity)
    if event.departure == "dropped" and not (move and move.arrived):
        call = replace(
            room.call,
            participants=tuple(p for p in room.call.participants if p is not here),
            dropped=(*room.call.dropped, Dropped(here, event.at)),
        )
        return replace(room, call=roster_changed(call)), ()
    action, place = _how(room, event.identity, event.departure)
    return gone(room, event.identity, event.at, action, place)


def stranger_seen(room: Room, event: StrangerSeen) -> Outcome:
    """Who cannot be told is no member that anybody could see, mute or put out: they go."""
    if room.bot != "joined":
        return room, ()
    return room, (RemoveParticipant(f"stranger:{event.identity}:{event.sid}", event.identity),)


def _how(room: Room, identity: str, departure: Departure) -> tuple[Action, Place | None]:
    """How the thread tells a departure: who was sent to another room, and goes, was moved."""
    move = move_of(room, identity)
    if move is not None and (move.arrived or (move.pushed and departure == "left")):
        return "moved", move.place
    return ("disconnected" if departure == "dropped" else departure), None


def _kept_ending(room: Room, event: ParticipantLeft) -> Room:
    others = tuple(ending for ending in room.endings if ending.sid != event.sid)
    ending = Ending(event.sid, event.at)
    return replace(room, endings=(*others, ending)[-ENDINGS:])


def media_changed(room: Room, event: MediaChanged) -> Room:
    """Somebody muted, showed a camera, and so on."""
    if not isinstance(room.call, Active):
        return room
    here = room.call.present(event.identity)
    if here is None or not here.has(event.sid) or here.media == event.media:
        return room
    shown = replace(room.call, participants=swapped(room.call, replace(here, media=event.media)))
    return replace(room, call=roster_changed(shown))


def member_left(room: Room, event: MemberLeft) -> Outcome:
    """Who is out of the Matrix room is out of its call, and a token not yet used is void."""
    room = replace(room, admissions=tuple(a for a in room.admissions if a.user_id != event.user_id))
    room = ringing.left_room(room, event.user_id)
    if not isinstance(room.call, Active):
        return room, ()
    call = room.call
    here = [p.identity for p in call.participants if p.user_id == event.user_id]
    lost = [d.participant for d in call.dropped if d.participant.user_id == event.user_id]
    effects: list[Effect] = []
    for identity in here:
        room, more = gone(room, identity, event.at, "removed")
        effects += [RemoveParticipant(f"remove:{identity}:{event.event_id}", identity), *more]
    for participant in lost:
        room, more = give_up(room, participant.identity)
        effects += more
    return room, tuple(effects)


def rights_seen(room: Room, event: RightsSeen) -> Outcome:
    """Rights that changed during a call: who may not be in it goes, the others' grants follow."""
    effects: list[Effect] = []
    standings = {standing.user_id: standing for standing in event.standings}
    present = room.call.participants if isinstance(room.call, Active) else ()
    for who in present:
        standing = standings.get(who.user_id)
        if standing is None:
            continue
        if _may_not_stay(room, standing):
            room, more = gone(room, who.identity, event.at, "removed")
            key = f"remove:{who.identity}:{event.cause}"
            effects += [RemoveParticipant(key, who.identity), *more]
        else:
            room, more = granted_anew(room, who, standing, event.cause)
            effects += more
    return room, tuple(effects)


def granted_anew(room: Room, who: Participant, standing: Standing, cause: str) -> Outcome:
    """Somebody in the call may do what is granted now, and nothing else."""
    grant = grant_for(room, standing)
    if not isinstance(room.call, Active) or Grant(who.sources, who.can_hear) == grant:
        return room, ()
    now_as = replace(who, sources=grant.sources, can_hear=grant.can_hear)
    room = replace(room, call=replace(room.call, participants=swapped(room.call, now_as)))
    key = f"sources:{who.identity}:{cause}"
    return room, (SetSources(key, who.identity, grant.sources, grant.can_hear),)


def _may_not_stay(room: Room, standing: Standing) -> bool:
    refusal = admission.refusal_for(room, standing)
    # MatrixRTC members may hold a call in any room where the bot is (docs/protocol.md §3), but not
    # in a channel that was switched off.
    return refusal is not None and not (
        refusal.code == "NOT_A_CHANNEL" and (room.channel is None or room.moved_to)
    )
