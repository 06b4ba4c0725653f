"""Calls that people missed, kept for their client's list."""

from collections.abc import Iterable
from dataclasses import replace

from haos_voice_bridge.core.call import Active, Missed, Room
from haos_voice_bridge.core.rings import Ring

KEEP_MS = 14 * 86_400_000
KEPT = 100
"""Of a room."""


def noted(room: Room, call_id: str, rings: Iterable[Ring], now: int) -> Room:
    """Remember that these were rung in vain."""
    new = tuple(Missed(r.user_id, call_id, r.by, r.caller, r.at) for r in rings)
    if not new:
        return room
    recent = tuple(one for one in room.missed if one.at > now - KEEP_MS)
    return replace(room, missed=(*recent, *new)[-KEPT:])


def made_up(room: Room) -> Room:
    """Who came to the call after all did not miss it."""
    call = room.call
    if not isinstance(call, Active) or all(one.call_id != call.call_id for one in room.missed):
        return room
    still = tuple(
        one for one in room.missed if one.call_id != call.call_id or not call.holds(one.user_id)
    )
    return room if still == room.missed else replace(room, missed=still)
