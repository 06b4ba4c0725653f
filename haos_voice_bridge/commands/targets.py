"""Whom a command is about: user IDs, mentions, links, or names that only one person has."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from haos_voice_bridge.commands.command import Request
from haos_voice_bridge.commands.line import words_of
from haos_voice_bridge.commands.questions import Asking, People, ask
from haos_voice_bridge.core.permissions import Standing
from haos_voice_bridge.core.text import clipped

MOST = 20
"""People in one command."""
_USER = re.compile(r"@[^\s,:]+:[^\s,]+")
_LINK = re.compile(r"https?://matrix\.to/#/(@[^/?\s]+)|matrix:u/([^/?\s]+)")


class Unclear(Exception):
    """A text that names nobody, or several people; the message is for who typed it."""


def people_named(request: Request, text: str) -> Asking[tuple[Standing, ...]]:
    """The joined members whom the text names.

    Raises:
        Unclear: Some part of it names nobody, or more than one.
    """
    people = yield from ask(People(request.room.room_id))
    if request.bot_user_id in text.replace(",", " ").split():
        raise Unclear("That is me: I run the calls, and am in none.")
    candidates = [person for person in people if person.user_id != request.bot_user_id]
    text = _by_owner(request, text)
    found = [person for part in text.split(",") for person in _in_part(part.strip(), candidates)]
    if not found:
        raise Unclear(f"Who? Type, for example: {request.lead}{request.line.name} @user:server")
    if len(found) > MOST:
        raise Unclear(f"At most {MOST} people at once.")
    return tuple({person.user_id: person for person in found}.values())


def _by_owner(request: Request, text: str) -> str:
    """The text with the user for their puppet, which is what Element shows of them in the call."""
    if request.site.puppets is None:
        return text
    owner_of = request.site.puppets.owner_of
    return _USER.sub(lambda found: owner_of(found[0]) or found[0], text)


def _in_part(part: str, people: Sequence[Standing]) -> list[Standing]:
    if not part:
        return []
    try:
        return [_one(part.strip('"“”'), people)]  # a name may have spaces
    except Unclear:
        words = words_of(part)
        if len(words) < 2:
            raise
        return [_one(word, people) for word in words]


def _one(word: str, people: Sequence[Standing]) -> Standing:
    if link := _LINK.match(word):
        word = link[1] or f"@{link[2]}"
    if word.startswith("@") and ":" in word:
        for person in people:
            if person.user_id == word:
                return person
        raise Unclear(f"{clipped(word)} is not in this room.")
    wanted = word.removeprefix("@").casefold()
    called = [person for person in people if person.name.casefold() == wanted]
    called = called or [p for p in people if p.user_id[1:].partition(":")[0] == wanted]
    if len(called) == 1:
        return called[0]
    if called:
        several = ", ".join(sorted(person.user_id for person in called))
        raise Unclear(
            f"{len(called)} people here are called “{clipped(word)}”. Use one of: {several}"
        )
    near = get_close_matches(wanted, [person.name.casefold() for person in people], 1, 0.6)
    hint = next((f" Did you mean {p.name}?" for p in people if p.name.casefold() in near), "")
    raise Unclear(f"Nobody in this room is called “{clipped(word)}”.{hint}")
