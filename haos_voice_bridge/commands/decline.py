"""`!voice decline`: stop ringing me."""

from haos_voice_bridge.commands.command import Answer, Command, Request, Steps
from haos_voice_bridge.commands.questions import RingingFor, ask
from haos_voice_bridge.core.call import Active, Room
from haos_voice_bridge.core.effects import DeclineElsewhere
from haos_voice_bridge.core.events import RingDeclined

NOT_RUNG = "Nobody is calling you here just now."


def run(request: Request) -> Steps:
    """Decline this room's call; in the direct chat with the bot, whatever call rings."""
    if request.is_direct:
        return (yield from _elsewhere(request))
    caller = _caller(request.room, request.standing.user_id)
    if not caller:
        return (request.reply(NOT_RUNG),)
    declined = RingDeclined(request.standing.user_id, request.now, cause=request.event_id)
    return (declined, request.reply(f"You declined {caller}'s call."))


def _elsewhere(request: Request) -> Steps:
    user_id = request.standing.user_id
    rooms = yield from ask(RingingFor(user_id))
    if not rooms:
        return (request.reply("Nobody is calling you just now."),)
    declined: list[Answer] = [
        DeclineElsewhere(
            f"declined:{request.event_id}:{room.room_id}", room.room_id, user_id, request.now
        )
        for room in rooms
    ]
    told = " ".join(f"You declined {_caller(room, user_id)}'s call." for room in rooms)
    return (*declined, request.reply(told))


def _caller(room: Room, user_id: str) -> str:
    """The name of whoever calls this user in the room; empty: nobody does."""
    ring = room.call.ringing(user_id) if isinstance(room.call, Active) else None
    return ring.caller if ring else ""


COMMAND = Command(
    name="decline",
    usage="decline",
    summary="decline the call that rings you",
    section="Calls",
    run=run,
    works_in_direct=True,
)
