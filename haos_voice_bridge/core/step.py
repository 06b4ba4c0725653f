"""The rules of a room: what happened in, the new state and what is owed out. Nothing is done here.

One function an event; `match` without a wildcard, so that the type checker names what is missing.
"""

from dataclasses import dataclass, replace
from urllib.parse import quote

from haos_voice_bridge.core import admission, contents
from haos_voice_bridge.core.call import (
    GATHER_MS,
    RETURN_MS,
    ROSTER_GAP_MS,
    Action,
    Active,
    Change,
    Dropped,
    Idle,
    Participant,
    Room,
)
from haos_voice_bridge.core.channel import CALL_ROOM_TYPES, BadField, Channel
from haos_voice_bridge.core.effects import (
    CloseMediaRoom,
    Effect,
    JoinRoom,
    LeaveRoom,
    RecordCall,
    RemoveParticipant,
    SendMessage,
    SetState,
)
from haos_voice_bridge.core.events import (
    BotInvited,
    BotJoined,
    BotLeft,
    ChannelChanged,
    Event,
    JoinMalformed,
    JoinRequested,
    MediaChanged,
    MemberLeft,
    ParticipantJoined,
    ParticipantLeft,
    RoomNamed,
    Tick,
)
from haos_voice_bridge.core.history import CallRecord, HowEnded
from haos_voice_bridge.core.ids import call_id_of
from haos_voice_bridge.core.permissions import Role

Outcome = tuple[Room, tuple[Effect, ...]]


@dataclass(frozen=True, slots=True)
class Site:
    """What the rules must know of this installation."""

    public_url: str

    def link(self, room_id: str) -> str:
        """Where a person goes to join the room's call."""
        return f"{self.public_url}/#/room/{quote(room_id, safe='')}"


def step(room: Room, event: Event, now: int, site: Site) -> Outcome:
    """Apply one event; `now` is in milliseconds since the epoch, and nothing breaks if it jumps."""
    room, effects = _apply(room, event, now, site)
    room, flushed = _flush(room, now)
    return room, (*effects, *flushed)


def _apply(room: Room, event: Event, now: int, site: Site) -> Outcome:  # noqa: PLR0911 (one an event)
    match event:
        case BotInvited():
            return _invited(room, event)
        case BotJoined():
            return _bot_joined(room, event)
        case BotLeft():
            return _bot_left(room, event)
        case RoomNamed():
            return replace(room, name=event.name), ()
        case ChannelChanged():
            return _channel_changed(room, event)
        case MemberLeft():
            return _member_left(room, event)
        case JoinRequested():
            return admission.judge(room, event, now)
        case JoinMalformed():
            return admission.malformed(room, event, now)
        case ParticipantJoined():
            return _participant_joined(room, event, site)
        case ParticipantLeft():
            return _participant_left(room, event)
        case MediaChanged():
            return _media_changed(room, event), ()
        case Tick():
            return room, ()


# The bot and its channel


def _invited(room: Room, event: BotInvited) -> Outcome:
    if event.role.includes(Role.START):
        return room, (JoinRoom(f"join:{event.event_id}"),)
    reason = "You do not have permission to invite this bot. Ask the admin of its server."
    return room, (LeaveRoom(f"leave:{event.event_id}", reason),)


def _bot_joined(room: Room, event: BotJoined) -> Outcome:
    room = replace(
        room,
        bot="joined",
        name=event.name,
        room_type=event.room_type,
        is_call_room=event.room_type in CALL_ROOM_TYPES,
    )
    if event.channel is None:
        return room, ()
    return _channel_set(room, event.channel, event.event_id)


def _bot_left(room: Room, event: BotLeft) -> Outcome:
    # Nobody is left who could check rights or end the card: the call ends with the bot.
    room, effects = _end_call(room, event.at, "bot_removed")
    closing = (CloseMediaRoom(f"close:{event.at}"),) if effects else ()
    records = tuple(effect for effect in effects if isinstance(effect, RecordCall))
    return replace(room, bot="absent", admissions=(), channel=None), (*records, *closing)


def _channel_changed(room: Room, event: ChannelChanged) -> Outcome:
    room, effects = _channel_set(room, event.channel, event.event_id)
    if room.is_channel or not isinstance(room.call, Active):
        return room, effects
    room, ended = _end_call(room, event.at, "disabled")
    return (
        replace(room, admissions=()),
        (*effects, *ended, CloseMediaRoom(f"close:{event.event_id}")),
    )


def _channel_set(room: Room, channel: Channel | BadField, event_id: str) -> Outcome:
    if isinstance(channel, BadField):
        text = (
            f"The voice channel's setting “{channel.field}” {channel.reason}. "
            "The earlier settings stay in force."
        )
        return room, (
            SendMessage(f"bad-channel:{event_id}", contents.notice(text), "reply", event_id),
        )
    return replace(room, channel=channel), ()


def _member_left(room: Room, event: MemberLeft) -> Outcome:
    """Who is out of the Matrix room is out of its call, and a token not yet used is void."""
    room = replace(room, admissions=tuple(a for a in room.admissions if a.user_id != event.user_id))
    if not isinstance(room.call, Active):
        return room, ()
    call = room.call
    here = [p.identity for p in call.participants if p.user_id == event.user_id]
    lost = [d.participant for d in call.dropped if d.participant.user_id == event.user_id]
    effects: list[Effect] = []
    for identity in here:
        room, more = _participant_gone(room, identity, event.at, "removed")
        effects += [RemoveParticipant(f"remove:{identity}:{event.event_id}", identity), *more]
    for participant in lost:
        room, more = _give_up(room, participant.identity)
        effects += more
    return room, tuple(effects)


# The call


def _participant_joined(room: Room, event: ParticipantJoined, site: Site) -> Outcome:
    if room.bot != "joined" or _must_go(room, event):
        return room, (RemoveParticipant(f"remove:{event.identity}:{event.sid}", event.identity),)
    room = replace(
        room, admissions=tuple(a for a in room.admissions if a.identity != event.identity)
    )
    participant = Participant(
        identity=event.identity,
        sid=event.sid,
        user_id=event.user_id,
        device_id=event.device_id,
        name=event.standing.name,
        since=event.at,
    )
    if isinstance(room.call, Idle):
        return _start_call(room, participant, site)
    return replace(room, call=_enter(room.call, participant)), ()


def _must_go(room: Room, event: ParticipantJoined) -> bool:
    """Rights are checked at every arrival on the SFU: a token may be older than what took them."""
    refusal = admission.refusal_for(room, event.standing)
    if refusal is None:
        return room.settings.locked and not (
            event.standing.is_moderator or _was_let_in(room, event.identity)
        )
    # MatrixRTC members may hold a call in any room where the bot is (docs/protocol.md §2), but not
    # in a channel that was switched off.
    return not (refusal.code == "NOT_A_CHANNEL" and room.channel is None)


def _was_let_in(room: Room, identity: str) -> bool:
    """Before the lock, by a token or by being in the call."""
    if any(admission.identity == identity for admission in room.admissions):
        return True
    call = room.call
    return isinstance(call, Active) and bool(call.present(identity) or call.lost(identity))


def _start_call(room: Room, first: Participant, site: Site) -> Outcome:
    call = Active(
        # The count too: a connection that outlives its call may start the next one.
        call_id=call_id_of(f"{room.room_id}|{first.sid}|{room.calls}", first.since),
        started_ts=first.since,
        started_by=first.user_id,
        started_name=first.name,
        timeline=room.settings.timeline,
        participants=(),
    )
    call = _enter(call, first)
    room = replace(room, call=call, calls=room.calls + 1)
    if call.timeline == "quiet":
        return room, ()
    card = contents.started_card(call, site.link(room.room_id))
    return room, (SendMessage(card_key(call.call_id), card),)


def card_key(call_id: str) -> str:
    """The key of the call's card, to which its edit and its thread refer."""
    return f"card:{call_id}"


def _enter(call: Active, arrived: Participant) -> Active:
    before = call.present(arrived.identity)
    if before is not None:
        # The same device on a new connection: it never left.
        again = replace(arrived, since=before.since, name=before.name, media=before.media)
        return replace(call, participants=_swapped(call, again))
    lost = call.lost(arrived.identity)
    dropped = tuple(d for d in call.dropped if d is not lost)
    if lost is not None and arrived.since - lost.at < RETURN_MS:
        back = replace(arrived, since=lost.participant.since, name=lost.participant.name)
        call = replace(call, participants=(*call.participants, back), dropped=dropped)
    else:
        call = replace(call, participants=(*call.participants, arrived))
        call = _noted(call, arrived, "joined", arrived.since)
    return _roster_changed(replace(call, peak=max(call.peak, len(call.participants))))


def _swapped(call: Active, now_as: Participant) -> tuple[Participant, ...]:
    return tuple(now_as if p.identity == now_as.identity else p for p in call.participants)


def _participant_left(room: Room, event: ParticipantLeft) -> Outcome:
    if not isinstance(room.call, Active):
        return room, ()
    here = room.call.present(event.identity)
    lost = room.call.lost(event.identity)
    if lost is not None and lost.participant.sid == event.sid and event.departure != "dropped":
        # A recount missed them first (a track ends just before); now we hear that they meant it.
        return _give_up(room, event.identity, event.departure)
    if here is None or here.sid != event.sid:
        return room, ()  # told twice, or about a connection that was replaced since
    if event.departure == "dropped":
        call = replace(
            room.call,
            participants=tuple(p for p in room.call.participants if p is not here),
            dropped=(*room.call.dropped, Dropped(here, event.at)),
        )
        return replace(room, call=_roster_changed(call)), ()
    return _participant_gone(room, event.identity, event.at, event.departure)


def _participant_gone(room: Room, identity: str, at: int, action: Action) -> Outcome:
    call = room.call
    if not isinstance(call, Active):
        return room, ()
    here = call.present(identity)
    if here is None:
        return room, ()
    call = replace(
        call,
        participants=tuple(p for p in call.participants if p is not here),
        spans=(*call.spans, here.until(at)),
    )
    room = replace(room, call=_roster_changed(_noted(call, here, action, at)))
    return _end_if_empty(room)


def _give_up(room: Room, identity: str, action: Action = "disconnected") -> Outcome:
    """Somebody who dropped does not come back: they left when they dropped."""
    call = room.call
    if not isinstance(call, Active):
        return room, ()
    lost = call.lost(identity)
    if lost is None:
        return room, ()
    call = replace(
        call,
        dropped=tuple(d for d in call.dropped if d is not lost),
        spans=(*call.spans, lost.participant.until(lost.at)),
    )
    room = replace(room, call=_noted(call, lost.participant, action, lost.at))
    return _end_if_empty(room)


def _media_changed(room: Room, event: MediaChanged) -> Room:
    if not isinstance(room.call, Active):
        return room
    here = room.call.present(event.identity)
    if here is None or here.sid != event.sid or here.media == event.media:
        return room
    shown = replace(room.call, participants=_swapped(room.call, replace(here, media=event.media)))
    return replace(room, call=_roster_changed(shown))


def _noted(call: Active, who: Participant, action: Action, ts: int) -> Active:
    if call.timeline != "thread":
        return call
    change = Change(user_id=who.user_id, name=who.name, action=action, ts=ts)
    return replace(call, changes=(*call.changes, change))


def _roster_changed(call: Active) -> Active:
    return replace(call, roster_due=(call.roster_ts or 0) + ROSTER_GAP_MS)


# The end


def _end_if_empty(room: Room) -> Outcome:
    call = room.call
    if not isinstance(call, Active) or call.participants or call.dropped:
        return room, ()
    ended_ts = max((span.left_ts for span in call.spans), default=call.started_ts)
    return _end_call(room, ended_ts, "empty")


def _end_call(room: Room, at: int, how: HowEnded) -> Outcome:
    call = room.call
    if not isinstance(call, Active):
        return room, ()
    for here in call.participants:
        call = replace(call, spans=(*call.spans, here.until(at)))
        call = _noted(call, here, "left", at)
    for lost in call.dropped:
        call = replace(call, spans=(*call.spans, lost.participant.until(lost.at)))
        call = _noted(call, lost.participant, "disconnected", lost.at)
    call = replace(call, participants=(), dropped=())
    record = CallRecord(
        call_id=call.call_id,
        started_ts=call.started_ts,
        ended_ts=max(at, call.started_ts),
        started_by=call.started_by,
        peak=call.peak,
        ended_how=how,
        spans=call.spans,
    )
    call, line = _line(call)
    effects: tuple[Effect, ...] = (
        *line,
        SetState(f"roster:{call.call_id}:end", "io.haos.voice.call", "", {}),
        RecordCall(f"record:{call.call_id}", record),
    )
    if call.timeline != "quiet":
        card = contents.ended_card(record)
        key = card_key(call.call_id)
        effects = (*effects, SendMessage(f"end:{call.call_id}", card, "replace", key))
    return replace(room, call=Idle()), effects


# What is due


def _flush(room: Room, now: int) -> Outcome:
    """Carry out what is due, and set when the rest is."""
    effects: list[Effect] = []
    if isinstance(room.call, Active):
        for lost in room.call.dropped:
            if lost.at + RETURN_MS <= now:
                room, more = _give_up(room, lost.participant.identity)
                effects += more
    call = room.call
    if not isinstance(call, Active):
        return room, tuple(effects)
    if call.roster_due is not None and call.roster_due > now + ROSTER_GAP_MS:
        call = replace(call, roster_due=now + ROSTER_GAP_MS)  # the clock jumped back
    if call.roster_due is not None and call.roster_due <= now:
        call = replace(call, revision=call.revision + 1, roster_ts=now, roster_due=None)
        key = f"roster:{call.call_id}:{call.revision}"
        effects.append(SetState(key, "io.haos.voice.call", "", contents.roster(call)))
    if call.changes and call.changes_due is None:
        call = replace(call, changes_due=now + GATHER_MS)
    if call.changes_due is not None and call.changes_due <= now:
        call, line = _line(call)
        effects += line
    return replace(room, call=call), tuple(effects)


def _line(call: Active) -> tuple[Active, tuple[Effect, ...]]:
    """Tell the gathered changes in the card's thread."""
    if not call.changes:
        return call, ()
    message = SendMessage(
        f"presence:{call.call_id}:{call.lines}",
        contents.presence(call.call_id, call.changes),
        "thread",
        card_key(call.call_id),
    )
    return replace(call, changes=(), changes_due=None, lines=call.lines + 1), (message,)
