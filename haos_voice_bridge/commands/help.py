"""`!voice help`: what this person may do here."""

from collections.abc import Sequence
from html import escape

from haos_voice_bridge.commands.command import Command, Request
from haos_voice_bridge.core.effects import Effect


def listed(request: Request, commands: Sequence[Command]) -> tuple[Effect, ...]:
    """The commands that this person may use in this room."""
    lines = [
        (f"{request.prefix} {command.usage}", command.summary)
        for command in commands
        if command.may_run(request)
    ]
    body = "\n".join(f"{usage}: {summary}" for usage, summary in lines)
    rows = "".join(
        f"<li><code>{escape(usage)}</code>: {escape(summary)}</li>" for usage, summary in lines
    )
    return (request.reply(body, f"<ul>{rows}</ul>"),)


def _alone(request: Request) -> tuple[Effect, ...]:
    return listed(request, (COMMAND,))


COMMAND = Command(name="help", usage="help", summary="what you can type here", run=_alone)
