"""`!voice who`: who is in the call."""

from html import escape

from haos_voice_bridge.commands.command import Answer, Command, Request
from haos_voice_bridge.core.call import Active, Participant
from haos_voice_bridge.core.restraints import restraint_on
from haos_voice_bridge.core.text import duration

SHOWN = 50


def run(request: Request) -> tuple[Answer, ...]:
    """One line a person, with what they show and since when they are there."""
    call = request.call
    if call is None or not call.everybody:
        return (request.reply("Nobody is in the call."),)
    lines = [_line(participant, request, call) for participant in call.everybody[:SHOWN]]
    count = len(call.everybody)
    if count > SHOWN:
        lines.append(f"and {count - SHOWN} more")
    limit = request.room.settings.user_limit
    head = f"In the call: {count} of {limit}" if limit else f"In the call: {count}"
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    body = "\n".join([head, *(f"  {line}" for line in lines)])
    return (request.reply(body, f"{escape(head)}<ul>{items}</ul>"),)


def _line(participant: Participant, request: Request, call: Active) -> str:
    media = participant.media
    held = restraint_on(request.room.restraints, participant.user_id)
    by_moderator = "deafened" if held.deafened else "muted" if held.muted else ""
    by_themselves = "deafened" if media.deafened else "muted" if media.muted else ""
    sound = f"{by_moderator} by a moderator" if by_moderator else by_themselves
    shown = [
        *([sound] if sound else []),
        *(["camera on"] if media.video else []),
        *(["sharing a screen"] if media.screen else []),
        *(["hand raised"] if media.hand else []),
        *(["by another server"] if participant in call.elsewhere else []),
    ]
    facts = ", ".join([*shown, f"for {duration(request.now - participant.since)}"])
    return f"{participant.name} ({facts})"


COMMAND = Command(
    name="who",
    usage="who",
    summary="who is in the call",
    section="Calls",
    run=run,
    is_about_channel=True,
)
