"""What people type after `!voice`. One pure module a command; adding one is a line here."""

from haos_voice_bridge.commands import disable, enable
from haos_voice_bridge.commands import help as help_
from haos_voice_bridge.commands.command import Command, Request
from haos_voice_bridge.core.effects import Effect

__all__ = ["COMMANDS", "Command", "Request", "run"]

COMMANDS: tuple[Command, ...] = (help_.COMMAND, enable.COMMAND, disable.COMMAND)


def run(request: Request) -> tuple[Effect, ...]:
    """Answer a command. A user whom the config blocks gets no answer at all."""
    if request.is_blocked:
        return ()
    words = request.given.text.split()
    if not words or words[0].lower() == "help":
        return help_.listed(request, COMMANDS)
    for command in COMMANDS:
        if command.name == words[0].lower():
            return command.run(request)
    return (request.reply(f"There is no command “{words[0][:40]}”. Type: {request.prefix} help"),)
