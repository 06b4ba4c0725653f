"""What moderators do to people: mute, deafen, put out."""

from dataclasses import replace

from haos_voice_bridge.core.call import Action, Active, Move, Outcome, Place, Room
from haos_voice_bridge.core.effects import Effect, RemoveParticipant
from haos_voice_bridge.core.events import Moderated
from haos_voice_bridge.core.restraints import restrained
from haos_voice_bridge.core.rules.departures import give_up, gone, roster_changed
from haos_voice_bridge.core.rules.moves import failed
from haos_voice_bridge.core.rules.people import granted_anew


def moderated(room: Room, event: Moderated, now: int) -> Outcome:
    """Note what holds for the user, and make it so for their devices in the call."""
    restraints = restrained(room.restraints, event.action, event.user_id, now)
    room = replace(room, restraints=restraints)
    if event.action == "kick":
        return _kicked(room, event)
    if not isinstance(room.call, Active):
        return room, ()
    effects: list[Effect] = []
    for who in [p for p in room.call.participants if p.user_id == event.user_id]:
        room, more = granted_anew(room, who, event.standing, event.cause)
        effects += more
    if isinstance(room.call, Active):
        room = replace(room, call=roster_changed(room.call))
    return room, tuple(effects)


def _kicked(room: Room, event: Moderated) -> Outcome:
    """All devices of the user are out, and tokens not used yet are void."""
    room = replace(room, admissions=tuple(a for a in room.admissions if a.user_id != event.user_id))
    if not isinstance(room.call, Active):
        return room, ()
    call = room.call
    here = [p.identity for p in call.participants if p.user_id == event.user_id]
    lost = [d.participant.identity for d in call.dropped if d.participant.user_id == event.user_id]
    effects: list[Effect] = []
    for identity in here:
        room, more = _taken_out(room, identity, event.at, "removed", event.cause, by=event.by)
        effects += more
    for identity in lost:
        room, more = give_up(room, identity, "removed")
        effects += more
    return room, tuple(effects)


def overdue_moves(room: Room, now: int) -> Outcome:
    """Who was told to go to another room and is still here is taken out."""
    effects: list[Effect] = []
    for move in [move for move in room.moves if _is_here(room, move) and move.until <= now]:
        if not move.pushed:  # the other room never answered
            effects.append(failed(move, "it took too long. Try again in a moment."))
            continue
        who = room.call.present(move.identity) if isinstance(room.call, Active) else None
        if who is None:
            continue  # lost; they are back within a while, or not
        # As after a kick, it takes a new token to come back.
        restraints = restrained(room.restraints, "kick", who.user_id, now)
        room = replace(room, restraints=restraints)
        action: Action = "moved" if move.arrived else "removed"
        place = move.place if move.arrived else None
        room, more = _taken_out(room, move.identity, now, action, move.cause, place)
        effects += more
    kept = tuple(m for m in room.moves if _is_here(room, m) and m.until > now)
    return (room if kept == room.moves else replace(room, moves=kept)), tuple(effects)


def _is_here(room: Room, move: Move) -> bool:
    call = room.call
    if not isinstance(call, Active):
        return False
    return bool(call.present(move.identity) or call.lost(move.identity))


def _taken_out(  # noqa: PLR0913
    room: Room,
    identity: str,
    at: int,
    action: Action,
    cause: str,
    place: Place | None = None,
    *,
    by: str = "",
) -> Outcome:
    room, effects = gone(room, identity, at, action, place)
    return room, (RemoveParticipant(f"remove:{identity}:{cause}", identity, by), *effects)
