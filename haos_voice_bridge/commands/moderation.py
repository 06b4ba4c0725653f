"""What the commands that moderate people share: who may be moderated, and one answer for all."""

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any

from haos_voice_bridge.commands.command import Answer, Request
from haos_voice_bridge.commands.questions import Question
from haos_voice_bridge.commands.targets import people_named
from haos_voice_bridge.core.call import Active
from haos_voice_bridge.core.events import Event
from haos_voice_bridge.core.permissions import CREATOR_LEVEL, Role, Standing
from haos_voice_bridge.core.text import listed

Verdict = tuple[Event | None, str]
"""What is done to a person, if anything, and the sentence about it; `{are}` follows the names."""
Judge = Callable[[Standing], Verdict]
Answering = Generator[Question[Any], Any, tuple[Answer, ...]]


def moderate(request: Request, judge: Judge) -> Answering:
    """Do it to everybody who is named, as far as the rules allow, and say what became of whom."""
    people = yield from people_named(request, request.line.rest)
    verdicts = [(who, untouchable(request, who) or judge(who)) for who in people]
    events = (event for _, (event, _) in verdicts if event is not None)
    told = told_of((who.name, sentence) for who, (_, sentence) in verdicts)
    return (*events, request.reply(told))


def untouchable(request: Request, who: Standing) -> Verdict | None:
    """Why the person may not be moderated by this one; Matrix's rule for kicks (spec, auth rules).

    Admins of the bridge pass; who moderates by the config has at least a moderator's level.
    """
    mover, levels = request.standing, request.levels
    if who.user_id == mover.user_id or mover.role is Role.ADMIN:
        return None
    mine, theirs = levels.of(mover.user_id), levels.of(who.user_id)
    if mover.role.includes(Role.MODERATE):
        mine = max(mine, levels.to_use("io.haos.voice.moderate"))
    if mine > theirs:
        return None
    if theirs == CREATOR_LEVEL:
        return None, "{are} out of your reach: nobody stands above who created the room."
    return None, (
        f"{{are}} out of your reach: it takes a power level above theirs, which is {theirs}, "
        f"and yours is {mine}."
    )


def told_of(outcomes: Iterable[tuple[str, str]]) -> str:
    """One line for each thing that happened, with the names of those to whom it did."""
    names: dict[str, list[str]] = {}
    for name, sentence in outcomes:
        names.setdefault(sentence, []).append(name)
    return "\n".join(_line(who, sentence) for sentence, who in names.items())


def _line(names: Sequence[str], sentence: str) -> str:
    said = sentence.replace("{are}", "is" if len(names) == 1 else "are")
    return f"{listed(names)} {said.replace('{were}', 'was' if len(names) == 1 else 'were')}"


def is_in_call(request: Request, user_id: str) -> bool:
    """Whether a device of theirs is in the call, or dropped so lately that it may be back."""
    call = request.room.call
    if not isinstance(call, Active):
        return False
    lost = (dropped.participant for dropped in call.dropped)
    return any(who.user_id == user_id for who in (*call.participants, *lost))


def not_here(request: Request, user_id: str) -> str:
    """The sentence about somebody with no device on our SFU."""
    if request.call is not None and request.call.holds(user_id):
        return (
            "{are} in the call by another server's media, out of my reach. Who is banned from the "
            "room is out of its call, too."
        )
    return "{are} not in the call."
