"""Rings that people's own clients send (MSC4075): they count as the call's, and are not doubled."""

from dataclasses import replace

from haos_voice_bridge.core.call import Active, Room
from haos_voice_bridge.core.events import ClientRang
from haos_voice_bridge.core.rings import (
    MOST_RUNG,
    OFTEN,
    OFTEN_MS,
    RING_MS,
    Ring,
    Rung,
    RungByClient,
)


def rung_by_client(room: Room, event: ClientRang) -> Room:
    """A member's own client rings people: they need no second ring, and may miss or decline it."""
    if room.bot != "joined":
        return room
    kept = (rung for rung in room.rung if event.at - rung.at < RING_MS)
    leaves_word = room.settings.ring != "never"
    new = (
        RungByClient(
            by=event.by,
            user_id=callee.user_id,
            at=event.at,
            event_id=event.event_id,
            name=callee.name,
            lifetime=min(event.lifetime, RING_MS),
            tells=leaves_word and callee.user_id not in event.quiet,
        )
        for callee in event.callees
    )
    return replace(room, rung=(*kept, *new)[-MOST_RUNG:])


def taken_up(room: Room, now: int) -> Room:
    """The rings of members' own clients become the call's, once the caller is in it."""
    call = room.call
    if not isinstance(call, Active) or not room.is_channel:
        return room
    for rung in room.rung:
        is_over = abs(now - rung.at) >= rung.lifetime
        is_rung = any(ring.user_id == rung.user_id for ring in call.rings)
        is_idle = rung.user_id == rung.by or call.holds(rung.user_id)
        if not rung.event_id or is_over or is_rung or is_idle or not call.holds(rung.by):
            continue
        ring = Ring(
            user_id=rung.user_id,
            name=rung.name or rung.user_id,
            by=rung.by,
            caller=_name_of(call, rung.by),
            key=rung.event_id,
            at=rung.at,
            until=rung.at + rung.lifetime,
            state="declined" if rung.declined else "ringing",
            tells=rung.tells and not _is_often(room, rung.user_id, now),
        )
        call = replace(call, rings=(*call.rings, ring)[:MOST_RUNG])
        lately = (*rung_lately(room, now), Rung(rung.user_id, now))
        room = replace(room, rung_lately=lately)
    return room if call is room.call else replace(room, call=call)


def rung_lately(room: Room, now: int) -> tuple[Rung, ...]:
    """Who was rung here in the last minutes, by whomever."""
    return tuple(rung for rung in room.rung_lately if abs(now - rung.at) < OFTEN_MS)


def _is_often(room: Room, user_id: str, now: int) -> bool:
    return sum(rung.user_id == user_id for rung in rung_lately(room, now)) >= OFTEN


def _name_of(call: Active, user_id: str) -> str:
    here = (*call.everybody, *(lost.participant for lost in call.dropped))
    return next((who.name for who in here if who.user_id == user_id), user_id)
