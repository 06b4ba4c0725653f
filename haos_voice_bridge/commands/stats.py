"""`!voice stats`: this room's calls in figures."""

from haos_voice_bridge.commands.command import Command, Request, Steps
from haos_voice_bridge.commands.questions import PastCalls, ask
from haos_voice_bridge.core.history import attendance
from haos_voice_bridge.core.text import duration

COUNTED = 1_000
"""Calls: older ones are left out."""
DAYS = 30
TOP = 5


def run(request: Request) -> Steps:
    """The last thirty days."""
    calls = yield from ask(PastCalls(request.room.room_id, COUNTED))
    since = request.now - DAYS * 86_400_000
    lately = [call for call in calls if call.started_ts >= since]
    if not lately:
        return (request.reply(f"There was no call here in the last {DAYS} days."),)
    lengths = [call.ended_ts - call.started_ts for call in lately]
    seconds: dict[str, int] = {}
    names: dict[str, str] = {}
    for call in lately:
        for person in attendance(call.spans):
            seconds[person.user_id] = seconds.get(person.user_id, 0) + person.seconds
            names.setdefault(person.user_id, person.name)
    most = sorted(seconds, key=lambda user_id: -seconds[user_id])[:TOP]
    lines = [
        f"The last {DAYS} days: {len(lately)} call{'s' * (len(lately) != 1)}, "
        f"{duration(sum(lengths))} in all, {duration(max(lengths))} the longest, "
        f"{max(call.peak for call in lately)} at once at most.",
        "Most time: "
        + ", ".join(f"{names[user]} ({duration(seconds[user] * 1000)})" for user in most),
    ]
    return (request.reply("\n".join(lines)),)


COMMAND = Command(
    name="stats",
    usage="stats",
    summary="this room's calls in figures",
    section="Calls",
    run=run,
)
