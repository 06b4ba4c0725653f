"""A call as data, and what is derived from it. The rules that change it are in `step.py`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from haos_voice_bridge.core.channel import Channel, Timeline
from haos_voice_bridge.core.effects import Effect, SendMessage
from haos_voice_bridge.core.events import Media
from haos_voice_bridge.core.history import Span
from haos_voice_bridge.core.limits import Asked
from haos_voice_bridge.core.membership import Membership
from haos_voice_bridge.core.puppets import Puppet
from haos_voice_bridge.core.restraints import Restraint
from haos_voice_bridge.core.rings import Ring, RingPlan, Rung, RungByClient

ROSTER_GAP_MS = 2_000
"""At most one roster write in this time, whatever the churn (docs/protocol.md §2)."""
GATHER_MS = 2_000
"""Joins and leaves within this time become one line in the thread."""
RETURN_MS = 30_000
"""Whoever drops and is back within this time never left."""
GHOST_MS = 30_000
"""A membership whose device is not on our SFU for so long is a ghost."""
RENAME_MS = 3_000
"""Nor who goes to come back under another name: Element Call, where others are in the call,
connects under a hash to hear them and, as soon as it may speak, under its device's identity."""
BRIEF_MS = 15_000
"""Only a connection under a hash that was no longer than this may have been for that."""

Action = Literal["joined", "left", "moved", "removed", "disconnected"]


@dataclass(frozen=True, slots=True)
class Connection:
    """One more connection of a device that is in the call; the fields as in `Participant`."""

    sid: str
    hashed: str
    connected: int


@dataclass(frozen=True, slots=True)
class Participant:
    """A device that is connected to the SFU.

    Attributes:
        identity: The device's (docs/protocol.md §1), whatever its name on the SFU is.
        sid: Names the connection.
        since: When the stay began; `connected`: when this connection did.
        sources: The LiveKit track sources that it may publish.
        can_hear: It may receive what others publish.
        hashed: Its name on the SFU, where that is not `identity` but a hash (MSC4195).
        others: Its other connections; a MatrixRTC client may have one under each of its names.
    """

    identity: str
    sid: str
    user_id: str
    device_id: str
    name: str
    since: int
    media: Media = field(default_factory=Media)
    sources: tuple[str, ...] = ()
    connected: int = 0
    can_hear: bool = True
    hashed: str = ""
    others: tuple[Connection, ...] = ()

    @property
    def connections(self) -> tuple[Connection, ...]:
        """All of its connections."""
        return (Connection(self.sid, self.hashed, self.connected), *self.others)

    @property
    def names(self) -> tuple[str, ...]:
        """Its names on the SFU that are not `identity`."""
        return tuple(sorted(one.hashed for one in self.connections if one.hashed))

    def has(self, sid: str) -> bool:
        """Whether this is one of its connections."""
        return any(connection.sid == sid for connection in self.connections)

    def over(self, connections: Sequence[Connection]) -> "Participant":
        """The same device over these connections, at least one."""
        first, *others = connections
        return replace(
            self,
            sid=first.sid,
            hashed=first.hashed,
            connected=first.connected,
            others=tuple(others),
        )

    def until(self, left_ts: int) -> Span:
        """The stay, ended."""
        return Span(
            user_id=self.user_id,
            device_id=self.device_id,
            name=self.name,
            joined_ts=self.since,
            left_ts=max(left_ts, self.since),
        )


@dataclass(frozen=True, slots=True)
class Dropped:
    """A participant whose connection was lost, or ended, at `at` and who may be back.

    Attributes:
        action: What it was, if they do not come back.
    """

    participant: Participant
    at: int
    action: Action = "disconnected"

    @property
    def until(self) -> int:
        """So long they may come back."""
        return self.at + (RETURN_MS if self.action == "disconnected" else RENAME_MS)


@dataclass(frozen=True, slots=True)
class Place:
    """The other room of a move; `is_origin`: somebody comes from there, else they go there."""

    room_id: str
    name: str
    is_origin: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A join or leave that the thread does not tell yet; `place`: of a move."""

    user_id: str
    name: str
    action: Action
    ts: int
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody is in the call."""

    kind: Literal["idle"] = "idle"


@dataclass(frozen=True, slots=True)
class Active:
    """Somebody is in the call, or dropped so lately that they may come back.

    Attributes:
        spans: Stays that are over.
        roster_ts: When the roster was written last; `roster_due`: it must be written by then.
        changes_due: When `changes` go into the thread.
        lines: How many lines the thread has.
        rings: Who was rung for this call; `ring_plan`: who is to be.
        edits: How often the running call's card was edited.
        elsewhere: Who takes part by another SFU, as their MatrixRTC memberships say; none of these
            devices is in `participants`.
    """

    call_id: str
    started_ts: int
    started_by: str
    started_name: str
    timeline: Timeline
    participants: tuple[Participant, ...]
    dropped: tuple[Dropped, ...] = ()
    spans: tuple[Span, ...] = ()
    peak: int = 0
    revision: int = 0
    roster_ts: int | None = None
    roster_due: int | None = None
    changes: tuple[Change, ...] = ()
    changes_due: int | None = None
    lines: int = 0
    rings: tuple[Ring, ...] = ()
    ring_plan: RingPlan | None = None
    edits: int = 0
    elsewhere: tuple[Participant, ...] = ()
    kind: Literal["active"] = "active"

    @property
    def everybody(self) -> tuple[Participant, ...]:
        """All devices in the call, on whichever SFU."""
        return (*self.participants, *self.elsewhere)

    def present(self, identity: str) -> Participant | None:
        """The participant of that identity who is connected."""
        return next((p for p in self.participants if p.identity == identity), None)

    def called(self, name: str) -> Participant | None:
        """Who is connected and is called so by the SFU, or has this identity."""
        return self.present(name) or next((p for p in self.participants if name in p.names), None)

    def lost(self, identity: str) -> Dropped | None:
        """The participant of that identity who dropped and may come back."""
        return next((d for d in self.dropped if d.participant.identity == identity), None)

    def holds(self, user_id: str) -> bool:
        """Whether a device of the user is in the call, or dropped and may come back."""
        here = (*self.everybody, *(lost.participant for lost in self.dropped))
        return any(participant.user_id == user_id for participant in here)

    def ringing(self, user_id: str) -> Ring | None:
        """The user's ring, while it rings."""
        rings = (ring for ring in self.rings if ring.state == "ringing")
        return next((ring for ring in rings if ring.user_id == user_id), None)


Call = Idle | Active

ENDINGS = 20


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a connection whose beginning was not told yet: news may come out of order."""

    sid: str
    at: int


@dataclass(frozen=True, slots=True)
class Admission:
    """A token that was handed out and may not have been used yet: it holds a place.

    Attributes:
        is_sure: No other token of the device, with other rights, may be used in its stead.
        origin: Where a moderator moves the device from.
        rings_itself: A MatrixRTC client asked for it, which may ring people by itself.
    """

    identity: str
    user_id: str
    until: int
    sources: tuple[str, ...] = ()
    can_hear: bool = True
    is_sure: bool = True
    origin: Place | None = None
    rings_itself: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """A device that a moderator moves to another room, and that is still here.

    Attributes:
        cause: The command's message.
        until: Then it is taken out here, if it was `pushed`; else the move is given up.
        pushed: It was told where to go; `arrived`: it is there.
    """

    cause: str
    identity: str
    place: Place
    until: int
    pushed: bool = False
    arrived: bool = False


@dataclass(frozen=True, slots=True)
class Missed:
    """Somebody was rung and did not come; `caller`: the name of `by`."""

    user_id: str
    call_id: str
    by: str
    caller: str
    at: int


@dataclass(frozen=True, slots=True)
class Room:
    """All that the bridge knows of a Matrix room.

    Attributes:
        calls: How many calls there were.
        version: Counts the saves; 0 for a room that is not known yet.
        moved_to: The room that took its place, by an upgrade.
        endings: The newest `ENDINGS` of connections that were not known.
        unsaid: What the bot had to say when it was removed; said when it is back.
        encrypted: `m.room.encryption` was seen there; it never ends.
        told_unreadable: The bot has said that it cannot read what is typed there.
        used: Admissions whose token opened a connection; it may open another while it is valid.
        asked: Requests for a token; `typed`: commands.
        direct: Whose direct chat with the bot this is.
        greeted: The bot has said there what it is.
        rung: The newest rings that members' own clients sent.
        rung_lately: Whom the bot or a member's client rang in the last minutes, in whichever call.
        restraints: What moderators laid on users here, in the call or not.
        moves: Devices on their way to another room's call.
        missed: Calls that users missed lately.
        puppets: Those that show devices of the call that runs.
        channel: The last good `io.haos.voice.channel`; None where the room never had one.
        memberships: What devices say by MatrixRTC events; `knows_memberships`: those from before
            the bot came were read.
    """

    room_id: str
    bot: Literal["absent", "joined"] = "absent"
    name: str = ""
    room_type: str = ""
    channel: Channel | None = None
    is_call_room: bool = False
    admissions: tuple[Admission, ...] = ()
    asked: tuple[Asked, ...] = ()
    call: Call = Idle()
    calls: int = 0
    version: int = 0
    moved_to: str = ""
    unsaid: tuple[SendMessage, ...] = ()
    endings: tuple[Ending, ...] = ()
    typed: tuple[Asked, ...] = ()
    direct: str = ""
    greeted: bool = False
    rung: tuple[RungByClient, ...] = ()
    rung_lately: tuple[Rung, ...] = ()
    restraints: tuple[Restraint, ...] = ()
    used: tuple[Admission, ...] = ()
    moves: tuple[Move, ...] = ()
    encrypted: bool = False
    told_unreadable: bool = False
    missed: tuple[Missed, ...] = ()
    puppets: tuple[Puppet, ...] = ()
    memberships: tuple[Membership, ...] = ()
    knows_memberships: bool = False

    @property
    def settings(self) -> Channel:
        """The channel's settings, or the defaults."""
        return self.channel or Channel()

    @property
    def is_channel(self) -> bool:
        """Whether people may ask for a token here."""
        if self.bot != "joined" or self.moved_to:
            return False
        return self.channel.enabled if self.channel else self.is_call_room

    @property
    def encrypts_media(self) -> bool:
        """Whether its calls are encrypted from end to end: keys travel in encrypted rooms alone."""
        return self.encrypted and self.settings.media_encryption

    @property
    def title(self) -> str:
        """How messages name the room."""
        return self.name or "This room"


Outcome = tuple[Room, tuple[Effect, ...]]
"""What a rule makes of a room: its new state, and what it owes."""


def is_in_call(room: Room, identity: str) -> bool:
    """Whether the device is in the call, or dropped so lately that it may come back."""
    call = room.call
    return isinstance(call, Active) and bool(call.present(identity) or call.lost(identity))


def places_taken(room: Room, now: int, *, but: str) -> int:
    """Devices in the call or holding a place in it, not counting the identity `but`."""
    held = {admission.identity for admission in room.admissions if admission.until > now}
    if isinstance(room.call, Active):
        held |= {participant.identity for participant in room.call.participants}
        held |= {lost.participant.identity for lost in room.call.dropped}
    return len(held - {but})


def due(room: Room) -> int | None:
    """When the room needs a `Tick`, if at all."""
    memberships = _memberships_due(room)
    if not isinstance(room.call, Active):
        return memberships
    call = room.call
    rings = (ring.until for ring in call.rings if ring.state == "ringing")
    returns = (lost.until for lost in call.dropped)
    planned = call.ring_plan.at if call.ring_plan else None
    moves = (move.until for move in room.moves)
    looks = (puppet.look_at for puppet in room.puppets if puppet.shown)
    own = (call.roster_due, call.changes_due, planned, *rings, *returns, *moves)
    return _earliest((memberships, *own, *looks))


def _memberships_due(room: Room) -> int | None:
    ends = (one.expires_ts for one in room.memberships)
    absent = (one.absent_since for one in room.memberships if not one.cleared)
    looks = (since + GHOST_MS for since in absent if since is not None)
    return _earliest((*ends, *looks))


def _earliest(moments: Iterable[int | None]) -> int | None:
    return min((moment for moment in moments if moment is not None), default=None)
