"""The web client as a widget of the room (MSC1236): the state event that puts it there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from haos_voice_bridge.core.site import Site

EVENT = "im.vector.modular.widgets"
"""Element reads this name alone; `m.widget` was never adopted."""
KEY = "io.haos.voice"
_TOLD = {
    "widgetId": "$matrix_widget_id",
    "roomId": "$matrix_room_id",
    "userId": "$matrix_user_id",
    "deviceId": "$org.matrix.msc3819.matrix_device_id",
    "theme": "$org.matrix.msc2873.client_theme",
    "lang": "$org.matrix.msc2873.client_language",
    "baseUrl": "$org.matrix.msc4039.matrix_base_url",
}
"""What the client that shows it fills in; `parentUrl` it adds by itself, before the `#`."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A state event as it is now."""

    content: Mapping[str, Any]
    sender: str


def content(site: Site, bot_user_id: str) -> dict[str, Any]:
    """The widget."""
    told = "&".join(f"{name}={value}" for name, value in _TOLD.items())
    return {
        "id": KEY,
        "type": "m.custom",
        "name": "Voice channel",
        "url": f"{site.public_url}/#/widget?{told}&bot={quote(bot_user_id, safe='')}",
        "creatorUserId": bot_user_id,
        "waitForIframeLoad": False,  # it says by itself when it is ready
        "data": {},
    }


def was_removed_by_hand(there: Sent | None, bot_user_id: str) -> bool:
    """Whether somebody in the room did not want it."""
    return there is not None and not there.content and there.sender != bot_user_id


def is_ours(there: Sent | None, bot_user_id: str) -> bool:
    """Whether it is there as the bot put it: what somebody else wrote is theirs."""
    return there is not None and bool(there.content) and there.sender == bot_user_id
