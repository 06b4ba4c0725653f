"""`!voice disable`: the room is no voice channel any more; a running call ends."""

from haos_voice_bridge.commands.command import CHANNEL, Command, Request, refused_set_up
from haos_voice_bridge.core.effects import Effect, MergeState


def run(request: Request) -> tuple[Effect, ...]:
    """Switch the channel off; its other settings stay for the next time."""
    if not request.may_set_up:
        return (refused_set_up(request),)
    return (
        MergeState(
            key=f"disable:{request.given.event_id}",
            event_type=CHANNEL,
            state_key="",
            changes={"enabled": False},
            reply_to=request.given.event_id,
            told=request.reply("Voice is off in this room.").content,
        ),
    )


COMMAND = Command(
    name="disable",
    usage="disable",
    summary="switch this room's voice channel off",
    run=run,
    may_run=lambda request: request.may_set_up,
)
