"""`!voice mute`, `unmute`, `deafen`, `undeafen`: for all devices of a person, until it is undone.

Nobody is made to speak: undone, a person may switch their microphone on again themselves.
"""

from haos_voice_bridge.commands.command import Command, Request
from haos_voice_bridge.commands.moderation import Answering, Verdict, is_in_call, moderate
from haos_voice_bridge.core.events import Moderated
from haos_voice_bridge.core.permissions import Standing
from haos_voice_bridge.core.restraints import Measure, restraint_on


def _mute(request: Request) -> Answering:
    return moderate(request, lambda who: laid_on(request, who, "mute"))


def _unmute(request: Request) -> Answering:
    return moderate(request, lambda who: taken_off(request, who, "unmute"))


def _deafen(request: Request) -> Answering:
    return moderate(request, lambda who: laid_on(request, who, "deafen"))


def _undeafen(request: Request) -> Answering:
    return moderate(request, lambda who: taken_off(request, who, "undeafen"))


def laid_on(request: Request, who: Standing, measure: Measure) -> Verdict:
    """Mute or deafen somebody."""
    before = restraint_on(request.room.restraints, who.user_id)
    state = "muted" if measure == "mute" else "deafened"
    if before.muted if measure == "mute" else before.deafened:
        return None, f"{{are}} {state} already."
    done = Moderated(request.event_id, request.now, measure, who)
    if not is_in_call(request, who.user_id):
        return done, f"{{are}} not in the call, and will be {state} once there."
    if measure == "deafen":
        return done, "{are} deafened: they hear nobody, and nobody hears them."
    return done, "{are} muted."


def taken_off(request: Request, who: Standing, measure: Measure) -> Verdict:
    """Undo it."""
    before = restraint_on(request.room.restraints, who.user_id)
    is_unmute = measure == "unmute"
    state = "muted" if is_unmute else "deafened"
    still = ""
    if is_unmute and before.deafened:
        still = f" Still deafened, though: {request.lead}undeafen"
    elif before.muted and not is_unmute:
        still = f" Still muted, though: {request.lead}unmute"
    if not (before.muted if is_unmute else before.deafened):
        return None, f"{{are}} not {state}.{still}"
    done = Moderated(request.event_id, request.now, measure, who)
    return done, f"{{are}} not {state} any more.{still or _may_speak(who)}"


def _may_speak(who: Standing) -> str:
    if who.has("io.haos.voice.speak"):
        return " To be heard, switch the microphone on again."
    return f" To speak here takes power level {who.levels.to_use('io.haos.voice.speak')}, though."


MUTE = Command(
    name="mute",
    usage="mute <user> …",
    summary="let nobody hear somebody, until you unmute them",
    section="Moderation",
    run=_mute,
    right="moderate",
    examples=("mute @ben:example.com", "mute Ben, Cleo"),
)
UNMUTE = Command(
    name="unmute",
    usage="unmute <user> …",
    summary="let somebody speak again",
    section="Moderation",
    run=_unmute,
    right="moderate",
    examples=("unmute Ben",),
)
DEAFEN = Command(
    name="deafen",
    usage="deafen <user> …",
    summary="let somebody neither hear nor be heard, until you undeafen them",
    section="Moderation",
    run=_deafen,
    right="moderate",
    examples=("deafen Ben",),
)
UNDEAFEN = Command(
    name="undeafen",
    usage="undeafen <user> …",
    summary="let somebody hear again",
    section="Moderation",
    run=_undeafen,
    right="moderate",
    examples=("undeafen Ben",),
)
