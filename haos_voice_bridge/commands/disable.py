"""`!voice disable`: the room is no voice channel any more; a running call ends."""

from haos_voice_bridge.commands.command import Answer, Command, Request


def run(request: Request) -> tuple[Answer, ...]:
    """Switch the channel off; its other settings stay for the next time."""
    return (request.change_channel("Voice is off in this room.", enabled=False),)


COMMAND = Command(
    name="disable",
    usage="disable",
    summary="switch this room's voice channel off",
    section="The channel",
    run=run,
    right="set_up",
)
