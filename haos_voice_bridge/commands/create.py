"""`!voice create <name> [in <space>]`: a new room that is a voice channel."""

import re

from haos_voice_bridge.commands.command import Answer, Command, Request
from haos_voice_bridge.commands.places import room_named
from haos_voice_bridge.commands.questions import Asking
from haos_voice_bridge.commands.targets import Unclear
from haos_voice_bridge.core.effects import CreateChannel
from haos_voice_bridge.core.text import clipped

CHILD = "m.space.child"
NAME_LIMIT = 100
_IN = re.compile(r"\s+in\s+", re.IGNORECASE)
_REFERENCE = re.compile(r"[#!]\S+|https?://matrix\.to/\S+|matrix:\S+")


def run(request: Request) -> Asking[tuple[Answer, ...]]:
    """Make it, and put it into the space if one is named."""
    name, space = yield from _read(request)
    name = " ".join(name.strip().strip('"“”').split())
    if not name or len(name) > NAME_LIMIT:
        raise Unclear(
            f"What shall it be called? At most {NAME_LIMIT} characters. "
            f"Type, for example: {request.lead}create Game night"
        )
    effect = CreateChannel(
        key=f"create:{request.event_id}",
        by=request.standing.user_id,
        name=name,
        space=space,
        reply_to=request.event_id,
        thread=request.given.thread,
    )
    return (effect,)


def _read(request: Request) -> Asking[tuple[str, str]]:
    """The name, and the space's room ID: a name may have an “in” in it."""
    text = request.line.rest
    found = list(_IN.finditer(text))
    if not found:
        return text, ""
    name, where = text[: found[-1].start()], text[found[-1].end() :]
    try:
        space, person = yield from room_named(request, where)
    except Unclear:
        if _REFERENCE.fullmatch(where):
            raise
        return text, ""
    if space.room_type != "m.space":
        if _REFERENCE.fullmatch(where):
            raise Unclear(f"“{clipped(where)}” is a room, not a space.")
        return text, ""
    if not person.may_send_state(CHILD):
        # The bot's rights are not theirs to use.
        needed = person.levels.to_send_state(CHILD)
        mine = person.levels.of(person.user_id)
        raise Unclear(
            f"To add a room to {space.title} takes power level {needed} there, and you have {mine}."
        )
    return name, space.room_id


COMMAND = Command(
    name="create",
    usage="create <name> [in <space>]",
    summary="make a new voice channel, and invite you into it",
    section="The channel",
    run=run,
    right="start",
    examples=("create Game night", "create Game night in #friends:example.com"),
    works_in_direct=True,
)
