"""Ghosts: memberships in the room's state whose devices should be on our SFU and are not.

Every client in the room shows such a person, for hours. Only what is known counts: a device is
absent while the SFU says so, not while the SFU says nothing; and who publishes on another SFU is
none of our business. Sticky memberships end by themselves within the hour, and nobody else can end
them; our own roster lists whoever publishes here by their connection only, so it has no ghosts.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from haos_voice_bridge.core.call import GHOST_MS, Outcome, Room
from haos_voice_bridge.core.effects import ClearMembership
from haos_voice_bridge.core.events import GhostStays, SfuLooked
from haos_voice_bridge.core.membership import Membership
from haos_voice_bridge.core.rules.members import connected, valid
from haos_voice_bridge.core.site import Site

DECISION_MS = 10_000
"""A ghost that could not be cleared by then may have come to life."""
_HASH = re.compile(r"[A-Za-z0-9+/]{43}")


def noted(room: Room, now: int, site: Site) -> Room:
    """Note since when whose device is not on our SFU though it should be."""
    if not room.memberships:
        return room
    everybody = valid(room, now)
    devices, identities = connected(room)

    def looked_at(one: Membership) -> Membership:
        if one.device in devices or one.identities & identities:
            return replace(one, absent_since=None, cleared=False)
        if not room.is_channel or not _should_be_here(one, everybody, site):
            return replace(one, absent_since=None)
        since = one.absent_since
        return one if since is not None and since <= now else replace(one, absent_since=now)

    return replace(room, memberships=tuple(map(looked_at, room.memberships)))


def _should_be_here(one: Membership, everybody: Sequence[Membership], site: Site) -> bool:
    if one.slot.is_sticky or not site.is_own(one.focus):
        return False
    # One of the oldest generation goes where somebody else says: to be sure, all must say the same.
    return not one.follows_oldest or all(site.is_own(other.focus) for other in everybody)


def is_overdue(room: Room, now: int) -> bool:
    """Whether the SFU is to be asked for somebody who has been absent long enough."""
    return any(_is_over(one, one.absent_since, now) for one in room.memberships)


def _is_over(one: Membership, since: int | None, now: int) -> bool:
    return not one.cleared and since is not None and since + GHOST_MS <= now


def looked(room: Room, event: SfuLooked, now: int) -> Outcome:
    """The SFU says who is there: who should be, and is not, is a ghost."""
    named = frozenset(name for one in room.memberships for name in one.identities)
    known = connected(room)[1] | named
    # Somebody whom no membership explains may be anybody of whom only a membership is known.
    is_riddled = any(_HASH.fullmatch(name) and name not in known for name in event.identities)
    effects: list[ClearMembership] = []

    def judged(one: Membership) -> Membership:
        since = one.absent_since
        if not _is_over(one, since, now) or since is None:
            return one
        if one.identities & event.identities or is_riddled:
            return replace(one, absent_since=now)
        if event.answering_since + GHOST_MS > now:
            return replace(one, absent_since=max(since, event.answering_since))
        key, slot = f"ghost:{one.event_id}:{now}", one.slot
        until = now + DECISION_MS
        effects.append(ClearMembership(key, slot.event_type, slot.key, one.event_id, until))
        return replace(one, cleared=True)

    room = replace(room, memberships=tuple(map(judged, room.memberships)))
    return room, tuple(effects)


def waits_anew(room: Room, now: int) -> Room:
    """The SFU did not say who is there: what is not known is not over."""
    return replace(
        room,
        memberships=tuple(
            replace(one, absent_since=now) if _is_over(one, one.absent_since, now) else one
            for one in room.memberships
        ),
    )


def stays(room: Room, event: GhostStays, now: int) -> Room:
    """The decision to clear it was not carried out in time: it is made anew."""
    return replace(
        room,
        memberships=tuple(
            replace(one, absent_since=now, cleared=False) if one.event_id == event.event_id else one
            for one in room.memberships
        ),
    )
