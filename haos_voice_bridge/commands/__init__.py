"""What people type after `!voice`. One pure module a command; adding one is a line here."""

from difflib import get_close_matches

from haos_voice_bridge.commands import (
    bitrate,
    decline,
    disable,
    doctor,
    drain,
    echo,
    enable,
    end,
    history,
    kick,
    limit,
    lock,
    move,
    mute,
    ring,
    rooms,
    settings,
    stats,
    status,
    version,
    who,
)
from haos_voice_bridge.commands import help as help_
from haos_voice_bridge.commands.command import Answer, Command, Request, Steps
from haos_voice_bridge.commands.placement import misplaced
from haos_voice_bridge.commands.rights import may_run, refusal
from haos_voice_bridge.commands.targets import Unclear
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.core.text import clipped

__all__ = ["COMMANDS", "Answer", "Command", "Request", "Steps", "run", "too_many"]

COMMANDS: tuple[Command, ...] = (
    who.COMMAND,
    history.COMMAND,
    stats.COMMAND,
    ring.COMMAND,
    decline.COMMAND,
    echo.COMMAND,
    lock.LOCK,
    lock.UNLOCK,
    limit.COMMAND,
    mute.MUTE,
    mute.UNMUTE,
    mute.DEAFEN,
    mute.UNDEAFEN,
    kick.COMMAND,
    move.COMMAND,
    status.COMMAND,
    end.COMMAND,
    enable.COMMAND,
    disable.COMMAND,
    bitrate.COMMAND,
    settings.COMMAND,
    version.COMMAND,
    rooms.COMMAND,
    doctor.COMMAND,
    drain.COMMAND,
)
"""In the order in which help lists them."""


def run(request: Request) -> Steps:
    """Answer a command. A user whom the config blocks gets no answer at all."""
    if request.standing.role is Role.BLOCK:
        return ()
    name = request.line.name
    if name in ("", "help"):
        return help_.answer(request, COMMANDS)
    command = next((command for command in COMMANDS if name in command.names), None)
    return (yield from _given(request, command)) if command else (_unknown(request, name),)


def _given(request: Request, command: Command) -> Steps:
    if (obstacle := misplaced(request, command)) is not None:
        return (obstacle,)
    if not may_run(request, command):
        return (yield from refusal(request, command))
    try:
        outcome = command.run(request)
        return outcome if isinstance(outcome, tuple) else (yield from outcome)
    except Unclear as unclear:
        return (request.reply(str(unclear)),)


def too_many(request: Request) -> tuple[Answer, ...]:
    """Said once, when somebody types faster than the bot wants to answer."""
    if request.standing.role is Role.BLOCK:
        return ()
    return (request.reply("That is a lot of commands. Try again in a minute."),)


def _unknown(request: Request, name: str) -> Answer:
    known = {alias: command for command in COMMANDS for alias in command.names}
    known["help"] = COMMANDS[0]
    near = get_close_matches(name, known, 1, 0.6)
    if near:
        return request.reply(
            f"There is no command “{clipped(name)}”. Did you mean: {request.lead}{near[0]}"
        )
    return request.reply(f"There is no command “{clipped(name)}”. Type: {request.lead}help")
