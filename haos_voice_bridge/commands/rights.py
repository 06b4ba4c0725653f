"""Who may give which command, and what a refusal says: which right is missing, and who has it."""

from collections.abc import Sequence

from haos_voice_bridge.commands.command import CHANNEL, Answer, Command, Request, may_set_up
from haos_voice_bridge.commands.questions import Asking, People, ask
from haos_voice_bridge.core.permissions import Role, Standing
from haos_voice_bridge.core.text import either

NAMED = 3


def may_run(request: Request, command: Command) -> bool:
    """Whether the person has the right."""
    standing = request.standing
    match command.right:
        case "anyone":
            return True
        case "join":
            return standing.role.includes(Role.JOIN) and standing.has("io.haos.voice.join")
        case "start":
            return standing.role.includes(Role.START)
        case "moderate":
            return standing.is_moderator
        case "set_up":
            return may_set_up(standing)
        case "admin":
            return standing.role is Role.ADMIN


def refusal(request: Request, command: Command) -> Asking[tuple[Answer, ...]]:
    """What a person without the right hears."""
    people = yield from ask(People(request.room.room_id))
    reason = _reason(request, command, [p for p in people if p.user_id != request.bot_user_id])
    return (request.reply(f"You may not use “{command.name}” here: {reason}"),)


def _reason(request: Request, command: Command, people: Sequence[Standing]) -> str:
    standing, levels = request.standing, request.levels
    mine = levels.of(standing.user_id)
    match command.right:
        case "moderate":
            needed = levels.to_use("io.haos.voice.moderate")
            able = [person for person in people if person.is_moderator]
            return f"it takes power level {needed} in this room, and you have {mine}. {_ask(able)}"
        case "set_up":
            needed = levels.to_send_state(CHANNEL)
            able = [person for person in people if may_set_up(person)]
            return f"it takes power level {needed} in this room, and you have {mine}. {_ask(able)}"
        case "join" if standing.role.includes(Role.JOIN):
            needed = levels.to_use("io.haos.voice.join")
            able = [person for person in people if person.is_moderator]
            return f"it takes power level {needed} in this room, and you have {mine}. {_ask(able)}"
        case _:
            role = command.right if command.right in ("join", "start", "admin") else "start"
            return f"the bridge's config does not give you the role “{role}”. {_admins(request)}"


def _ask(able: Sequence[Standing]) -> str:
    if not able:
        return "Nobody in this room has it."
    ranked = sorted(able, key=lambda person: -person.levels.of(person.user_id))
    return f"Ask {either([person.name for person in ranked[:NAMED]])}."


def _admins(request: Request) -> str:
    users = [name for name in request.admins if name.startswith("@")]
    return f"Ask {either(users[:NAMED])}." if users else "Ask the admin of this bridge."
