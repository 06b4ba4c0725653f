"""Who is rung, and what becomes of it: answered, declined or missed."""

from dataclasses import replace
from typing import Literal

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.call import Active, Outcome, Room
from haos_voice_bridge.core.effects import Effect, SendDirect, SendEvent, SendMessage
from haos_voice_bridge.core.events import ClientRang, RingAsked, RingDeclined
from haos_voice_bridge.core.rings import (
    MOST_RUNG,
    OFTEN,
    OFTEN_MS,
    RING_MS,
    Callee,
    Ring,
    RingPlan,
    RingState,
    Rung,
    RungByClient,
)
from haos_voice_bridge.core.rules.departures import card_key
from haos_voice_bridge.core.site import Site

NOTIFICATION = "org.matrix.msc4075.rtc.notification"

Obstacle = Literal["in_call", "rung", "often", "too_many"]


def obstacle(room: Room, user_id: str, by: str, now: int) -> Obstacle | None:
    """Why somebody is not rung, as far as the call knows; None if they may be."""
    call = room.call
    if not isinstance(call, Active) or user_id == by or call.holds(user_id):
        return "in_call"
    if any(ring.user_id == user_id for ring in call.rings) or _client_rings(room, user_id, now):
        return "rung"
    if sum(rung.user_id == user_id for rung in _rung_lately(room, now)) >= OFTEN:
        return "often"
    return "too_many" if len(call.rings) >= MOST_RUNG else None


def _rung_lately(room: Room, now: int) -> tuple[Rung, ...]:
    return tuple(rung for rung in room.rung_lately if abs(now - rung.at) < OFTEN_MS)


def _client_rings(room: Room, user_id: str, now: int) -> bool:
    """Whether the own client of somebody in the call rings them just now."""
    call = room.call
    return isinstance(call, Active) and any(
        rung.user_id in ("", user_id) and call.holds(rung.by) and abs(now - rung.at) < RING_MS
        for rung in room.rung
    )


def asked(room: Room, event: RingAsked, now: int) -> Outcome:
    """Somebody in the call wants others rung."""
    if not isinstance(room.call, Active) or not room.call.holds(event.by):
        return room, ()
    return _ring(room, event.plan, event.by, event.caller, now)


def as_planned(room: Room, now: int) -> Outcome:
    """Ring whom the start of the call is to ring, once it is time."""
    call = room.call
    if not isinstance(call, Active) or call.ring_plan is None:
        return room, ()
    plan = call.ring_plan
    if plan.at > now + RING_MS:  # the clock jumped back
        return replace(room, call=replace(call, ring_plan=replace(plan, at=now + RING_MS))), ()
    if plan.at > now:
        return room, ()
    room = replace(room, call=replace(call, ring_plan=None))
    if not call.holds(call.started_by):
        return room, ()
    return _ring(room, plan, call.started_by, call.started_name, now)


def _ring(room: Room, plan: RingPlan, by: str, caller: str, now: int) -> Outcome:
    call = room.call
    if not isinstance(call, Active):
        return room, ()
    key = f"ring:{call.call_id}:{len({ring.key for ring in call.rings})}"
    rung: list[str] = []
    for callee in plan.callees:
        if obstacle(room, callee.user_id, by, now) is None:
            call = replace(call, rings=(*call.rings, _begun(callee, by, caller, key, now)))
            lately = (*_rung_lately(room, now), Rung(callee.user_id, now))
            room = replace(room, call=call, rung_lately=lately)
            rung.append(callee.user_id)
    if not rung:
        return room, ()
    target = plan.target or ("" if call.timeline == "quiet" else card_key(call.call_id))
    content = contents.ring(rung, now)
    return room, (SendEvent(key, NOTIFICATION, content, target, now + RING_MS),)


def _begun(callee: Callee, by: str, caller: str, key: str, now: int) -> Ring:
    return Ring(callee.user_id, callee.name, by, caller, key, now, now + RING_MS)


def declined(room: Room, event: RingDeclined) -> Room:
    """Somebody who is rung does not want to come."""
    return _over(room, event.user_id, "declined")


def left_room(room: Room, user_id: str) -> Room:
    """Who is out of the Matrix room is not rung any more, and hears nothing of it."""
    room = replace(room, rung=tuple(rung for rung in room.rung if rung.by != user_id))
    return _over(room, user_id, "missed")


def _over(room: Room, user_id: str, state: RingState) -> Room:
    call = room.call
    if not isinstance(call, Active) or (ring := call.ringing(user_id)) is None:
        return room
    over = replace(ring, state=state)
    rings = tuple(over if one is ring else one for one in call.rings)
    return replace(room, call=replace(call, rings=rings))


def rung_by_client(room: Room, event: ClientRang) -> Room:
    """A member's own client rings people: they need no second ring."""
    if room.bot != "joined":
        return room
    named = ("",) if event.rings_all else event.user_ids
    kept = (rung for rung in room.rung if event.at - rung.at < RING_MS)
    new = (RungByClient(event.by, user_id, event.at) for user_id in named)
    return replace(room, rung=(*kept, *new)[-MOST_RUNG:])


def follow(before: Room, room: Room, now: int, site: Site) -> Outcome:
    """What rings come to after a step: answers, time-outs, the card, word to who missed a call."""
    link = site.link(room.room_id)
    old, call = before.call, room.call
    if isinstance(old, Active) and not (isinstance(call, Active) and _same(old, call)):
        waiting = [ring for ring in old.rings if ring.state == "ringing"]
        return room, tuple(_missed(old, ring, room.name, link) for ring in waiting)
    room, effects = as_planned(room, now)
    if not isinstance(room.call, Active):
        return room, effects
    call, timed_out = _settled(room.call, now)
    told: tuple[Effect, ...] = tuple(_missed(call, ring, room.name, link) for ring in timed_out)
    call, edit = _card_edit(old, call, link)
    return replace(room, call=call), (*effects, *edit, *told)


def _same(old: Active, call: Active) -> bool:
    return old.call_id == call.call_id


def _settled(call: Active, now: int) -> tuple[Active, list[Ring]]:
    """The call with answers and time-outs noted, and who timed out."""
    rings: list[Ring] = []
    timed_out: list[Ring] = []
    for ring in call.rings:
        if ring.state != "ringing":
            rings.append(ring)
        elif call.holds(ring.user_id):
            rings.append(replace(ring, state="answered"))
        elif ring.until <= now:
            rings.append(replace(ring, state="missed"))
            timed_out.append(ring)
        else:
            rings.append(replace(ring, until=min(ring.until, now + RING_MS)))  # a clock set back
    return replace(call, rings=tuple(rings)), timed_out


def _missed(call: Active, ring: Ring, room_name: str, link: str) -> SendDirect:
    content = contents.missed_call(ring.caller, room_name, link)
    return SendDirect(f"missed:{call.call_id}:{ring.user_id}", ring.user_id, content)


def _card_edit(old: object, call: Active, link: str) -> tuple[Active, tuple[Effect, ...]]:
    """What the card says changes with the rings, not with everybody who comes and goes."""
    if call.timeline == "quiet" or not isinstance(old, Active) or not call.rings:
        return call, ()
    card = contents.running_card(call, link)
    if card["body"] == contents.running_card(old, link)["body"]:
        return call, ()
    key = card_key(call.call_id)
    edit = SendMessage(f"recard:{call.call_id}:{call.edits}", card, "replace", key)
    return replace(call, edits=call.edits + 1), (edit,)
