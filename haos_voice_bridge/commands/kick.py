"""`!voice kick <user> …`: out of the call, now. Who may not come back is banned by Matrix's ban."""

from haos_voice_bridge.commands.command import Command, Request
from haos_voice_bridge.commands.moderation import (
    Answering,
    Verdict,
    is_in_call,
    moderate,
    not_here,
)
from haos_voice_bridge.core.events import Moderated
from haos_voice_bridge.core.permissions import Standing


def run(request: Request) -> Answering:
    """Take people out of the call."""
    return moderate(request, lambda who: put_out(request, who))


def put_out(request: Request, who: Standing) -> Verdict:
    """Take somebody out, or void the token that they have not used yet."""
    is_coming = any(
        admission.user_id == who.user_id and admission.until > request.now
        for admission in request.room.admissions
    )
    kicked = Moderated(request.event_id, request.now, "kick", who, request.standing.name)
    if is_in_call(request, who.user_id):
        return kicked, "{were} removed from the call."
    if is_coming:
        return kicked, "{are} not in the call yet, and may not come in without asking again."
    return None, not_here(request, who.user_id)


COMMAND = Command(
    name="kick",
    usage="kick <user> …",
    summary="take somebody out of the call (they may ask to come back)",
    section="Moderation",
    run=run,
    right="moderate",
    examples=("kick @ben:example.com", "kick Ben, Cleo"),
)
