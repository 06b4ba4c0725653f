"""`!voice limit <n>`: how many may be in the call."""

from haos_voice_bridge.commands.command import Answer, Command, Request
from haos_voice_bridge.commands.numbers import whole_number
from haos_voice_bridge.core.channel import LIMITS


def run(request: Request) -> tuple[Answer, ...]:
    """Set the limit, or say what it is."""
    words = request.line.words
    if not words:
        return (request.reply(_said(request.room.settings.user_limit)),)
    word = "0" if words[0].lower() in ("off", "none") else words[0]
    number = whole_number(word, LIMITS, f"{request.lead}limit 10")
    return (request.change_channel(_said(number), user_limit=number),)


def _said(limit: int) -> str:
    if not limit:
        return "There is no limit on how many can be in the call."
    people = "1 person" if limit == 1 else f"{limit} people"
    return f"At most {people} can be in the call; moderators always get in."


COMMAND = Command(
    name="limit",
    usage="limit <number>",
    summary="how many can be in the call (0: no limit)",
    section="Moderation",
    run=run,
    right="moderate",
    examples=("limit 10", "limit off"),
    is_about_channel=True,
)
