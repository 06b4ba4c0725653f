"""`!voice end`: the call is over, for everybody."""

from haos_voice_bridge.commands.command import Answer, Command, Request
from haos_voice_bridge.core.events import CallStopped


def run(request: Request) -> tuple[Answer, ...]:
    """End the running call."""
    if request.call is None:
        return (request.reply("There is no call to end."),)
    stopped = CallStopped(request.event_id, request.now)
    return (stopped, request.reply("The call is over."))


COMMAND = Command(
    name="end",
    usage="end",
    summary="end the call for everybody",
    section="Moderation",
    run=run,
    right="moderate",
)
