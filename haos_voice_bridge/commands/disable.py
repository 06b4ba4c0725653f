"""`!voice disable`: the room is no voice channel any more; a running call ends."""

from haos_voice_bridge.commands.command import Command, Request, Steps
from haos_voice_bridge.commands.questions import StateEvent, ask
from haos_voice_bridge.core.effects import SetState
from haos_voice_bridge.core.widget import EVENT, KEY, is_ours


def run(request: Request) -> Steps:
    """Switch the channel off; its other settings stay for the next time."""
    off = request.change_channel("Voice is off in this room.", enabled=False)
    there = yield from ask(StateEvent(request.room.room_id, EVENT, KEY))
    may_remove = request.bot_level >= request.levels.to_send_state(EVENT)
    if may_remove and is_ours(there, request.bot_user_id):
        return (SetState(f"widget:{request.event_id}", EVENT, KEY, {}), off)
    return (off,)


COMMAND = Command(
    name="disable",
    usage="disable",
    summary="switch this room's voice channel off",
    section="The channel",
    run=run,
    right="set_up",
)
