"""The beginning of a call: its card, and whom it rings."""

from dataclasses import replace

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.call import Active, Outcome, Participant, Room
from haos_voice_bridge.core.effects import SendMessage
from haos_voice_bridge.core.ids import call_id_of
from haos_voice_bridge.core.rings import RingPlan
from haos_voice_bridge.core.rules import ringing
from haos_voice_bridge.core.rules.departures import card_key
from haos_voice_bridge.core.site import Site


def new_call(room: Room, first: Participant) -> Active:
    """A call that nobody is in yet; `first` will be, and started it."""
    return Active(
        # The count too: a connection that outlives its call may start the next one.
        call_id=call_id_of(f"{room.room_id}|{first.sid}|{room.calls}", first.since),
        started_ts=first.since,
        started_by=first.user_id,
        started_name=first.name,
        timeline=room.settings.timeline,
        participants=(),
    )


def begun(room: Room, call: Active, plan: RingPlan | None, now: int, site: Site) -> Outcome:
    """The room with the call that has just begun."""
    call = replace(call, ring_plan=plan)
    room, rings = ringing.as_planned(replace(room, call=call, calls=room.calls + 1), now)
    if call.timeline == "quiet" or not isinstance(room.call, Active):
        return room, rings
    card = contents.running_card(room.call, site.link(room.room_id))
    return room, (SendMessage(card_key(call.call_id), card), *rings)
