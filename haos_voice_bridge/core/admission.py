"""Whether a device is let into a call, and with what rights."""

from dataclasses import replace

from haos_voice_bridge.core.call import (
    Active,
    Admission,
    Room,
    is_in_call,
    places_taken,
)
from haos_voice_bridge.core.effects import Admit, Effect, Refuse
from haos_voice_bridge.core.events import JoinMalformed, JoinRequested
from haos_voice_bridge.core.grants import Grant, grant_for
from haos_voice_bridge.core.ids import identity_of
from haos_voice_bridge.core.limits import counted, wait_ms
from haos_voice_bridge.core.permissions import Role, Standing
from haos_voice_bridge.core.request import JoinRequest, Refusal
from haos_voice_bridge.core.rules import puppets
from haos_voice_bridge.core.site import Site

TOKEN_MS = 60_000
"""How long a token is valid."""
HOLD_MS = 75_000
"""How long an unused token holds a place: the time it is valid, and time to connect."""
DECISION_MS = 10_000
"""A decision not carried out by then is made anew: rights may have changed meanwhile."""
REQUESTS = 10
REQUESTS_MS = 60_000
"""At most so many requests for a token in this time, per user and room."""
DRAIN_RETRY_MS = 60_000


def judge(
    room: Room, event: JoinRequested, now: int, site: Site
) -> tuple[Room, tuple[Effect, ...]]:
    """Answer a request: a place and a token, or why not."""
    request, standing = event.request, event.standing
    if room.bot != "joined":  # only by a to-device message; nothing of it is kept
        return room, (refuse(request, _not_a_channel(room)),)
    room, spent = _count(room, request.user_id, now)
    if spent > REQUESTS + 1:
        # One answer said RATE_LIMITED; more would let a user fill the room's state.
        return room, ()
    identity = identity_of(request.user_id, request.device_id)
    is_in = request.hands_over and is_in_call(room, identity)
    refusal = (
        _too_many(room, request.user_id, now)
        if spent > REQUESTS
        else refusal_for(room, standing, by_matrix_rtc=request.rings_itself)
        or _in_clear(room, request)
        or _put_out(room, event.puppet)
        or (None if is_in else _shut(room, request, standing, now, site))
    )
    if refusal is not None:
        return room, (refuse(request, refusal),)
    grant = grant_for(room, standing)
    place = Admission(identity, request.user_id, now + HOLD_MS, grant.sources, grant.can_hear)
    place = replace(place, rings_itself=request.rings_itself)
    room = _spare(room, place, now) if is_in else hold_place(room, place, now)
    return room, (
        Admit(
            key=f"token:{request.cause}",
            request=request,
            name=standing.name,
            sources=grant.sources,
            can_hear=grant.can_hear,
            call_id=room.call.call_id if isinstance(room.call, Active) else "",
            until=now + DECISION_MS,
            hashed=_shown_by(room, event, site),
            encrypts=room.encrypts_media,
        ),
    )


def _in_clear(room: Room, request: JoinRequest) -> Refusal | None:
    """Who would send in clear where the others are told that nobody does. Element Call encrypts."""
    if not room.encrypts_media or request.encrypts or request.rings_itself:
        return None
    return Refusal(
        "ENCRYPTED",
        f"The calls of {room.title} are encrypted from end to end, and this client has no keys for "
        "them. Join by the room's widget, with Element Call, or log in to the web client.",
    )


def _put_out(room: Room, puppet: Standing | None) -> Refusal | None:
    """A moderator who bans a puppet means whom it shows."""
    if puppet is None or puppet.membership != "ban":
        return None
    return Refusal("BANNED", f"You are banned from the calls of {room.title} by link.")


def _shown_by(room: Room, event: JoinRequested, site: Site) -> str:
    """The name on the SFU of a device that a puppet shows; empty: none does."""
    puppet = event.puppet
    if puppet is None or puppets.obstacle(room, puppet, site.bot_user_id) is not None:
        return ""
    return identity_of(puppet.user_id, event.request.device_id)


def _spare(room: Room, place: Admission, now: int) -> Room:
    """A token for who is in the call already, and will not use it: no place is held by it."""
    return replace(room, used=(*(one for one in room.used if one.until > now), place))


def hold_place(room: Room, place: Admission, now: int) -> Room:
    """Note that a device was handed a token."""
    valid = [a for a in room.admissions if a.until > now]
    # A token that was used opens another connection for as long as it is valid.
    earlier = [a for a in (*valid, *room.used) if a.identity == place.identity and a.until > now]
    grant = Grant(place.sources, place.can_hear)
    is_sure = all(a.is_sure and Grant(a.sources, a.can_hear) == grant for a in earlier)
    others = (a for a in valid if a.identity != place.identity)
    return replace(room, admissions=(*others, replace(place, is_sure=is_sure)))


def malformed(room: Room, event: JoinMalformed, now: int) -> tuple[Room, tuple[Effect, ...]]:
    """Answer a request that cannot be read; it counts like any other."""
    room, spent = _count(room, event.user_id, now) if room.bot == "joined" else (room, 1)
    if spent > REQUESTS + 1:
        return room, ()
    answer = Refuse(
        key=f"token:{event.cause}",
        user_id=event.user_id,
        device_id=event.device_id,
        request_id=event.request_id,
        to_device=event.reply == "to_device",
        refusal=_too_many(room, event.user_id, now)
        if spent > REQUESTS
        else Refusal("BAD_REQUEST", event.reason),
    )
    return room, (answer,)


def refuse(request: JoinRequest, refusal: Refusal) -> Refuse:
    """The effect that tells a device why not."""
    return Refuse(
        key=f"token:{request.cause}",
        user_id=request.user_id,
        device_id=request.device_id,
        request_id=request.request_id,
        to_device=request.reply == "to_device",
        refusal=refusal,
    )


def refusal_for(room: Room, standing: Standing, *, by_matrix_rtc: bool = False) -> Refusal | None:
    """Why this user may not be in a call here, whatever the number of places; None if they may.

    `by_matrix_rtc`: with a client such as Element Call, which needs no voice channel for its calls.
    """
    if standing.membership == "ban":
        return Refusal("BANNED", f"You are banned from {room.title}.")
    if not standing.is_member:
        return Refusal("NOT_A_MEMBER", f"Join {room.title} first, then its voice channel.")
    if not room.is_channel and not (by_matrix_rtc and _is_open(room)):
        return _not_a_channel(room)
    return _no_right(room, standing)


def _is_open(room: Room) -> bool:
    """Whether the room never was a channel: one that was switched off stays so for everybody."""
    return room.bot == "joined" and room.channel is None and not room.moved_to


def _not_a_channel(room: Room) -> Refusal:
    return Refusal("NOT_A_CHANNEL", f"{room.title} has no voice channel. A room admin can add one.")


def _no_right(room: Room, standing: Standing) -> Refusal | None:
    if not standing.role.includes(Role.JOIN):
        return Refusal("FORBIDDEN", "This bridge's admin does not let you join calls.")
    if not standing.has("io.haos.voice.join"):
        needed = standing.levels.to_use("io.haos.voice.join")
        return Refusal(
            "FORBIDDEN", f"{room.title} lets only people of power level {needed} join its calls."
        )
    return None


def _shut(
    room: Room, request: JoinRequest, standing: Standing, now: int, site: Site
) -> Refusal | None:
    """Why nobody new comes in now."""
    return _paused(room, request, site) or _no_place(room, request, standing, now)


def _paused(room: Room, request: JoinRequest, site: Site) -> Refusal | None:
    """Moderators wait like everybody; who is in a call may come back to it."""
    if not site.is_draining or is_in_call(room, identity_of(request.user_id, request.device_id)):
        return None
    message = "Calls are paused for maintenance. Try again in a few minutes."
    return Refusal("SFU_UNAVAILABLE", message, DRAIN_RETRY_MS)


def may_not_start(room: Room, standing: Standing) -> Refusal | None:
    """Why this user may not be the first in the call; None if they may, or somebody is in it."""
    if not isinstance(room.call, Active) and not standing.role.includes(Role.START):
        return Refusal("FORBIDDEN", "You may join calls but not start one.")
    return None


def _no_place(room: Room, request: JoinRequest, standing: Standing, now: int) -> Refusal | None:
    if (refusal := may_not_start(room, standing)) is not None:
        return refusal
    if standing.is_moderator:
        return None
    if room.settings.locked:
        return Refusal("LOCKED", f"{room.title} is locked. A moderator can let you in.")
    limit = room.settings.user_limit
    identity = identity_of(request.user_id, request.device_id)
    taken = places_taken(room, now, but=identity)
    if limit and taken >= limit:
        return Refusal("FULL", f"{room.title} is full ({taken} of {limit}).")
    return None


def _count(room: Room, user_id: str, now: int) -> tuple[Room, int]:
    """Note one more request, as far as the count matters, and say how many there were."""
    asked, spent = counted(room.asked, user_id, now, limit=REQUESTS, span_ms=REQUESTS_MS)
    return replace(room, asked=asked), spent


def _too_many(room: Room, user_id: str, now: int) -> Refusal:
    wait = wait_ms(room.asked, user_id, now, span_ms=REQUESTS_MS)
    return Refusal("RATE_LIMITED", f"Too many requests. Try again in {-(-wait // 1000)} s.", wait)
