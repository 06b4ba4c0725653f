"""`!voice settings quiet on|off`: whether the bot may ring me, in any room."""

from haos_voice_bridge.commands.command import Request, Steps
from haos_voice_bridge.commands.questions import QuietAmong, ask
from haos_voice_bridge.commands.targets import Unclear
from haos_voice_bridge.core.effects import SetQuiet

_TOLD = {
    True: "Quiet is on: I do not ring you, whoever calls.",
    False: "Quiet is off: I may ring you when somebody calls.",
}


def run(request: Request, value: str) -> Steps:
    """Change the person's own setting, or show it."""
    user_id = request.standing.user_id
    if not value:
        is_quiet = user_id in (yield from ask(QuietAmong((user_id,))))
        return (request.reply(_TOLD[is_quiet]),)
    if value not in ("on", "off"):
        raise Unclear("“quiet” can be on or off.")
    quiet = value == "on"
    change = SetQuiet(f"quiet:{request.event_id}", user_id, quiet)
    return (change, request.reply(_TOLD[quiet]))
