"""The contents of the events that the bot writes (docs/protocol.md §2).

Every message carries an empty `m.mentions`: a name in a text must ping nobody (MSC3952).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from haos_voice_bridge.core.call import Active, Change, Participant, Place
from haos_voice_bridge.core.effects import Relation
from haos_voice_bridge.core.history import Attendance, CallRecord, attendance
from haos_voice_bridge.core.restraints import Restraint
from haos_voice_bridge.core.rings import RING_MS, RingState
from haos_voice_bridge.core.text import duration, listed

EVENT_BYTES = 60 * 1024
"""What an event may carry, with room for the envelope (the limit is 65,536, spec, size limits)."""
CARD_BYTES = 24 * 1024
"""What a card's list of people may take: an edit carries its content twice."""
NAMES_IN_CARD = 20


def notice(body: str, html: str | None = None) -> dict[str, Any]:
    """A notice; `html` where the text has more than words."""
    content: dict[str, Any] = {"msgtype": "m.notice", "body": body, "m.mentions": {}}
    if html is not None:
        content |= {"format": "org.matrix.custom.html", "formatted_body": html}
    return content


def greeting(prefix: str) -> dict[str, Any]:
    """What the bot says first in a direct chat."""
    return notice(
        "Hello! I give Matrix rooms a voice channel. Invite me into a room, and type there: "
        f"{prefix} enable\nHere you need no prefix. Type: help"
    )


def entry_link(room_name: str, link: str, prefix: str, minutes: int) -> dict[str, Any]:
    """The direct message with a one-time link."""
    text = f"Your link into the call of {room_name}:"
    rules = (
        f"It works once, within {minutes} minutes, and only for you: whoever opens it speaks as "
        f"you, so do not pass it on. To make it void, type in the room: {prefix} join cancel"
    )
    return notice(
        f"{text} {link}\n{rules}",
        f'<p>{escape(text)} <a href="{escape(link)}">{escape(link)}</a></p><p>{escape(rules)}</p>',
    )


def roster(call: Active, restraints: Sequence[Restraint] = ()) -> dict[str, Any]:
    """`io.haos.voice.call` of a running call, cut to what an event may carry."""
    content: dict[str, Any] = {
        "call_id": call.call_id,
        "started_ts": call.started_ts,
        "started_by": call.started_by,
        "count": len(call.participants),
        "revision": call.revision,
        "participants": [],
    }
    held = {restraint.user_id: restraint for restraint in restraints}
    entries = (_roster_entry(who, held.get(who.user_id)) for who in call.participants)
    content["participants"] = _fitting(entries, EVENT_BYTES - len(_compact(content)))
    return content


def _roster_entry(participant: Participant, restraint: Restraint | None) -> dict[str, Any]:
    media = participant.media
    return {
        "user_id": participant.user_id,
        "device_id": participant.device_id,
        "joined_ts": participant.since,
        "muted": media.muted,
        "deafened": media.deafened,
        "video": media.video,
        "screen": media.screen,
        "hand": media.hand,
        **({"identities": list(participant.names)} if participant.names else {}),
        **({"server_muted": True} if restraint and restraint.muted else {}),
        **({"server_deafened": True} if restraint and restraint.deafened else {}),
    }


def _fitting(entries: Iterable[dict[str, Any]], budget: int) -> list[dict[str, Any]]:
    """As many entries, from the first, as fit into so many bytes."""
    kept: list[dict[str, Any]] = []
    for entry in entries:
        budget -= len(_compact(entry)) + 1
        if budget < 0:
            break
        kept.append(entry)
    return kept


def _compact(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def running_card(call: Active, link: str) -> dict[str, Any]:
    """The call card while the call runs."""
    told, state = _now(call)
    return _card(
        f"{told} Join: {link}",
        f'{escape(told)} <a href="{escape(link)}">Join</a>',
        {
            "call_id": call.call_id,
            "state": state,
            "started_ts": call.started_ts,
            "ended_ts": None,
            "started_by": call.started_by,
            "participants": [
                {
                    "user_id": call.started_by,
                    "joined": call.started_ts,
                    "left": None,
                    "seconds": 0,
                }
            ],
            "peak": call.peak,
        },
    )


def _now(call: Active) -> tuple[str, str]:
    """What is told of a running call, and its state: how ringing goes, until somebody comes."""
    started = f"{call.started_name} started a call."
    stays = [*(p.user_id for p in call.participants), *(span.user_id for span in call.spans)]
    if any(user_id != call.started_by for user_id in stays):
        return started, "active"
    if ringing := _rung(call, "ringing"):
        return f"{call.started_name} is calling {listed(ringing)}.", "ringing"
    declined, missed = _rung(call, "declined"), _rung(call, "missed")
    sentences = [
        started,
        *([f"{listed(declined)} declined."] if declined else []),
        *([f"{listed(missed)} did not answer."] if missed else []),
    ]
    return " ".join(sentences), "active"


def _rung(call: Active, state: RingState) -> list[str]:
    return [ring.name for ring in call.rings if ring.state == state]


def ring(user_ids: Sequence[str], now: int) -> dict[str, Any]:
    """A notification that rings these people's phones (MSC4075); it mentions no one else."""
    return {
        "notification_type": "ring",
        "m.mentions": {"user_ids": list(user_ids)},
        "sender_ts": now,
        "lifetime": RING_MS,
        "m.call.intent": "audio",
    }


def missed_call(caller: str, room_name: str, link: str) -> dict[str, Any]:
    """What somebody finds who was rung and did not come: a text, as notices tell nobody."""
    where = f" in {room_name}" if room_name else ""
    told = f"You missed a call from {caller}{where}"
    html = f'{escape(told)}: <a href="{escape(link)}">call back</a>'
    return notice(f"{told}: {link}", html) | {"msgtype": "m.text"}


def ended_card(record: CallRecord, call: Active) -> dict[str, Any]:
    """What replaces the card when the call is over."""
    people = attendance(record.spans)
    names = [person.name for person in people[:NAMES_IN_CARD]]
    if len(people) > NAMES_IN_CARD:
        names.append(f"and {len(people) - NAMES_IN_CARD} more")
    match record.ended_how:
        case "missed":
            text, state = f"Missed call from {call.started_name}", "missed"
        case "declined":
            declined = listed(_rung(call, "declined"))
            text, state = f"{declined} declined {call.started_name}'s call", "declined"
        case _:
            lasted = duration(record.ended_ts - record.started_ts)
            text, state = f"Call ended after {lasted}: {', '.join(names)}", "ended"
    return _card(
        text,
        escape(text),
        {
            "call_id": record.call_id,
            "state": state,
            "started_ts": record.started_ts,
            "ended_ts": record.ended_ts,
            "started_by": record.started_by,
            "participants": _fitting(map(_card_entry, people), CARD_BYTES),
            "peak": record.peak,
        },
    )


def _card_entry(person: Attendance) -> dict[str, Any]:
    return {
        "user_id": person.user_id,
        "joined": person.joined_ts,
        "left": person.left_ts,
        "seconds": person.seconds,
    }


def _card(body: str, html: str, card: dict[str, Any]) -> dict[str, Any]:
    return notice(body, html) | {"io.haos.voice.card": card}


_VERBS: Mapping[str, str] = {
    "joined": "joined",
    "left": "left",
    "moved": "was moved",
    "removed": "was removed",
    "disconnected": "lost the connection",
}


def presence(call_id: str, changes: Sequence[Change]) -> dict[str, Any]:
    """A line in the card's thread: "Ana and Ben joined. Cleo left."."""
    return notice(_told(changes)) | {
        "io.haos.voice.presence": {
            "call_id": call_id,
            "changes": [
                {"user_id": change.user_id, "action": change.action, "ts": change.ts}
                | _other_room(change.place)
                for change in changes
            ],
        }
    }


def _told(changes: Sequence[Change]) -> str:
    sentences: list[tuple[str, list[str]]] = []
    for change in changes:
        verb = _verb(change)
        if not sentences or sentences[-1][0] != verb:
            sentences.append((verb, []))
        names = sentences[-1][1]
        if change.name not in names:
            names.append(change.name)
    return " ".join(f"{listed(names)} {_agreeing(verb, names)}." for verb, names in sentences)


def _verb(change: Change) -> str:
    if change.place is None:
        return _VERBS[change.action]
    way = "here from" if change.place.is_origin else "to"
    return f"was moved {way} {change.place.name}"


def _agreeing(verb: str, names: Sequence[str]) -> str:
    is_plural = len(names) > 1 and verb.startswith("was ")
    return f"were {verb.removeprefix('was ')}" if is_plural else verb


def _other_room(place: Place | None) -> dict[str, str]:
    if place is None:
        return {}
    return {"from_room_id" if place.is_origin else "to_room_id": place.room_id}


def related(
    content: Mapping[str, Any], relation: Relation, event_id: str, thread: str = ""
) -> dict[str, Any]:
    """The content as a reply, a thread message or an edit of another event.

    `thread`: the root of the thread in which the reply is given.
    """
    if relation == "replace":
        return _edit(content, event_id)
    relates: dict[str, Any] = {"m.in_reply_to": {"event_id": event_id}}
    if thread:
        relates |= {"rel_type": "m.thread", "event_id": thread, "is_falling_back": False}
    elif relation == "thread":
        # Clients without threads show it as a reply to the card (spec, threading fallback).
        relates |= {"rel_type": "m.thread", "event_id": event_id, "is_falling_back": True}
    return {**content, "m.relates_to": relates}


def _edit(content: Mapping[str, Any], event_id: str) -> dict[str, Any]:
    shown = {**content, "body": f"* {content['body']}", "m.new_content": dict(content)}
    if "formatted_body" in content:
        shown["formatted_body"] = f"* {content['formatted_body']}"
    return {**shown, "m.relates_to": {"rel_type": "m.replace", "event_id": event_id}}
