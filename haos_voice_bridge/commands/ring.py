"""`!voice ring <users…>`: make phones ring."""

from collections.abc import Mapping, Sequence

from haos_voice_bridge.commands.command import Command, Request, Steps
from haos_voice_bridge.commands.questions import CallMember, QuietAmong, ask
from haos_voice_bridge.commands.targets import Unclear, people_named
from haos_voice_bridge.core.call import Active
from haos_voice_bridge.core.events import RingAsked
from haos_voice_bridge.core.permissions import Role, Standing
from haos_voice_bridge.core.rings import MOST_RUNG, Callee, RingPlan
from haos_voice_bridge.core.rules.ringing import Obstacle, obstacle
from haos_voice_bridge.core.text import listed


def run(request: Request) -> Steps:
    """Ring the people named, as far as they may be rung."""
    call, caller = _call_of(request), request.standing
    people = yield from people_named(request, request.line.rest)
    quiet = yield from ask(QuietAmong(tuple(person.user_id for person in people)))
    refusals = [(person, _why_not(request, person, quiet)) for person in people]
    able = [person for person, reason in refusals if not reason][: MOST_RUNG - len(call.rings)]
    told = _told(able, refusals)
    if not able:
        return (request.reply(told),)
    devices = tuple(p.device_id for p in call.everybody if p.user_id == caller.user_id)
    member = yield from ask(CallMember(request.room.room_id, caller.user_id, devices))
    plan = RingPlan(tuple(Callee(person.user_id, person.name) for person in able), member)
    return (RingAsked(request.now, caller.user_id, caller.name, plan), request.reply(told))


def _call_of(request: Request) -> Active:
    """The call that the person is in.

    Raises:
        Unclear: They are in none.
    """
    link = request.site.link(request.room.room_id)
    if request.call is None:
        raise Unclear(f"There is no call here. Start one, then ring: {link}")
    if not request.call.holds(request.standing.user_id):
        raise Unclear(f"You are not in the call. Join it, then ring: {link}")
    return request.call


def _why_not(request: Request, person: Standing, quiet: frozenset[str]) -> str:
    """Why this person is not rung; empty if they are."""
    name, caller = person.name, request.standing.user_id
    if person.user_id == caller:
        return "You cannot ring yourself."
    if not (person.role.includes(Role.JOIN) and person.has("io.haos.voice.join")):
        return f"{name} may not join calls here."
    if request.room.settings.locked and not person.is_moderator:
        return f"{name} cannot come in: the channel is locked."
    found = obstacle(request.room, person.user_id, caller, request.now)
    if found is not None:
        return _FOUND[found].format(name) + _since(request, person.user_id, found)
    # Whether somebody wants quiet is nobody else's business: no more is said.
    return f"{name} is not rung." if person.user_id in quiet else ""


_FOUND: Mapping[Obstacle, str] = {
    "in_call": "{} is in the call already.",
    "rung": "{} was rung already.",
    "often": "{} was rung often just now. Try again in ten minutes.",
    "too_many": f"{{}} is not rung: one call rings at most {MOST_RUNG} people.",
}


def _since(request: Request, user_id: str, found: Obstacle) -> str:
    """What became of their ring in this call: the card tells it only until somebody comes."""
    if found != "rung" or request.call is None:
        return ""
    states = {ring.state for ring in request.call.rings if ring.user_id == user_id}
    if "declined" in states:
        return " They declined."
    return " They did not answer." if "missed" in states else ""


def _told(able: Sequence[Standing], refusals: Sequence[tuple[Standing, str]]) -> str:
    left_out = [
        reason or _FOUND["too_many"].format(person.name)
        for person, reason in refusals
        if person not in able
    ]
    rung = [f"Ringing {listed([person.name for person in able])}."] if able else []
    return " ".join([*rung, *left_out])


COMMAND = Command(
    name="ring",
    usage="ring <users…>",
    summary="make the phones of people ring who are not in the call",
    section="Calls",
    run=run,
    right="join",
    examples=("ring @ben:example.com", "ring Ben, Cleo"),
    is_about_channel=True,
)
