"""Rings and declines of people's own clients (MSC4075, MSC4310), as they are in the timeline."""

from collections.abc import Mapping
from typing import Any

from haos_voice_bridge.core.hints import Declines, RangByClient
from haos_voice_bridge.core.ids import is_clean
from haos_voice_bridge.core.rings import MOST_RUNG, RING_MS

NOTIFICATION = "org.matrix.msc4075.rtc.notification"
DECLINE = "org.matrix.msc4310.rtc.decline"


def client_rang(
    sender: str, event_id: str, content: Mapping[str, Any], at: int
) -> RangByClient | None:
    """A member's client rings somebody; None for one that only notifies, or rings nobody."""
    # The newest drafts of MSC4075 move all but the mentions under `application`.
    inner = content.get("application")
    fields = inner if isinstance(inner, Mapping) else content
    mentions = content.get("m.mentions")
    if fields.get("notification_type") != "ring" or not isinstance(mentions, Mapping):
        return None
    listed = mentions.get("user_ids")
    users = tuple(filter(_is_user, listed if isinstance(listed, list) else ()))[:MOST_RUNG]
    rings_all = mentions.get("room") is True
    if not users and not rings_all:
        return None
    return RangByClient(event_id, sender, users, rings_all, at, _lifetime(fields.get("lifetime")))


def _lifetime(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return min(value, RING_MS)
    return RING_MS


def declines(sender: str, content: Mapping[str, Any], at: int) -> Declines | None:
    """Somebody declines the call of a notification."""
    relates = content.get("m.relates_to")
    if not isinstance(relates, Mapping) or relates.get("rel_type") != "m.reference":
        return None
    target = relates.get("event_id")
    return Declines(sender, target, at) if isinstance(target, str) else None


def _is_user(value: object) -> bool:
    return isinstance(value, str) and value.startswith("@") and len(value) < 256 and is_clean(value)
