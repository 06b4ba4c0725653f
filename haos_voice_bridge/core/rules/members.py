"""What is kept of MatrixRTC memberships. What they come to: `elsewhere.py` and `ghosts.py`."""

from dataclasses import replace

from haos_voice_bridge.core.admission import refusal_for
from haos_voice_bridge.core.call import Active, Room
from haos_voice_bridge.core.events import (
    MemberLeft,
    MembershipSaid,
    MembershipsRead,
    RightsSeen,
)
from haos_voice_bridge.core.membership import Membership
from haos_voice_bridge.core.permissions import Standing

MOST_OF_A_USER = 20
MOST = 1_000
"""Memberships that are remembered of one user, and of a room: anybody may write any number."""
Device = tuple[str, str]


def said(room: Room, event: MembershipSaid) -> Room:
    """Note what an event says of its slot."""
    if room.bot != "joined":
        return room
    slot, new = event.said.slot, event.said.membership
    old = next((one for one in room.memberships if one.slot == slot), None)
    if old is not None and slot.is_sticky and _order(event) < (old.sent_ts, old.event_id):
        return room  # late news: the newest sticky event of a slot counts (MSC4354)
    others = tuple(one for one in room.memberships if one is not old)
    if new is None:
        return replace(room, memberships=others)
    new = _judged(room, _continued(old, new), event.standing)
    mine = [one for one in others if one.user_id == new.user_id]
    excess = mine[: max(0, len(mine) + 1 - MOST_OF_A_USER)]
    kept = tuple(one for one in others if one not in excess)
    return replace(room, memberships=(*kept, new)[-MOST:])


def read(room: Room, event: MembershipsRead) -> Room:
    """Note what the room holds, once."""
    for told in event.told:
        room = said(room, told)
    return replace(room, knows_memberships=True)


def _order(event: MembershipSaid) -> tuple[int, str]:
    return event.said.at, event.said.event_id


def _continued(old: Membership | None, new: Membership) -> Membership:
    """The same participation, said anew: for a longer time, or with another intent."""
    if old is None or old.device != new.device or old.member_id != new.member_id:
        return new
    if new.slot.is_sticky:  # these do not say when it began
        new = replace(new, created_ts=old.created_ts)
    if old.created_ts != new.created_ts:
        return replace(new, name=old.name, counts=old.counts)
    return replace(
        new,
        name=old.name,
        counts=old.counts,
        was_here=old.was_here,
        dismissed=old.dismissed,
        absent_since=old.absent_since,
    )


def _judged(room: Room, membership: Membership, standing: Standing | None) -> Membership:
    if standing is None:
        return membership
    return replace(membership, name=standing.name, counts=_counts(room, standing))


def _counts(room: Room, standing: Standing) -> bool:
    refusal = refusal_for(room, standing)
    return refusal is None or refusal.code == "NOT_A_CHANNEL"  # which is asked when it matters


def member_left(room: Room, event: MemberLeft) -> Room:
    """Who is out of the Matrix room is no MatrixRTC member, though the event still stands."""
    return _changed(room, event.user_id, counts=False)


def rights_seen(room: Room, event: RightsSeen) -> Room:
    """Rights that changed during a call."""
    for standing in event.standings:
        room = _changed(room, standing.user_id, counts=_counts(room, standing))
    return room


def dismissed(room: Room, user_id: str = "") -> Room:
    """A moderator ended the call, or put a user out: they count again when they join again."""
    return _changed(room, user_id, dismissed=True)


def _changed(room: Room, user_id: str, **changes: bool) -> Room:
    """A user's memberships, or everybody's, with some fields changed."""
    return replace(
        room,
        memberships=tuple(
            replace(one, **changes) if user_id in ("", one.user_id) else one  # type: ignore[arg-type]
            for one in room.memberships
        ),
    )


def valid(room: Room, now: int) -> list[Membership]:
    """Who is in the call by what they say, the oldest first."""
    counting = [one for one in room.memberships if one.counts and one.expires_ts > now]
    return sorted(counting, key=lambda one: (one.created_ts, one.event_id))


def connected(room: Room, *, but: str = "") -> tuple[frozenset[Device], frozenset[str]]:
    """The devices on our SFU, and all their names there; not counting the identity `but`."""
    call = room.call
    here = call.participants if isinstance(call, Active) else ()
    others = [who for who in here if who.identity != but]
    devices = frozenset((who.user_id, who.device_id) for who in others)
    return devices, frozenset(name for who in others for name in (who.identity, *who.names))
