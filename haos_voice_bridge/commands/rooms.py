"""`!voice rooms`: where the bot is."""

from collections.abc import Sequence
from html import escape

from haos_voice_bridge.commands.command import Command, Request, Steps
from haos_voice_bridge.commands.questions import Rooms, ask
from haos_voice_bridge.core.call import Active, Room
from haos_voice_bridge.core.text import visible

SHOWN = 25
"""Rooms in one answer; a message must stay short."""


def run(request: Request) -> Steps:
    """One line a room, those with a call first; direct chats are only counted."""
    known = yield from ask(Rooms())
    rooms = sorted((room for room in known if not room.direct), key=_order)
    if not known:
        return (request.reply("I am in no room."),)
    head = _summary(rooms, len(known) - len(rooms))
    lines = [_line(room) for room in rooms[:SHOWN]]
    if len(rooms) > SHOWN:
        lines.append(f"and {len(rooms) - SHOWN} more")
    body = "\n".join([head, *(f"  {line}" for line in lines)])
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    html = escape(head) + (f"<ul>{items}</ul>" if items else "")
    return (request.reply(body, html),)


def _order(room: Room) -> tuple[int, bool, str, str]:
    return -_people(room), not room.is_channel, room.name.casefold(), room.room_id


def _people(room: Room) -> int:
    return len(room.call.everybody) if isinstance(room.call, Active) else 0


def _summary(rooms: Sequence[Room], chats: int) -> str:
    channels = sum(room.is_channel for room in rooms)
    calls = [room.call for room in rooms if isinstance(room.call, Active)]
    people = sum(len(call.everybody) for call in calls)
    return (
        f"Rooms: {len(rooms)}, with a voice channel: {channels}, calls: {len(calls)}, "
        f"people in them: {people}, direct chats: {chats}"
    )


def _line(room: Room) -> str:
    channel = "channel on" if room.is_channel else "channel off"
    call = f", {_people(room)} in the call" if isinstance(room.call, Active) else ""
    return f"{room.name or 'no name'} ({visible(room.room_id)}): {channel}{call}"


COMMAND = Command(
    name="rooms",
    usage="rooms",
    summary="all rooms that the bot is in, and who is in a call",
    section="Bridge admins",
    run=run,
    right="admin",
    works_in_direct=True,
)
