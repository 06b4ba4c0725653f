"""MatrixRTC memberships as a homeserver shows them; what they say is read by core/membership.py."""

from collections.abc import Mapping
from typing import Any

from haos_voice_bridge.core.ids import is_clean
from haos_voice_bridge.core.membership import (
    STATE_TYPES,
    STICKY_TYPE,
    Said,
    state_said,
    sticky_said,
)

STICKY = "msc4354_sticky"
"""Beside the content of a sticky event: `{"duration_ms": …}` (MSC4354)."""


def is_membership(event: Mapping[str, Any]) -> bool:
    """Whether an event is of the kind, readable or not."""
    event_type = event.get("type")
    if event_type == STICKY_TYPE:
        return "state_key" not in event
    return event_type in STATE_TYPES and "state_key" in event


def membership_said(event: Mapping[str, Any], at: int) -> Said | None:
    """What an event says; None: it is none. `at`: when it was sent, as far as that is believed."""
    sender, event_id, content = event.get("sender"), event.get("event_id"), event.get("content")
    if not (_is_id(sender) and _is_id(event_id) and isinstance(content, Mapping)):
        return None
    if event.get("type") == STICKY_TYPE:
        sticky = event.get(STICKY)
        lasts_ms = sticky.get("duration_ms") if isinstance(sticky, Mapping) else None
        return sticky_said(str(sender), str(event_id), content, at, lasts_ms)
    state_key = event.get("state_key")
    if not isinstance(state_key, str) or not is_clean(state_key):
        return None
    return state_said(str(event["type"]), state_key, str(sender), str(event_id), content, at)


def sent_at(event: Mapping[str, Any], received: int) -> int:
    """A sender's clock may be wrong; what it says counts only if it is not in the future."""
    said = event.get("origin_server_ts")
    if isinstance(said, int) and not isinstance(said, bool) and 0 < said < received:
        return said
    return received


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 255 and is_clean(value)
