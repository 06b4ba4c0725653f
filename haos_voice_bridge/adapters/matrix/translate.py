"""Raw Matrix events, read once: from here on nothing is `Any`.

Whatever cannot be read is None (it says nothing to us); nothing here raises on odd content.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from haos_voice_bridge.adapters.matrix.join_request import JOIN, join_again, join_request
from haos_voice_bridge.core.channel import channel_from
from haos_voice_bridge.core.events import (
    BotInvited,
    BotLeft,
    ChannelChanged,
    CommandGiven,
    MemberLeft,
    RoomEncrypted,
    RoomNamed,
    RoomUpgraded,
)
from haos_voice_bridge.core.hints import Hint, Recheck, WithSettings, WithStanding
from haos_voice_bridge.core.permissions import Role, role_of
from haos_voice_bridge.core.text import shown_name
from haos_voice_bridge.ports import Arrival

ENCRYPTED = "m.room.encrypted"
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
    command_prefix: str
    permissions: Mapping[str, Role]
    reads_encrypted: bool = False

    def wants(self, event: Mapping[str, Any]) -> bool:
        """Whether an event is worth storing: most of what people write is none of our business."""
        event_type = event.get("type")
        if not isinstance(event_type, str):
            return False
        if event_type == "m.room.message":
            return self.command_in(event) is not None
        if event_type == ENCRYPTED:
            # What it is can only be told once it is read: it may be a command.
            return self.reads_encrypted and event.get("sender") != self.bot_user_id
        if event_type == JOIN:
            return event.get("sender") != self.bot_user_id
        return event_type in STATE and "state_key" in event

    def command_in(self, event: Mapping[str, Any]) -> str | None:
        """What follows the prefix of a command typed by a person, or None."""
        content = event.get("content")
        if not isinstance(content, Mapping) or event.get("sender") == self.bot_user_id:
            return None
        body = content.get("body")
        if content.get("msgtype") not in ("m.text", "m.emote") or not isinstance(body, str):
            return None  # never a notice: bots must not answer bots
        first, _, rest = body.strip().partition(" ")
        return rest.strip() if first.lower() == self.command_prefix.lower() else None


def matrix_event(  # noqa: PLR0911 (one a type of event)
    reading: Reading, arrival: Arrival
) -> Hint | None:
    """Read an event of a transaction."""
    event = arrival.payload
    sender, event_id = event.get("sender"), event.get("event_id")
    content = event.get("content")
    if not (isinstance(sender, str) and isinstance(event_id, str) and isinstance(content, dict)):
        return None
    at = _moment(event.get("origin_server_ts"), arrival.received_ts)
    match event.get("type"):
        case "m.room.member":
            return _member(reading, event, sender, at)
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
        case "m.room.message":
            return _command(reading, event, sender, event_id)
        case _:
            return None


def internal(arrival: Arrival) -> Hint | None:
    """Read our own notes."""
    readers: dict[str, Callable[[Arrival], Hint]] = {
        "join_again": join_again,
        "found": lambda arrival: WithSettings(arrival.key),
    }
    return readers[arrival.payload["kind"]](arrival)


def _member(reading: Reading, event: Mapping[str, Any], sender: str, at: int) -> Hint | None:
    user_id, event_id = event.get("state_key"), str(event["event_id"])
    if not isinstance(user_id, str):
        return None
    membership = event["content"].get("membership")
    if user_id != reading.bot_user_id:
        gone = membership in ("leave", "ban")
        return MemberLeft(event_id, user_id, at) if gone else None
    match membership:
        case "invite":
            return BotInvited(event_id, sender, role_of(sender, reading.permissions))
        case "join":
            return WithSettings(event_id)
        case "leave" | "ban":
            return BotLeft(at)
        case _:
            return None


def _command(reading: Reading, event: Mapping[str, Any], sender: str, event_id: str) -> Hint | None:
    text = reading.command_in(event)
    if text is None:
        return None
    return WithStanding(sender, lambda standing: CommandGiven(event_id, text, standing))


def _moment(said: object, received: int) -> int:
    """A sender's clock may be wrong; what it says counts only if it is not in the future."""
    if isinstance(said, int) and not isinstance(said, bool) and 0 < said < received:
        return said
    return received
