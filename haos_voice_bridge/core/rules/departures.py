"""Who leaves a call, and the end of it."""

from dataclasses import replace

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.call import (
    ROSTER_GAP_MS,
    Action,
    Active,
    Change,
    Idle,
    Outcome,
    Participant,
    Place,
    Room,
)
from haos_voice_bridge.core.effects import Effect, RecordCall, SendMessage, SetState
from haos_voice_bridge.core.history import CallRecord, HowEnded


def card_key(call_id: str) -> str:
    """The key of the call's card, to which its edit and its thread refer."""
    return f"card:{call_id}"


def gone(room: Room, identity: str, at: int, action: Action, place: Place | None = None) -> Outcome:
    """Somebody left for good; `place`: where a moderator moved them."""
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
    room = replace(room, call=roster_changed(noted(call, here, action, at, place)))
    return end_if_empty(room)


def give_up(
    room: Room,
    identity: str,
    action: Action = "disconnected",
    *,
    at: int | None = None,
    place: Place | None = None,
) -> Outcome:
    """Somebody who dropped does not come back: they left when they dropped, or `at` if earlier."""
    call = room.call
    if not isinstance(call, Active):
        return room, ()
    lost = call.lost(identity)
    if lost is None:
        return room, ()
    left_ts = lost.at if at is None else min(at, lost.at)
    call = replace(
        call,
        dropped=tuple(d for d in call.dropped if d is not lost),
        spans=(*call.spans, lost.participant.until(left_ts)),
    )
    room = replace(room, call=noted(call, lost.participant, action, left_ts, place))
    return end_if_empty(room)


def swapped(call: Active, now_as: Participant) -> tuple[Participant, ...]:
    """The participants, one of them as `now_as`."""
    return tuple(now_as if p.identity == now_as.identity else p for p in call.participants)


def noted(
    call: Active, who: Participant, action: Action, ts: int, place: Place | None = None
) -> Active:
    """Remember a change for the thread."""
    if call.timeline != "thread":
        return call
    change = Change(who.user_id, who.name, action, ts, place)
    return replace(call, changes=(*call.changes, change))


def roster_changed(call: Active) -> Active:
    """The roster must be written, but not too often."""
    return replace(call, roster_due=(call.roster_ts or 0) + ROSTER_GAP_MS)


def end_if_empty(room: Room) -> Outcome:
    """The call is over when nobody is in it, or may come back."""
    call = room.call
    if not isinstance(call, Active) or call.everybody or call.dropped:
        return room, ()
    ended_ts = max((span.left_ts for span in call.spans), default=call.started_ts)
    return end_call(room, ended_ts, "empty")


def end_call(room: Room, at: int, how: HowEnded) -> Outcome:
    """The call is over: its last line, its roster, its row and the end of its card."""
    call = room.call
    if not isinstance(call, Active):
        return room, ()
    for here in call.everybody:
        call = replace(call, spans=(*call.spans, here.until(at)))
        call = noted(call, here, "left", at)
    for lost in call.dropped:
        call = replace(call, spans=(*call.spans, lost.participant.until(lost.at)))
        call = noted(call, lost.participant, lost.action, lost.at)
    call = replace(call, participants=(), elsewhere=(), dropped=())
    record = CallRecord(
        call_id=call.call_id,
        started_ts=call.started_ts,
        ended_ts=max(at, call.started_ts),
        started_by=call.started_by,
        peak=call.peak,
        ended_how=_how_ended(call, how),
        spans=call.spans,
    )
    call, last_line = line(call)
    effects: tuple[Effect, ...] = (
        *last_line,
        SetState(f"roster:{call.call_id}:end", "io.haos.voice.call", "", {}),
        RecordCall(f"record:{call.call_id}", record),
    )
    if call.timeline != "quiet":
        card = contents.ended_card(record, call)
        key = card_key(call.call_id)
        effects = (*effects, SendMessage(f"end:{call.call_id}", card, "replace", key))
    return replace(room, call=Idle()), effects


def _how_ended(call: Active, how: HowEnded) -> HowEnded:
    """A call that nobody came to was missed, or declined, however its caller hung up."""
    came = any(span.user_id != call.started_by for span in call.spans)
    if how != "empty" or came or not call.rings:
        return how
    return "declined" if all(ring.state == "declined" for ring in call.rings) else "missed"


def line(call: Active) -> tuple[Active, tuple[Effect, ...]]:
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
