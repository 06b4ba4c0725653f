"""`!voice drain`: calls are paused for maintenance."""

from haos_voice_bridge.commands.command import Answer, Command, Request, Steps
from haos_voice_bridge.commands.questions import Flag, Rooms, ask
from haos_voice_bridge.commands.targets import Unclear
from haos_voice_bridge.core.call import Active
from haos_voice_bridge.core.effects import SetFlag
from haos_voice_bridge.core.site import DRAIN


def run(request: Request) -> Steps:
    """Switch it, or say how it is; with how many calls still run."""
    wanted = " ".join(request.line.words).lower() or "status"
    if wanted not in ("on", "off", "status"):
        raise Unclear(f"Type: {request.lead}{COMMAND.usage}")
    was = yield from ask(Flag(DRAIN))
    rooms = yield from ask(Rooms())
    running = _running([room.call for room in rooms if isinstance(room.call, Active)])
    changes: tuple[Answer, ...] = ()
    if wanted != "status":
        changes = (SetFlag(f"drain:{request.event_id}", DRAIN, wanted),)
    now = was if wanted == "status" else wanted
    if now != "on":
        return (*changes, request.reply(f"Calls are open to everybody. {running}"))
    text = (
        "Calls are paused for maintenance: none starts, and nobody new comes in. "
        f"{running} When you are done, type: {request.lead}drain off"
    )
    return (*changes, request.reply(text))


def _running(calls: list[Active]) -> str:
    people = sum(len(call.everybody) for call in calls)
    if not calls:
        return "No call runs."
    if len(calls) == 1:
        return f"1 call runs, with {people} in it."
    return f"{len(calls)} calls run, with {people} in them."


COMMAND = Command(
    name="drain",
    usage="drain [on|off|status]",
    summary="pause all calls for maintenance: those that run go on, and nobody new comes in",
    section="Bridge admins",
    run=run,
    right="admin",
    examples=("drain on", "drain off"),
    works_in_direct=True,
)
