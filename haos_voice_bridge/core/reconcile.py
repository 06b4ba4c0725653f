"""The SFU's word against ours: what must have happened for its list of participants to be true.

Webhooks are hints (LiveKit drops them when its queue is full), so the list is asked for at start,
on a timer, and whenever a hint was lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from haos_voice_bridge.core.call import Active, Room
from haos_voice_bridge.core.events import Media, MediaChanged, ParticipantLeft, StrangerSeen


@dataclass(frozen=True, slots=True)
class Seen:
    """A participant as the SFU lists it; `at` is when it joined, in ms since the epoch.

    Attributes:
        identity: The device's. A stranger's is what the SFU calls them, and `user_id` is empty.
        hashed: The name on the SFU, where it is not `identity`.
    """

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
    strangers: tuple[StrangerSeen, ...]


def differences(room: Room, seen: Sequence[Seen], at: int) -> Differences:
    """Compare the room's call with the list that the SFU gave at the moment `at`."""
    here = room.call.participants if isinstance(room.call, Active) else ()
    known = {participant.identity: participant for participant in here}
    devices = [one for one in seen if one.user_id]
    listed = {(one.identity, one.hashed) for one in devices}
    return Differences(
        gone=tuple(
            ParticipantLeft(p.identity, connection.sid, at, "dropped")
            for p in here
            for connection in p.connections
            if (p.identity, connection.hashed) not in listed
        ),
        new=tuple(
            one
            for one in devices
            if one.identity not in known or not known[one.identity].has(one.sid)
        ),
        changed=_media(devices),
        strangers=tuple(StrangerSeen(one.identity, one.sid) for one in seen if not one.user_id),
    )


def _media(devices: Sequence[Seen]) -> tuple[MediaChanged, ...]:
    """What each device shows, over all of its connections."""
    shown: dict[str, MediaChanged] = {}
    for one in devices:
        media = shown[one.identity].media + one.media if one.identity in shown else one.media
        shown[one.identity] = MediaChanged(one.identity, one.sid, media)
    return tuple(shown.values())
