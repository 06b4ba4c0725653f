"""`!voice version`."""

from haos_voice_bridge import __version__
from haos_voice_bridge.commands.command import Answer, Command, Request


def run(request: Request) -> tuple[Answer, ...]:
    """Which program this is."""
    return (request.reply(f"haos-voice-bridge {__version__}"),)


COMMAND = Command(
    name="version",
    usage="version",
    summary="which version of the bridge this is",
    section="The bot",
    run=run,
    works_in_direct=True,
)
