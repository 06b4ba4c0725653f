"""The rules of a room: what happened in, the new state and what is owed out. Nothing is done here.

One function an event; `match` without a wildcard, so that the type checker names what is missing.
"""

from dataclasses import replace

from haos_voice_bridge.core import admission
from haos_voice_bridge.core.call import Active, Outcome, Room
from haos_voice_bridge.core.events import (
    BotInvited,
    BotJoined,
    BotLeft,
    CallStopped,
    ChannelChanged,
    ClientRang,
    Event,
    GhostStays,
    JoinMalformed,
    JoinRequested,
    MediaChanged,
    MemberLeft,
    MembershipSaid,
    MembershipsRead,
    Moderated,
    MovedAway,
    MovedHere,
    MoveTold,
    ParticipantJoined,
    ParticipantLeft,
    PuppetCleared,
    PuppetRemoved,
    RightsSeen,
    RingAsked,
    RingDeclined,
    RoomEncrypted,
    RoomNamed,
    RoomUpgraded,
    SfuLooked,
    StrangerSeen,
    Tick,
)
from haos_voice_bridge.core.rules import (
    channel,
    client_rings,
    due,
    elsewhere,
    ghosts,
    members,
    moderation,
    moves,
    people,
    puppets,
    ringing,
)
from haos_voice_bridge.core.rules.encryption import encrypted
from haos_voice_bridge.core.rules.status import status_changes
from haos_voice_bridge.core.site import Site


def step(room: Room, event: Event, now: int, site: Site) -> Outcome:
    """Apply one event; `now` is in milliseconds since the epoch, and nothing breaks if it jumps."""
    before = room
    room, effects = _apply(room, event, now, site)
    room, told = elsewhere.follow(before, room, event, now, site)
    room = ghosts.noted(room, now, site)
    effects = (*effects, *told)
    room, rung = ringing.follow(before, room, now, site)
    between = room
    room, flushed = due.flush(room, now)
    room, late = ringing.follow(between, room, now, site)  # what is due may have ended the call
    room, seen = puppets.follow(room, now)
    effects = (*effects, *rung, *flushed, *late, *seen)
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
            return people.rights_seen(members.rights_seen(room, event), event)
        case MemberLeft():
            return people.member_left(members.member_left(room, event), event)
        case JoinRequested():
            return admission.judge(room, event, now, site)
        case JoinMalformed():
            return admission.malformed(room, event, now)
        case ParticipantJoined():
            return _joined(room, event, now, site)
        case ParticipantLeft():
            return _left(room, event, now, site)
        case StrangerSeen():
            return people.stranger_seen(room, event)
        case MediaChanged():
            return people.media_changed(room, event), ()
        case CallStopped():
            return channel.stopped(members.dismissed(room), event)
        case RingAsked():
            return ringing.asked(room, event, now)
        case RingDeclined():
            return ringing.declined(room, event, now)
        case ClientRang():
            return client_rings.rung_by_client(room, event), ()
        case Moderated():
            return _moderated(room, event, now)
        case MovedAway():
            return moves.moved_away(room, event, now)
        case MovedHere():
            return moves.moved_here(room, event, now, site)
        case MoveTold():
            return moves.move_told(room, event, now)
        case PuppetRemoved():
            return puppets.removed(room, event, now)
        case PuppetCleared():
            return puppets.cleared(room, event), ()
        case MembershipSaid():
            return members.said(room, event), ()
        case MembershipsRead():
            return members.read(room, event), ()
        case SfuLooked():
            return ghosts.looked(room, event, now)
        case GhostStays():
            return ghosts.stays(room, event, now), ()
        case Tick():
            return ghosts.waits_anew(room, now), ()


def _bot_joined(room: Room, event: BotJoined, site: Site) -> Outcome:
    room, effects = channel.bot_joined(room, event, site)
    if not event.encrypted:
        return room, effects
    room, told = encrypted(room, site)
    return room, (*effects, *told)


def _joined(room: Room, event: ParticipantJoined, now: int, site: Site) -> Outcome:
    outcome = people.participant_joined(room, event, now, site)
    going_on = elsewhere.joins(room, event)
    call = outcome[0].call
    if going_on is room or not isinstance(call, Active) or not call.present(event.identity):
        return outcome
    # Only who may come in anyhow: anybody can say that they take part elsewhere.
    return people.participant_joined(going_on, event, now, site)


def _left(room: Room, event: ParticipantLeft, now: int, site: Site) -> Outcome:
    going_on = elsewhere.stays(room, event, now, site)
    return people.participant_left(room, event) if going_on is None else (going_on, ())


def _moderated(room: Room, event: Moderated, now: int) -> Outcome:
    if event.action == "kick":
        room = members.dismissed(room, event.user_id)
    return moderation.moderated(room, event, now)
