"""`!voice status <text>`: what the channel is about just now."""

from haos_voice_bridge.commands.command import Answer, Command, Request
from haos_voice_bridge.commands.targets import Unclear
from haos_voice_bridge.core.channel import STATUS_LIMIT
from haos_voice_bridge.core.text import plain


def run(request: Request) -> tuple[Answer, ...]:
    """Set the text, take it away, or say what it is."""
    text = plain(request.line.rest)
    if not text:
        status = plain(request.room.settings.status)
        return (request.reply(f"The status is: {status}" if status else "There is no status."),)
    if text.lower() in ("off", "none", "clear"):
        return (request.change_channel("The status is gone.", status=""),)
    if len(text) > STATUS_LIMIT:
        raise Unclear(f"That is too long: a status has at most {STATUS_LIMIT} characters.")
    return (request.change_channel(f"The status is now: {text}", status=text),)


COMMAND = Command(
    name="status",
    usage="status <text>",
    summary="show a text beside the channel's name",
    section="Moderation",
    run=run,
    right="moderate",
    examples=("status Board games, round two", "status off"),
    is_about_channel=True,
)
