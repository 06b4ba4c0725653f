"""`!voice history [n]`: the calls that were."""

from datetime import UTC, datetime
from html import escape

from haos_voice_bridge.commands.command import Command, Request, Steps
from haos_voice_bridge.commands.numbers import whole_number
from haos_voice_bridge.commands.questions import PastCalls, ask
from haos_voice_bridge.core.history import CallRecord, attendance
from haos_voice_bridge.core.text import duration

USUAL = 5
MOST = 50
NAMES = 8


def run(request: Request) -> Steps:
    """The newest calls, newest first."""
    words = request.line.words
    number = USUAL
    if words:
        number = whole_number(words[0], (1, MOST), f"{request.lead}history {USUAL}")
    calls = yield from ask(PastCalls(request.room.room_id, number))
    if not calls:
        return (request.reply("There was no call here yet."),)
    lines = [_line(call) for call in calls]
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return (request.reply("\n".join(lines), f"<ul>{items}</ul>"),)


def _line(call: CallRecord) -> str:
    # Everybody's clock is another: UTC, and said so.
    began = datetime.fromtimestamp(call.started_ts / 1000, UTC)
    people = [person.name for person in attendance(call.spans)]
    names = ", ".join(people[:NAMES])
    if len(people) > NAMES:
        names += f" and {len(people) - NAMES} more"
    lasted = duration(call.ended_ts - call.started_ts)
    return f"{began:%Y-%m-%d %H:%M} UTC, {lasted}: {names}"


COMMAND = Command(
    name="history",
    usage="history [number]",
    summary="the last calls: when, how long, and who",
    section="Calls",
    run=run,
    examples=("history", "history 20"),
)
