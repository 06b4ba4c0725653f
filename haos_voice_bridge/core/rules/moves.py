"""Moving people to another room's call: what both rooms note and tell each other.

here: `MovedAway` → note to there: `MovedHere` → place, token, push → notes back: `MoveTold`.
The device connects there and leaves here; else it is taken out (see `moderation.overdue_moves`).
"""

from dataclasses import replace

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.admission import (
    DECISION_MS,
    HOLD_MS,
    hold_place,
    may_not_start,
    refusal_for,
)
from haos_voice_bridge.core.call import Active, Admission, Move, Outcome, Place, Room
from haos_voice_bridge.core.effects import PushToken, SendMessage, TellRoom
from haos_voice_bridge.core.events import MovedAway, MovedHere, MoveNews, MoveTold
from haos_voice_bridge.core.grants import grant_for
from haos_voice_bridge.core.permissions import Standing
from haos_voice_bridge.core.puppets import by_link
from haos_voice_bridge.core.rules import puppets
from haos_voice_bridge.core.rules.departures import give_up
from haos_voice_bridge.core.site import Site

LEAVE_MS = 10_000
"""How long a device that was told where to go may stay here."""
ANSWER_MS = 30_000
"""How long the other room may say nothing: longer than it tries."""


def move_of(room: Room, identity: str) -> Move | None:
    """The move that a device is on."""
    return next((move for move in room.moves if move.identity == identity), None)


def moved_away(room: Room, event: MovedAway, now: int) -> Outcome:
    """Ask the other room to take a user's devices."""
    if not isinstance(room.call, Active):
        return room, ()
    place = Place(event.to_room_id, event.to_name)
    moving = [p.identity for p in room.call.participants if p.user_id == event.user_id]
    hashed = {p.identity: puppets.name_of(p) for p in room.call.participants}
    others = (move for move in room.moves if move.identity not in moving)
    new = (Move(event.cause, identity, place, now + ANSWER_MS) for identity in moving)
    asked = (
        TellRoom(
            f"move:{event.cause}:{identity}",
            event.to_room_id,
            {
                "kind": "moved_here",
                "cause": event.cause,
                "at": now,
                "identity": identity,
                "user_id": event.user_id,
                "hashed": hashed.get(identity, ""),
                "from_room_id": room.room_id,
                "from_name": room.name or "another room",
            },
        )
        for identity in moving
    )
    return replace(room, moves=(*others, *new)), tuple(asked)


def obstacle(room: Room, standing: Standing) -> str | None:
    """Why a user cannot be moved into the room's call, for who moves them.

    Without their name: a room does not know that of somebody who is not in it.
    """
    refusal = refusal_for(room, standing) or may_not_start(room, standing)
    if refusal is None:
        return None
    match refusal.code:
        case "BANNED":
            return f"they are banned from {room.title}."
        case "NOT_A_MEMBER":
            return f"they are no member of {room.title}. Invite them there first."
        case "NOT_A_CHANNEL":
            return f"{room.title} has no voice channel."
        case _:
            return f"they may not join calls in {room.title}."


def moved_here(room: Room, event: MovedHere, now: int, site: Site) -> Outcome:
    """Hold a place for a device and call it over; a moderator may pass the lock and the limit."""
    if now - event.at > ANSWER_MS:
        return room, ()  # the other room has given it up, and said so
    user_id = event.standing.user_id
    paused = "calls are paused for maintenance." if site.is_draining else None
    reason = paused or obstacle(room, event.standing) or _in_clear(room, event.identity)
    if reason is not None:
        told = told_of_move(event.from_room_id, event.identity, event.cause, "failed", reason)
        return room, (told,)
    grant = grant_for(room, event.standing)
    origin = Place(event.from_room_id, event.from_name, is_origin=True)
    until = now + HOLD_MS
    place = Admission(event.identity, user_id, until, grant.sources, grant.can_hear, origin=origin)
    room = hold_place(room, place, now)
    push = PushToken(
        key=f"push:{event.cause}:{event.identity}",
        identity=event.identity,
        name=event.standing.name,
        from_room_id=event.from_room_id,
        room_name=room.name,
        sources=grant.sources,
        can_hear=grant.can_hear,
        call_id=room.call.call_id if isinstance(room.call, Active) else "",
        until=now + DECISION_MS,
        hashed=event.hashed,
        encrypts=room.encrypts_media,
    )
    return room, (push,)


def _in_clear(room: Room, identity: str) -> str | None:
    if not room.encrypts_media or not by_link(identity):
        return None
    return f"the calls of {room.title} are encrypted from end to end, and a link has no keys."


def told_of_move(
    room_id: str, identity: str, cause: str, news: MoveNews, reason: str = ""
) -> TellRoom:
    """The note to the room from which a device is moved."""
    note = {"kind": "move_told", "identity": identity, "news": news, "reason": reason}
    return TellRoom(f"moved:{cause}:{identity}:{news}", room_id, note)


def failed(move: Move, reason: str) -> SendMessage:
    """The word to who wanted it, whom the command's own answer told too much."""
    told = contents.notice(f"The move to {move.place.name} did not happen: {reason}")
    key = f"move-failed:{move.cause}:{move.identity}"
    if not move.cause.startswith("$"):  # it was not typed: there is nothing to reply to
        return SendMessage(key, told)
    return SendMessage(key, told, "reply", move.cause)


def move_told(room: Room, event: MoveTold, now: int) -> Outcome:
    """What became of a device that is moved from here."""
    move = move_of(room, event.identity)
    if move is None:
        return room, ()
    others = tuple(one for one in room.moves if one is not move)
    match event.news:
        case "failed":
            return replace(room, moves=others), (failed(move, event.reason),)
        case "pushed":
            pushed = replace(move, pushed=True, until=now + LEAVE_MS)
            return replace(room, moves=(*others, pushed)), ()
        case "arrived":
            arrived = replace(move, pushed=True, arrived=True, until=now + LEAVE_MS)
            room = replace(room, moves=(*others, arrived))
            return give_up(room, move.identity, "moved", place=move.place)
