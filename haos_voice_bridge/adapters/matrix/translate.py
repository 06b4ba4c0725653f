"""Raw Matrix events, read once: from here on nothing is `Any`.

Whatever cannot be read is None (it says nothing to us); nothing here raises on odd content.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from haos_voice_bridge.adapters.matrix import ringing
from haos_voice_bridge.adapters.matrix.command_text import addressed, thread_of, typed
from haos_voice_bridge.adapters.matrix.join_request import JOIN, join_again, join_request
from haos_voice_bridge.adapters.matrix.memberships import is_membership, membership_said, sent_at
from haos_voice_bridge.core.channel import channel_from
from haos_voice_bridge.core.events import (
    BotInvited,
    BotLeft,
    ChannelChanged,
    CommandGiven,
    GhostStays,
    MemberLeft,
    MovedHere,
    MoveTold,
    PuppetCleared,
    PuppetRemoved,
    RingDeclined,
    RoomEncrypted,
    RoomNamed,
    RoomUpgraded,
)
from haos_voice_bridge.core.hints import (
    CameBack,
    Hint,
    Recheck,
    Redacted,
    WithSettings,
    WithStanding,
)
from haos_voice_bridge.core.permissions import Role, Standing, role_of
from haos_voice_bridge.core.puppets import CALL_MEMBER, PuppetNames, identity_in_key
from haos_voice_bridge.core.text import shown_name
from haos_voice_bridge.ports import Arrival

ENCRYPTED = "m.room.encrypted"
REDACTION = "m.room.redaction"
CHANNEL = "io.haos.voice.channel"
STATE = frozenset(
    {
        "m.room.member",
        "m.room.name",
        "m.room.power_levels",
        "m.room.encryption",
        "m.room.tombstone",
        CHANNEL,
    }
)
STALE_MS = 5 * 60_000
"""A request to join that old is from before an outage: nobody waits for the answer."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How this installation reads events."""

    bot_user_id: str
    bot_name: str
    command_prefix: str
    permissions: Mapping[str, Role]
    reads_encrypted: bool = False
    puppets: PuppetNames | None = None

    def wants(self, event: Mapping[str, Any], *, in_direct: bool) -> bool:
        """Whether an event is worth storing: most of what people write is none of our business.

        `in_direct`: the room is its sender's direct chat with the bot.
        """
        event_type = event.get("type")
        if event_type == "m.room.message":
            return self._is_command(event, in_direct=in_direct)
        if not isinstance(event_type, str):
            return False
        if event_type == ENCRYPTED:
            # What it is can only be told once it is read: it may be a command.
            return self.reads_encrypted and event.get("sender") != self.bot_user_id
        if event_type == CALL_MEMBER and self.owner_of(event.get("sender")) is not None:
            return not event.get("content")  # emptied, which may not be meant
        if event_type in (JOIN, ringing.NOTIFICATION, ringing.DECLINE):
            return event.get("sender") != self.bot_user_id
        is_state = event_type in STATE and "state_key" in event
        # Whether it is a membership that is redacted is known in the room's lane alone.
        return is_state or event_type == REDACTION or is_membership(event)

    def owner_of(self, user_id: object) -> str | None:
        """Whose puppet that is; None for anybody else."""
        if self.puppets is None or not isinstance(user_id, str):
            return None
        return self.puppets.owner_of(user_id)

    def _is_command(self, event: Mapping[str, Any], *, in_direct: bool) -> bool:
        content = event.get("content")
        if not isinstance(content, Mapping) or event.get("sender") == self.bot_user_id:
            return False
        text = typed(content)
        return text is not None and (in_direct or self.command_in(text) is not None)

    def command_in(self, text: str) -> str | None:
        """What follows the prefix or a mention of the bot, or None."""
        return addressed(text, self.command_prefix, self.bot_user_id, self.bot_name)


def matrix_event(  # noqa: PLR0911, PLR0912 (one a type of event)
    reading: Reading, arrival: Arrival
) -> Hint | None:
    """Read an event of a transaction."""
    event = arrival.payload
    sender, event_id = event.get("sender"), event.get("event_id")
    content = event.get("content")
    if not (isinstance(sender, str) and isinstance(event_id, str) and isinstance(content, dict)):
        return None
    at = sent_at(event, arrival.received_ts)
    match event.get("type"):
        case "m.room.member":
            return _member(reading, event, sender, at)
        case "org.matrix.msc3401.call.member" if reading.owner_of(sender) is not None:
            identity = identity_in_key(sender, str(event.get("state_key")))
            return PuppetCleared(identity) if identity and not content else None
        case "m.room.name" if event.get("state_key") == "":
            return RoomNamed(shown_name(content.get("name"), ""))
        case "m.room.power_levels" if event.get("state_key") == "":
            return Recheck()
        case "m.room.encryption" if event.get("state_key") == "":
            return RoomEncrypted(event_id)
        case "m.room.tombstone" if event.get("state_key") == "":
            replacement = content.get("replacement_room")
            is_room = isinstance(replacement, str) and replacement.startswith("!")
            return RoomUpgraded(event_id, str(replacement)) if is_room else None
        case "io.haos.voice.channel" if event.get("state_key") == "":
            # Whoever may send it is the homeserver's to decide, by the room's power levels.
            return ChannelChanged(event_id, at, channel_from(content))
        case "io.haos.voice.join":
            if arrival.received_ts - at > STALE_MS:
                return None
            return join_request(event_id, sender, content, at)
        case ringing.NOTIFICATION if sender != reading.bot_user_id:
            return ringing.client_rang(sender, event_id, content, at)
        case ringing.DECLINE:
            return ringing.declines(sender, content, at)
        case "m.room.message":
            return _command(reading, content, sender, event_id)
        case "m.room.redaction":
            # Since room version 11 the target is in the content.
            target = content.get("redacts", event.get("redacts"))
            return Redacted(target, at) if isinstance(target, str) else None
        case _:
            return membership_said(event, at) if is_membership(event) else None


def internal(arrival: Arrival) -> Hint | None:
    """Read our own notes."""
    readers: dict[str, Callable[[Arrival], Hint]] = {
        "join_again": join_again,
        "declined": lambda arrival: RingDeclined(
            arrival.payload["user_id"], arrival.payload["at"], cause=arrival.key
        ),
        "ghost_stays": lambda arrival: GhostStays(arrival.payload["event_id"]),
        "found": lambda arrival: WithSettings(arrival.key),
        "moved_here": _moved_here,
        "move_told": _move_told,
    }
    return readers[arrival.payload["kind"]](arrival)


def _moved_here(arrival: Arrival) -> Hint:
    said = arrival.payload
    return WithStanding(
        said["user_id"],
        lambda standing: MovedHere(
            cause=said["cause"],
            at=said["at"],
            identity=said["identity"],
            from_room_id=said["from_room_id"],
            from_name=said["from_name"],
            standing=standing,
            hashed=said.get("hashed", ""),
        ),
    )


def _move_told(arrival: Arrival) -> Hint:
    said = arrival.payload
    return MoveTold(said["identity"], said["news"], said["reason"])


def _member(reading: Reading, event: Mapping[str, Any], sender: str, at: int) -> Hint | None:
    user_id, event_id = event.get("state_key"), str(event["event_id"])
    if not isinstance(user_id, str):
        return None
    membership = event["content"].get("membership")
    if (owner := reading.owner_of(user_id)) is not None:
        is_put_out = membership in ("leave", "ban") and sender != user_id
        return PuppetRemoved(event_id, user_id, owner, at) if is_put_out else None
    if user_id != reading.bot_user_id:
        return _other_member(user_id, event_id, membership, at)
    return _bot_member(reading, event, sender, at)


def _bot_member(reading: Reading, event: Mapping[str, Any], sender: str, at: int) -> Hint | None:
    event_id, content = str(event["event_id"]), event["content"]
    match content.get("membership"):
        case "invite":
            is_direct = content.get("is_direct") is True
            return BotInvited(event_id, sender, role_of(sender, reading.permissions), is_direct)
        case "join":
            return WithSettings(event_id)
        case "leave" | "ban":
            return BotLeft(at)
        case _:
            return None


def _other_member(user_id: str, event_id: str, membership: object, at: int) -> Hint | None:
    if membership in ("leave", "ban"):
        return MemberLeft(event_id, user_id, at)
    return CameBack(user_id) if membership == "join" else None


def _command(
    reading: Reading, content: Mapping[str, Any], sender: str, event_id: str
) -> Hint | None:
    text = typed(content)
    if text is None or sender == reading.bot_user_id:
        return None
    command = reading.command_in(text)
    thread = thread_of(content)

    def given(standing: Standing) -> CommandGiven:
        if command is None:  # it counts only in a direct chat
            return CommandGiven(event_id, text, standing, thread, is_addressed=False)
        return CommandGiven(event_id, command, standing, thread)

    return WithStanding(sender, given)
