"""What can happen to a room, translated from Matrix and LiveKit at the border.

`at` is when it happened, in milliseconds since the epoch, as far as the sender can be believed.
"""

from dataclasses import dataclass
from typing import Literal

from haos_voice_bridge.core.channel import BadField, Channel
from haos_voice_bridge.core.membership import Said
from haos_voice_bridge.core.permissions import Role, Standing
from haos_voice_bridge.core.request import JoinRequest, Reply
from haos_voice_bridge.core.restraints import Measure, Restraint
from haos_voice_bridge.core.rings import Callee, RingPlan

Departure = Literal["left", "dropped", "removed"]
"""By their own will; connection lost (may come back); taken out by a moderator or the bridge."""


@dataclass(frozen=True, slots=True)
class Media:
    """What a participant shows of themselves."""

    muted: bool = True
    deafened: bool = False
    video: bool = False
    screen: bool = False
    hand: bool = False

    def __add__(self, other: "Media") -> "Media":
        """What is shown over two connections of one device."""
        return Media(
            muted=self.muted and other.muted,
            deafened=self.deafened or other.deafened,
            video=self.video or other.video,
            screen=self.screen or other.screen,
            hand=self.hand or other.hand,
        )


@dataclass(frozen=True, slots=True)
class BotInvited:
    """Somebody invited the bot; `is_direct`: into a chat of their own with it."""

    event_id: str
    by: str
    role: Role
    is_direct: bool = False


@dataclass(frozen=True, slots=True)
class BotJoined:
    """The bot is in the room; its settings as read there (None: no `io.haos.voice.channel`).

    Attributes:
        has_roster: The room's state shows a call, which may be one that ended without the bot.
        predecessor: The room that this one took the place of, as this one says.
        inherited: The predecessor's settings, if it was a channel and says the same.
        restraints: What moderators had laid on people there.
        direct: Whose direct chat with the bot it was made as, by the bot itself.
    """

    event_id: str
    name: str
    room_type: str
    channel: Channel | BadField | None
    has_roster: bool = False
    predecessor: str = ""
    inherited: Channel | None = None
    restraints: tuple[Restraint, ...] = ()
    direct: str = ""
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class BotLeft:
    """The bot was removed, or left."""

    at: int


@dataclass(frozen=True, slots=True)
class RoomNamed:
    """`m.room.name` changed."""

    name: str


@dataclass(frozen=True, slots=True)
class ChannelChanged:
    """`io.haos.voice.channel` changed."""

    event_id: str
    at: int
    channel: Channel | BadField


@dataclass(frozen=True, slots=True)
class RoomEncrypted:
    """`m.room.encryption`: from now on what people type is encrypted; there is no way back."""

    event_id: str


@dataclass(frozen=True, slots=True)
class RoomUpgraded:
    """`m.room.tombstone`: another room takes this one's place."""

    event_id: str
    replacement: str


@dataclass(frozen=True, slots=True)
class RightsSeen:
    """What those in the call are in the room now; `cause` names the moment."""

    cause: str
    at: int
    standings: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class MemberLeft:
    """A user is no longer joined to the Matrix room."""

    event_id: str
    user_id: str
    at: int


@dataclass(frozen=True, slots=True)
class JoinRequested:
    """A device asks for a token.

    `puppet`: what its puppet is in the room, where the device has no Matrix session.
    """

    request: JoinRequest
    standing: Standing
    puppet: Standing | None = None


@dataclass(frozen=True, slots=True)
class JoinMalformed:
    """A request for a token that cannot be read; answered so that its client can tell why."""

    cause: str
    user_id: str
    device_id: str
    request_id: str
    reply: Reply
    reason: str


@dataclass(frozen=True, slots=True)
class ParticipantJoined:
    """Somebody is connected to the SFU; `sid` names that connection.

    `is_seen`: the SFU has just listed them; else the connection may have ended since.
    `ring_plan`: whom to ring if this starts a call.
    `hashed`: the connection's name on the SFU, where it is not `identity`.
    """

    identity: str
    sid: str
    user_id: str
    device_id: str
    at: int
    standing: Standing
    is_seen: bool = False
    ring_plan: RingPlan | None = None
    hashed: str = ""


@dataclass(frozen=True, slots=True)
class StrangerSeen:
    """The SFU lists somebody whose name tells nobody who they are; `sid` names the connection."""

    identity: str
    sid: str


@dataclass(frozen=True, slots=True)
class ParticipantLeft:
    """A connection to the SFU has ended."""

    identity: str
    sid: str
    at: int
    departure: Departure


@dataclass(frozen=True, slots=True)
class MediaChanged:
    """A participant muted, showed a camera, and so on."""

    identity: str
    sid: str
    media: Media


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment that `call.due` named has come."""


@dataclass(frozen=True, slots=True)
class CallStopped:
    """A moderator ended the call; `cause` is their command."""

    cause: str
    at: int


@dataclass(frozen=True, slots=True)
class RingAsked:
    """Somebody in the call wants others rung."""

    at: int
    by: str
    caller: str
    plan: RingPlan


@dataclass(frozen=True, slots=True)
class RingDeclined:
    """Somebody who is rung does not want to come.

    Attributes:
        event_id: The notification of a member's own client that was declined, if it was one.
        cause: The command by which they declined, so that nobody else has told their callers.
    """

    user_id: str
    at: int
    event_id: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class ClientRang:
    """A member's own client rings people.

    Attributes:
        event_id: The notification, which a decline names.
        lifetime: How long it rings (ms).
        quiet: Of those rung, who wants no word of ours about calls.
    """

    event_id: str
    by: str
    callees: tuple[Callee, ...]
    at: int
    lifetime: int
    quiet: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MembershipSaid:
    """A MatrixRTC membership began, changed or ended.

    Attributes:
        standing: The user's, if it was asked for; else what was known of them holds.
        ring_plan: Whom to ring if this starts a call.
    """

    said: Said
    standing: Standing | None = None
    ring_plan: RingPlan | None = None


@dataclass(frozen=True, slots=True)
class MembershipsRead:
    """What the room held of memberships when the bot came, or began to read them."""

    told: tuple[MembershipSaid, ...]


@dataclass(frozen=True, slots=True)
class SfuLooked:
    """The SFU was asked who is there because a membership may be a ghost; it may be any identity.

    `answering_since`: since when it has answered whatever it was asked (ms).
    """

    identities: frozenset[str]
    answering_since: int


@dataclass(frozen=True, slots=True)
class GhostStays:
    """A membership that was to be cleared was not, since the decision had become old."""

    event_id: str


@dataclass(frozen=True, slots=True)
class Moderated:
    """A moderator did something to a user; `cause` is their command, `by` the moderator's name."""

    cause: str
    at: int
    action: Measure
    standing: Standing
    by: str = ""

    @property
    def user_id(self) -> str:
        """To whom."""
        return self.standing.user_id


@dataclass(frozen=True, slots=True)
class MovedAway:
    """A moderator moves a user's devices from this room's call to another's."""

    cause: str
    at: int
    user_id: str
    to_room_id: str
    to_name: str


@dataclass(frozen=True, slots=True)
class MovedHere:
    """A moderator moves a device from another room's call to this one's.

    `hashed`: what the SFU is to call it, where that is not `identity`.
    """

    cause: str
    at: int
    identity: str
    from_room_id: str
    from_name: str
    standing: Standing
    hashed: str = ""


MoveNews = Literal["pushed", "arrived", "failed"]


@dataclass(frozen=True, slots=True)
class MoveTold:
    """What became of a device that is moved from here; `reason`: why it failed, for people."""

    identity: str
    news: MoveNews
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PuppetRemoved:
    """Somebody put a puppet out of the Matrix room; `owner` is whom it shows."""

    event_id: str
    puppet: str
    owner: str
    at: int


@dataclass(frozen=True, slots=True)
class PuppetCleared:
    """The room's state does not say any more that this device is in the call."""

    identity: str


@dataclass(frozen=True, slots=True)
class CommandGiven:
    """A person typed a command. Not for `step`: see commands.

    Attributes:
        text: What follows the prefix, with a user ID where a person was mentioned.
        thread: The root of the thread that it was typed in, if it was.
        is_addressed: It starts with the prefix or a mention of the bot; else it counts only in a
            direct chat.
    """

    event_id: str
    text: str
    standing: Standing
    thread: str = ""
    is_addressed: bool = True


Event = (
    BotInvited
    | BotJoined
    | BotLeft
    | RoomNamed
    | ChannelChanged
    | RoomEncrypted
    | RoomUpgraded
    | RightsSeen
    | MemberLeft
    | JoinRequested
    | JoinMalformed
    | ParticipantJoined
    | ParticipantLeft
    | StrangerSeen
    | MediaChanged
    | CallStopped
    | RingAsked
    | RingDeclined
    | ClientRang
    | Moderated
    | MovedAway
    | MovedHere
    | MoveTold
    | PuppetRemoved
    | PuppetCleared
    | MembershipSaid
    | MembershipsRead
    | SfuLooked
    | GhostStays
    | Tick
)
