"""What moderators order by a button instead of a typed line: the same rules as the commands'."""

from dataclasses import dataclass
from typing import Literal, get_args

from haos_voice_bridge.commands.command import Answer, Request
from haos_voice_bridge.commands.kick import put_out
from haos_voice_bridge.commands.moderation import Verdict, untouchable
from haos_voice_bridge.commands.move import moved, wrong_room
from haos_voice_bridge.commands.mute import laid_on, taken_off
from haos_voice_bridge.commands.places import room_named
from haos_voice_bridge.commands.questions import Asking
from haos_voice_bridge.commands.targets import Unclear
from haos_voice_bridge.core import contents
from haos_voice_bridge.core.effects import SendMessage
from haos_voice_bridge.core.permissions import Standing
from haos_voice_bridge.core.request import Refusal
from haos_voice_bridge.core.rules.departures import card_key

Action = Literal["mute", "unmute", "deafen", "undeafen", "kick", "move"]
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True)
class Order:
    """`who`: to whose devices it is done; `to`: for a move, the other room's ID."""

    action: Action
    who: Standing
    to: str = ""


def run(request: Request, order: Order) -> Asking[tuple[Answer, ...] | Refusal]:
    """What is to be done, or why it is not; nothing, if it is so already."""
    if not request.standing.is_moderator:
        return Refusal("FORBIDDEN", _no_right(request))
    if (out_of_reach := untouchable(request, order.who)) is not None:
        return Refusal("FORBIDDEN", _told(order, out_of_reach))
    verdict = yield from _judged(request, order)
    if isinstance(verdict, Refusal):
        return verdict
    event, _ = verdict
    if event is not None:
        return (event, *_noted(request, order))
    return Refusal("NOT_IN_CALL", _told(order, verdict)) if order.action == "kick" else ()


def _judged(request: Request, order: Order) -> Asking[Verdict | Refusal]:
    match order.action:
        case "mute" | "deafen":
            return laid_on(request, order.who, order.action)
        case "unmute" | "undeafen":
            return taken_off(request, order.who, order.action)
        case "kick":
            return put_out(request, order.who)
        case "move":
            return (yield from _moved(request, order))


def _moved(request: Request, order: Order) -> Asking[Verdict | Refusal]:
    call = request.call
    if call is None or all(here.user_id != order.who.user_id for here in call.participants):
        return Refusal("NOT_IN_CALL", f"{order.who.name} is not in the call.")
    try:
        room, mover = yield from room_named(request, order.to)
    except Unclear as unclear:
        return Refusal("CANNOT_MOVE", str(unclear))
    if (reason := wrong_room(request, room, mover)) is not None:
        return Refusal("CANNOT_MOVE", reason)
    verdict = yield from moved(request, order.who, room)
    return verdict if verdict[0] is not None else Refusal("CANNOT_MOVE", _told(order, verdict))


def _noted(request: Request, order: Order) -> tuple[SendMessage, ...]:
    """Who did it, in the call's thread: a typed command is there for all to read, too."""
    if request.call is None or request.call.timeline != "thread":
        return ()
    content = contents.moderation(
        by=request.standing, who=order.who, action=order.action, call_id=request.call.call_id
    )
    key = f"moderation:{request.event_id}"
    return (SendMessage(key, content, "thread", card_key(request.call.call_id)),)


def _told(order: Order, verdict: Verdict) -> str:
    said = verdict[1].replace("{are}", "is").replace("{were}", "was")
    return f"{order.who.name} {said}"


def _no_right(request: Request) -> str:
    needed = request.levels.to_use("io.haos.voice.moderate")
    mine = request.levels.of(request.standing.user_id)
    return (
        f"You may not moderate calls here: it takes power level {needed} in this room, "
        f"and you have {mine}."
    )
