"""What must be done by now: rosters, lines, and those who did not come back."""

from dataclasses import replace

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.call import GATHER_MS, ROSTER_GAP_MS, Active, Outcome, Room
from haos_voice_bridge.core.effects import Effect, SetState
from haos_voice_bridge.core.rules.departures import give_up, line
from haos_voice_bridge.core.rules.moderation import overdue_moves


def flush(room: Room, now: int) -> Outcome:
    """Carry out what is due, and set when the rest is."""
    room, ended = overdue_moves(room, now)
    effects: list[Effect] = list(ended)
    if isinstance(room.call, Active):
        for lost in room.call.dropped:
            if lost.until <= now:
                room, more = give_up(room, lost.participant.identity, lost.action)
                effects += more
    call = room.call
    if not isinstance(call, Active):
        return room, tuple(effects)
    if call.roster_due is not None and call.roster_due > now + ROSTER_GAP_MS:
        call = replace(call, roster_due=now + ROSTER_GAP_MS)  # the clock jumped back
    if call.roster_due is not None and call.roster_due <= now:
        call = replace(call, revision=call.revision + 1, roster_ts=now, roster_due=None)
        key = f"roster:{call.call_id}:{call.revision}"
        effects.append(
            SetState(key, "io.haos.voice.call", "", contents.roster(call, room.restraints))
        )
    if call.changes and call.changes_due is None:
        call = replace(call, changes_due=now + GATHER_MS)
    if call.changes_due is not None and call.changes_due <= now:
        call, told = line(call)
        effects += told
    return replace(room, call=call), tuple(effects)
