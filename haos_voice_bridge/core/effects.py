"""What a room owes the world after a step.

Each effect has a `key`, unique in its room and derived from its cause: the database holds it once,
and the homeserver sees the same transaction id on every try.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from haos_voice_bridge.core.history import CallRecord
from haos_voice_bridge.core.request import JoinRequest, Refusal

Content = Mapping[str, Any]
Queue = Literal["matrix", "media", "status", "direct", "report", "puppet"]
Relation = Literal["thread", "replace", "reply"]


@dataclass(frozen=True, slots=True)
class JoinRoom:
    """The bot accepts an invitation."""

    key: str
    kind: Literal["join_room"] = "join_room"


@dataclass(frozen=True, slots=True)
class LeaveRoom:
    """The bot declines an invitation, or goes."""

    key: str
    reason: str
    kind: Literal["leave_room"] = "leave_room"


@dataclass(frozen=True, slots=True)
class SendMessage:
    """A message from the bot.

    Attributes:
        target: What it relates to: the key of an earlier message, or an event id (`$…`).
        thread: The event id of the root of the thread that a reply belongs to, if to any.
    """

    key: str
    content: Content
    relation: Relation | None = None
    target: str = ""
    thread: str = ""
    kind: Literal["send_message"] = "send_message"


@dataclass(frozen=True, slots=True)
class SendEvent:
    """An event of another type than a message, that nobody needs after `until` (ms).

    `target`: what it refers to: the key of an earlier message, or an event id (`$…`).
    """

    key: str
    event_type: str
    content: Content
    target: str
    until: int
    kind: Literal["send_event"] = "send_event"


@dataclass(frozen=True, slots=True)
class SendDirect:
    """A message in the user's direct chat with the bot, which is made if there is none."""

    key: str
    user_id: str
    content: Content
    kind: Literal["send_direct"] = "send_direct"


@dataclass(frozen=True, slots=True)
class DeclineElsewhere:
    """Pass on to another room that a user declines its call; the key is unique everywhere."""

    key: str
    room_id: str
    user_id: str
    at: int
    kind: Literal["decline_elsewhere"] = "decline_elsewhere"


@dataclass(frozen=True, slots=True)
class SetQuiet:
    """Whether a user wants not to be rung, in any room."""

    key: str
    user_id: str
    quiet: bool
    kind: Literal["set_quiet"] = "set_quiet"


@dataclass(frozen=True, slots=True)
class SendLink:
    """A one-time link into the room's call, by direct message; then say in the room that it is out.

    The code is derived from `key`, so it is in no database and a retry sends the same.

    Attributes:
        reply_to: The event id of the command that asked for it.
        thread: The root of the thread that the command was typed in, if it was.
    """

    key: str
    user_id: str
    name: str
    room_name: str
    reply_to: str
    thread: str = ""
    kind: Literal["send_link"] = "send_link"


@dataclass(frozen=True, slots=True)
class RevokeLinks:
    """The user's links into the room's call are void, and so are the sessions they opened."""

    key: str
    user_id: str
    reply_to: str
    thread: str = ""
    kind: Literal["revoke_links"] = "revoke_links"


@dataclass(frozen=True, slots=True)
class CreateChannel:
    """Make a room that is a voice channel, invite who asked (`by`), and answer with a link to it.

    `space`: the room ID of the space that it goes into, or empty.
    """

    key: str
    by: str
    name: str
    space: str
    reply_to: str
    thread: str = ""
    kind: Literal["create_channel"] = "create_channel"


@dataclass(frozen=True, slots=True)
class SetState:
    """A state event from the bot. A newer one of the same type and key replaces one still owed."""

    key: str
    event_type: str
    state_key: str
    content: Content
    kind: Literal["set_state"] = "set_state"


@dataclass(frozen=True, slots=True)
class MergeState:
    """Change some fields of a state event and leave the others; then say so, or why it failed.

    Attributes:
        changes: Put into the content as it is then; mappings are merged, not replaced.
        reply_to: The event id of the command that asked for it.
        thread: The root of the thread that the command was typed in, if it was.
        told: The reply when it is done; None: a later effect replies.
    """

    key: str
    event_type: str
    state_key: str
    changes: Content
    reply_to: str
    told: Content | None = None
    thread: str = ""
    kind: Literal["merge_state"] = "merge_state"


@dataclass(frozen=True, slots=True)
class Admit:
    """Make the LiveKit room, mint a token, seal it to the asking device and hand it over.

    Attributes:
        until: After this moment (ms) the decision is stale and is made anew.
        hashed: What the SFU is to call the device, where that is not its identity.
        encrypts: The call is encrypted from end to end.
    """

    key: str
    request: JoinRequest
    name: str
    sources: tuple[str, ...]
    call_id: str
    until: int
    can_hear: bool = True
    hashed: str = ""
    encrypts: bool = False
    kind: Literal["admit"] = "admit"


@dataclass(frozen=True, slots=True)
class Refuse:
    """Tell a device why it is not let in."""

    key: str
    user_id: str
    device_id: str
    request_id: str
    to_device: bool
    refusal: Refusal
    kind: Literal["refuse"] = "refuse"


@dataclass(frozen=True, slots=True)
class RemoveParticipant:
    """End a participant's connection to the SFU; `by` is the name of the moderator who did it."""

    key: str
    identity: str
    by: str = ""
    kind: Literal["remove_participant"] = "remove_participant"


@dataclass(frozen=True, slots=True)
class SetSources:
    """Let a connected participant publish these LiveKit track sources, and no others.

    `can_hear`: it may receive what others publish.
    """

    key: str
    identity: str
    sources: tuple[str, ...]
    can_hear: bool = True
    kind: Literal["set_sources"] = "set_sources"


@dataclass(frozen=True, slots=True)
class TellRoom:
    """Store a note for another room's lane; it is read in adapters/matrix/translate.py."""

    key: str
    room_id: str
    note: Content
    kind: Literal["tell_room"] = "tell_room"


@dataclass(frozen=True, slots=True)
class PushToken:
    """Mint a token for this room, and hand it to a device over its call in another room.

    Attributes:
        from_room_id: In whose call the device is.
        room_name: How this room is called.
        until: After this moment (ms) the decision is stale, and the move has failed.
        hashed: What the SFU is to call the device, where that is not its identity.
        encrypts: The call is encrypted from end to end.
    """

    key: str
    identity: str
    name: str
    from_room_id: str
    room_name: str
    sources: tuple[str, ...]
    can_hear: bool
    call_id: str
    until: int
    hashed: str = ""
    encrypts: bool = False
    kind: Literal["push_token"] = "push_token"


@dataclass(frozen=True, slots=True)
class FollowUpgrade:
    """Join the room that took this one's place; its settings follow once the bot is in it."""

    key: str
    replacement: str
    kind: Literal["follow_upgrade"] = "follow_upgrade"


@dataclass(frozen=True, slots=True)
class CloseMediaRoom:
    """End every connection of the room's call."""

    key: str
    kind: Literal["close_media_room"] = "close_media_room"


@dataclass(frozen=True, slots=True)
class ShowStatus:
    """Show a text as a user's presence status."""

    key: str
    user_id: str
    text: str
    kind: Literal["show_status"] = "show_status"


@dataclass(frozen=True, slots=True)
class ClearStatus:
    """Give a user back the presence status that they had before."""

    key: str
    user_id: str
    kind: Literal["clear_status"] = "clear_status"


@dataclass(frozen=True, slots=True)
class RecordCall:
    """The call's row in the history; written in the transaction that ends the call."""

    key: str
    record: CallRecord
    kind: Literal["record_call"] = "record_call"


@dataclass(frozen=True, slots=True)
class StartEcho:
    """Play a participant's microphone back to them.

    Attributes:
        echo: The identity of who plays it; `listener`: of whose microphone it is.
        reply_to: The event id of the command, which is answered once it plays or cannot.
        stop: The command that ends it, as the answer names it.
    """

    key: str
    echo: str
    listener: str
    reply_to: str
    thread: str = ""
    stop: str = ""
    kind: Literal["start_echo"] = "start_echo"


@dataclass(frozen=True, slots=True)
class StopEcho:
    """End an echo test."""

    key: str
    echo: str
    kind: Literal["stop_echo"] = "stop_echo"


@dataclass(frozen=True, slots=True)
class Examine:
    """Check the installation, and reply with what was found."""

    key: str
    reply_to: str
    thread: str = ""
    kind: Literal["examine"] = "examine"


@dataclass(frozen=True, slots=True)
class ShowPuppet:
    """Let a puppet say in the room that a device is in the call, and see that it is so.

    Attributes:
        identity: The device's name on the SFU: the puppet's user ID and the device's.
        owner: Whose device it is.
    """

    key: str
    identity: str
    owner: str
    kind: Literal["show_puppet"] = "show_puppet"


@dataclass(frozen=True, slots=True)
class HidePuppet:
    """The device is not in the call (any more)."""

    key: str
    identity: str
    kind: Literal["hide_puppet"] = "hide_puppet"


@dataclass(frozen=True, slots=True)
class PartPuppet:
    """A puppet leaves the Matrix room, and its devices of this call are no more."""

    key: str
    user_id: str
    device_ids: tuple[str, ...]
    kind: Literal["part_puppet"] = "part_puppet"


@dataclass(frozen=True, slots=True)
class ClearMembership:
    """Empty a MatrixRTC membership in the room's state, if it is still the event `event_id`.

    `until`: then the decision is out of date, and is made anew (ms).
    """

    key: str
    event_type: str
    state_key: str
    event_id: str
    until: int
    kind: Literal["clear_membership"] = "clear_membership"


@dataclass(frozen=True, slots=True)
class SetFlag:
    """A switch of the whole installation; written in the transaction that saves the command."""

    key: str
    name: str
    value: str
    kind: Literal["set_flag"] = "set_flag"


Effect = (
    JoinRoom
    | LeaveRoom
    | SendMessage
    | SendEvent
    | SendDirect
    | DeclineElsewhere
    | SetQuiet
    | SendLink
    | RevokeLinks
    | CreateChannel
    | SetState
    | MergeState
    | Admit
    | Refuse
    | RemoveParticipant
    | SetSources
    | TellRoom
    | PushToken
    | FollowUpgrade
    | CloseMediaRoom
    | ShowStatus
    | ClearStatus
    | RecordCall
    | SetFlag
    | Examine
    | StartEcho
    | StopEcho
    | ShowPuppet
    | HidePuppet
    | PartPuppet
    | ClearMembership
)


def queue_of(effect: Effect) -> Queue:
    """Effects of one queue run in order; a homeserver that is down holds up no removal."""
    match effect:
        case (
            RemoveParticipant()
            | SetSources()
            | CloseMediaRoom()
            | TellRoom()
            | PushToken()
            | StartEcho()
            | StopEcho()
        ):
            return "media"
        case ShowStatus() | ClearStatus():
            return "status"
        case Examine():
            return "report"
        case ShowPuppet() | HidePuppet() | PartPuppet():
            return "puppet"
        case SendDirect() | SendLink() | RevokeLinks() | CreateChannel():
            return "direct"  # making a room takes its time: nobody's token waits for it
        case _:
            return "matrix"
