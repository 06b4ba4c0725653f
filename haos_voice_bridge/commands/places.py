"""Which room a command is about: an ID, an alias, a link, or a name that only one room has."""

import re
from collections.abc import Sequence
from urllib.parse import unquote

from haos_voice_bridge.commands.command import Request
from haos_voice_bridge.commands.questions import Asking, RoomOfAlias, Rooms, StandingIn, ask
from haos_voice_bridge.commands.targets import Unclear
from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.permissions import Standing
from haos_voice_bridge.core.text import clipped

MOST = 20
"""Rooms of one name that are looked at."""
_LINK = re.compile(r"https?://matrix\.to/#/((?:[#!]|%23|%21)[^?/\s]+)\S*")
_URI = re.compile(r"matrix:(r|roomid)/([^?/\s]+)\S*")


def room_named(request: Request, text: str) -> Asking[tuple[Room, Standing]]:
    """The room that the text names, and what who types is in it.

    Only rooms that they are in count: a name must not tell what other rooms there are.

    Raises:
        Unclear: It names no room that both they and the bot are in, or several.
    """
    word = _without_link(text.strip().strip('"“”'))
    rooms = yield from ask(Rooms())
    if word.startswith("#") and ":" in word:
        room_id = yield from ask(RoomOfAlias(word))
        named = [room for room in rooms if room.room_id == room_id]
    else:
        wanted = word.casefold()
        named = [room for room in rooms if room.room_id == word]
        named = named or [room for room in rooms if room.name and room.name.casefold() == wanted]
    found = yield from _with_mover(request, named[:MOST])
    if not found:
        raise Unclear(f"I know no room “{clipped(word)}” that both you and I are in.")
    if len(found) > 1:
        several = ", ".join(room.room_id for room, _ in found)
        raise Unclear(f"{len(found)} rooms are called “{clipped(word)}”. Use one of: {several}")
    return found[0]


def _with_mover(request: Request, rooms: Sequence[Room]) -> Asking[list[tuple[Room, Standing]]]:
    found = []
    for room in rooms:
        standing = yield from ask(StandingIn(room.room_id, request.standing.user_id))
        if standing.is_member:
            found.append((room, standing))
    return found


def _without_link(word: str) -> str:
    if link := _LINK.fullmatch(word):
        return unquote(link[1])
    if uri := _URI.fullmatch(word):
        return ("#" if uri[1] == "r" else "!") + unquote(uri[2])
    return word
