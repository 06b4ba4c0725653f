"""`!voice doctor`: is everything set up as it must be?"""

from haos_voice_bridge.commands.command import Answer, Command, Request
from haos_voice_bridge.core.effects import Examine


def run(request: Request) -> tuple[Answer, ...]:
    """The answer is what the checkup finds."""
    key = f"doctor:{request.event_id}"
    return (Examine(key, reply_to=request.event_id, thread=request.given.thread),)


COMMAND = Command(
    name="doctor",
    usage="doctor",
    summary="check the homeserver, LiveKit, its webhooks, the database and the clocks",
    section="Bridge admins",
    run=run,
    right="admin",
    works_in_direct=True,
)
