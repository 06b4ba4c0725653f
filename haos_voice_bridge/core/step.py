"""The rules of a room: what happened in, the new state and what is owed out. Nothing is done here.

One function an event; `match` without a wildcard, so that the type checker names what is missing.
"""

from dataclasses import replace

from haos_voice_bridge.core import admission
from haos_voice_bridge.core.call import Outcome, Room
from haos_voice_bridge.core.events import (
    BotInvited,
    BotJoined,
    BotLeft,
    CallStopped,
    ChannelChanged,
    ClientRang,
    Event,
    JoinMalformed,
    JoinRequested,
    MediaChanged,
    MemberLeft,
    Moderated,
    MovedAway,
    MovedHere,
    MoveTold,
    ParticipantJoined,
    ParticipantLeft,
    RightsSeen,
    RingAsked,
    RingDeclined,
    RoomEncrypted,
    RoomNamed,
    RoomUpgraded,
    StrangerSeen,
    Tick,
)
from haos_voice_bridge.core.rules import channel, due, moderation, moves, people, ringing
from haos_voice_bridge.core.rules.encryption import encrypted
from haos_voice_bridge.core.rules.status import status_changes
from haos_voice_bridge.core.site import Site


def step(room: Room, event: Event, now: int, site: Site) -> Outcome:
    """Apply one event; `now` is in milliseconds since the epoch, and nothing breaks if it jumps."""
    before = room
    room, effects = _apply(room, event, now, site)
    room, rung = ringing.follow(before, room, now, site)
    between = room
    room, flushed = due.flush(room, now)
    room, late = ringing.follow(between, room, now, site)  # what is due may have ended the call
    effects = (*effects, *rung, *flushed, *late)
    return room, (*effects, *status_changes(before, room, site, now))


def _apply(room: Room, event: Event, now: int, site: Site) -> Outcome:  # noqa: PLR0911, PLR0912 (one an event)
    match event:
        case BotInvited():
            return channel.invited(room, event)
        case BotJoined():
            return _bot_joined(room, event, site)
        case BotLeft():
            return channel.bot_left(room, event)
        case RoomNamed():
            return replace(room, name=event.name), ()
        case ChannelChanged():
            return channel.channel_changed(room, event)
        case RoomEncrypted():
            return encrypted(room, site)
        case RoomUpgraded():
            return channel.upgraded(room, event)
        case RightsSeen():
            return people.rights_seen(room, event)
        case MemberLeft():
            return people.member_left(room, event)
        case JoinRequested():
            return admission.judge(room, event, now, site)
        case JoinMalformed():
            return admission.malformed(room, event, now)
        case ParticipantJoined():
            return people.participant_joined(room, event, now, site)
        case ParticipantLeft():
            return people.participant_left(room, event)
        case StrangerSeen():
            return people.stranger_seen(room, event)
        case MediaChanged():
            return people.media_changed(room, event), ()
        case CallStopped():
            return channel.stopped(room, event)
        case RingAsked():
            return ringing.asked(room, event, now)
        case RingDeclined():
            return ringing.declined(room, event), ()
        case ClientRang():
            return ringing.rung_by_client(room, event), ()
        case Moderated():
            return moderation.moderated(room, event, now)
        case MovedAway():
            return moves.moved_away(room, event, now)
        case MovedHere():
            return moves.moved_here(room, event, now, site)
        case MoveTold():
            return moves.move_told(room, event, now)
        case Tick():
            return room, ()


def _bot_joined(room: Room, event: BotJoined, site: Site) -> Outcome:
    room, effects = channel.bot_joined(room, event, site)
    if not event.encrypted:
        return room, effects
    room, told = encrypted(room, site)
    return room, (*effects, *told)
