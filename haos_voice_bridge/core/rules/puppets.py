"""Who is shown by a puppet, and what becomes of puppets that moderators put out.

A puppet says that a device is in the call for as long as the device is connected, and no longer:
Element Call shows a membership without a connection as somebody who never gets through. It stays
in the Matrix room until the call is over, so that it does not come and go there with each drop.
"""

from dataclasses import replace

from haos_voice_bridge.core.call import Active, Idle, Outcome, Participant, Room
from haos_voice_bridge.core.effects import (
    Effect,
    HidePuppet,
    PartPuppet,
    RemoveParticipant,
    ShowPuppet,
)
from haos_voice_bridge.core.events import PuppetCleared, PuppetRemoved
from haos_voice_bridge.core.ids import parse_identity
from haos_voice_bridge.core.permissions import Standing
from haos_voice_bridge.core.puppets import CALL_MEMBER, Puppet
from haos_voice_bridge.core.restraints import restrained
from haos_voice_bridge.core.rules.departures import give_up, gone

LOOK_MS = 5 * 60_000
"""How often it is made sure that what a puppet says is still there, and for long enough."""


def obstacle(room: Room, puppet: Standing, bot_user_id: str) -> str | None:
    """Why a puppet cannot show somebody in this room, for the bridge's admin; None if it can."""
    levels = puppet.levels
    if room.encrypted:
        return "the room is encrypted, and puppets have no keys"
    if not puppet.is_member and levels.of(bot_user_id) < levels.invite:
        return f"the bot may not invite there: it takes power level {levels.invite}"
    if levels.of(puppet.user_id) < levels.to_send_state(CALL_MEMBER):
        needed = levels.to_send_state(CALL_MEMBER)
        return f"{CALL_MEMBER} takes power level {needed} there, and should take 0"
    return None


def name_of(participant: Participant) -> str:
    """The name on the SFU by which a puppet shows the device; empty: none does."""
    names = (one.hashed for one in participant.connections if one.hashed)
    return next((name for name in names if parse_identity(name)), "")


def follow(room: Room, now: int) -> Outcome:
    """What is to be shown, hidden or seen to after a step."""
    call = room.call
    is_seen = isinstance(call, Active) and not room.encrypted and room.bot == "joined"
    people = call.participants if isinstance(call, Active) and is_seen else ()
    here = {name: who for who in people if (name := name_of(who))}
    if not here and not room.puppets:
        return room, ()
    known = {puppet.identity: puppet for puppet in room.puppets}
    effects: list[Effect] = []
    puppets: list[Puppet] = []
    for name in {**known, **here}:
        puppet, more = _followed(known.get(name), name, here.get(name), room.calls, now)
        puppets.append(puppet)
        effects += more
    if isinstance(call, Idle) or not is_seen:
        effects += _parting(puppets, room.calls)
        puppets = []
    return replace(room, puppets=tuple(puppets)), tuple(effects)


def _followed(
    puppet: Puppet | None, name: str, who: Participant | None, calls: int, now: int
) -> tuple[Puppet, tuple[Effect, ...]]:
    """One device's puppet, as it was and as it is to be; one of `puppet` and `who` is there."""
    if who is None:
        assert puppet is not None  # noqa: S101 (the names are of either)
        if not puppet.shown:
            return puppet, ()
        puppet = replace(puppet, shown=False, turn=puppet.turn + 1)
        return puppet, (HidePuppet(_key(puppet, calls), name),)
    sid = next(one.sid for one in who.connections if one.hashed == name)
    due = puppet is None or not now < puppet.look_at <= now + LOOK_MS  # the clock may jump back
    if puppet is not None and puppet.shown and puppet.sid == sid and not due:
        return puppet, ()
    turn = puppet.turn + 1 if puppet else 0
    puppet = Puppet(name, who.user_id, sid, shown=True, turn=turn, look_at=now + LOOK_MS)
    show = ShowPuppet(_key(puppet, calls), name, who.user_id)
    return puppet, (show,)


def _key(puppet: Puppet, calls: int) -> str:
    return f"puppet:{calls}:{puppet.identity}:{puppet.turn}"


def _parting(puppets: list[Puppet], calls: int) -> list[Effect]:
    """Each leaves the Matrix room, with all of its devices."""
    devices: dict[str, list[str]] = {}
    for puppet in puppets:
        devices.setdefault(puppet.user_id, []).append(puppet.device_id)
    return [
        PartPuppet(f"part:{calls}:{user_id}", user_id, tuple(named))
        for user_id, named in devices.items()
    ]


def cleared(room: Room, event: PuppetCleared) -> Room:
    """What a puppet said is gone: the homeserver took it back while the bridge was away, say."""
    return replace(
        room,
        puppets=tuple(
            replace(puppet, shown=False) if puppet.identity == event.identity else puppet
            for puppet in room.puppets
        ),
    )


def removed(room: Room, event: PuppetRemoved, now: int) -> Outcome:
    """A moderator put a puppet out of the Matrix room: whom it shows is out of the call.

    As after a kick from the call, it takes a new token to come back.
    """
    mine = {p.identity for p in room.puppets if p.user_id == event.puppet}
    call = room.call
    if not mine or not isinstance(call, Active):
        return room, ()
    room = replace(room, restraints=restrained(room.restraints, "kick", event.owner, now))
    devices = {puppet.device_id for puppet in room.puppets if puppet.identity in mine}
    everybody = (*call.participants, *(lost.participant for lost in call.dropped))
    out = [
        who.identity for who in everybody if who.user_id == event.owner and who.device_id in devices
    ]
    room = replace(room, admissions=tuple(a for a in room.admissions if a.identity not in out))
    effects: list[Effect] = []
    for identity in out:
        effects.append(RemoveParticipant(f"remove:{identity}:{event.event_id}", identity))
        room, left = gone(room, identity, event.at, "removed")
        room, lost = give_up(room, identity, "removed")
        effects += (*left, *lost)
    return room, tuple(effects)
