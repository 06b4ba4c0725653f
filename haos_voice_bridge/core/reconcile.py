"""The SFU's word against ours: what must have happened for its list of participants to be true.

Webhooks are hints (LiveKit drops them when its queue is full), so the list is asked for at start,
on a timer, and whenever a hint was lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from haos_voice_bridge.core.call import Active, Room
from haos_voice_bridge.core.events import Media, MediaChanged, ParticipantLeft


@dataclass(frozen=True, slots=True)
class Seen:
    """A participant as the SFU lists it; `at` is when it joined, in ms since the epoch."""

    identity: str
    sid: str
    user_id: str
    device_id: str
    at: int
    media: Media
    hashed: str = ""


@dataclass(frozen=True, slots=True)
class Differences:
    """What to tell `step`: first who is gone, then who is new, then who shows something else."""

    gone: tuple[ParticipantLeft, ...]
    new: tuple[Seen, ...]
    changed: tuple[MediaChanged, ...]


def differences(room: Room, seen: Sequence[Seen], at: int) -> Differences:
    """Compare the room's call with the list that the SFU gave at the moment `at`."""
    here = room.call.participants if isinstance(room.call, Active) else ()
    known = {participant.identity: participant for participant in here}
    listed = {one.identity for one in seen}
    return Differences(
        gone=tuple(
            ParticipantLeft(p.identity, p.sid, at, "dropped")
            for p in here
            if p.identity not in listed
        ),
        new=tuple(
            one for one in seen if one.identity not in known or known[one.identity].sid != one.sid
        ),
        changed=tuple(MediaChanged(one.identity, one.sid, one.media) for one in seen),
    )
