"""`!voice move <user> … to <room>`: into another room's call."""

import re
from collections.abc import Iterator

from haos_voice_bridge.commands.command import Answer, Command, Request
from haos_voice_bridge.commands.moderation import Answering, Verdict, not_here, told_of, untouchable
from haos_voice_bridge.commands.places import room_named
from haos_voice_bridge.commands.questions import Asking, StandingIn, ask
from haos_voice_bridge.commands.targets import Unclear, people_named
from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.events import MovedAway
from haos_voice_bridge.core.permissions import Standing
from haos_voice_bridge.core.rules.moves import obstacle

_TO = re.compile(r"\s+to\s+", re.IGNORECASE)


def run(request: Request) -> Answering:
    """Move everybody who is named, as far as both rooms allow."""
    people_text, room, mover = yield from _read(request)
    if (reason := wrong_room(request, room, mover)) is not None:
        return (request.reply(reason),)
    people = yield from people_named(request, people_text)
    answers: list[Answer] = []
    outcomes = []
    for who in people:
        event, sentence = untouchable(request, who) or (yield from moved(request, who, room))
        outcomes.append((who.name, sentence))
        if event is not None:
            answers.append(event)
    return (*answers, request.reply(told_of(outcomes)))


def _read(request: Request) -> Asking[tuple[str, Room, Standing]]:
    """The people's part, and the room: names may have a “to” in them."""
    first: Unclear | None = None
    for people_text, room_text in _halves(request.line.rest):
        try:
            room, mover = yield from room_named(request, room_text)
        except Unclear as unclear:
            first = first or unclear
        else:
            return people_text, room, mover
    example = f"{request.lead}move @user:server to #room:server"
    raise first or Unclear(f"Whom, and where to? Type, for example: {example}")


def _halves(text: str) -> Iterator[tuple[str, str]]:
    for found in _TO.finditer(text):
        yield text[: found.start()], text[found.end() :]


def wrong_room(request: Request, room: Room, mover: Standing) -> str | None:
    """Why nobody can be moved there by this mover."""
    if room.room_id == request.room.room_id:
        return "That is this room."
    if not mover.is_moderator:
        needed = mover.levels.to_use("io.haos.voice.moderate")
        mine = mover.levels.of(mover.user_id)
        return (
            f"To move people to {room.title} you must moderate its calls too: it takes power level "
            f"{needed} there, and you have {mine}."
        )
    if not room.is_channel:
        return f"{room.title} has no voice channel. One of its admins can type there: " + (
            f"{request.prefix} enable"
        )
    return None


def moved(request: Request, who: Standing, room: Room) -> Asking[Verdict]:
    """Move somebody's devices."""
    call = request.call
    if call is None or all(here.user_id != who.user_id for here in call.participants):
        return None, not_here(request, who.user_id)
    there = yield from ask(StandingIn(room.room_id, who.user_id))
    if (reason := obstacle(room, there)) is not None:
        return None, f"cannot be moved: {reason}"
    away = MovedAway(request.event_id, request.now, who.user_id, room.room_id, room.title)
    return away, f"{{are}} being moved to {room.title}."


COMMAND = Command(
    name="move",
    usage="move <user> … to <room>",
    summary="move somebody into another room's call",
    section="Moderation",
    run=run,
    right="moderate",
    examples=("move Ben to Kitchen", "move @ben:example.com, Cleo to #kitchen:example.com"),
)
