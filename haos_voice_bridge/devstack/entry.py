"""A one-time link into a call, got the way that a person gets one: `!voice join`."""

import json
import re
import secrets
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from haos_voice_bridge.devstack.matrix import Session
from haos_voice_bridge.errors import StartupError

_LINK = re.compile(r"https?://\S+/#/link/[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
_WAIT_MS = 2_000


def entry_link(session: Session, bot: str, room_id: str, *, within_s: float = 15) -> str:
    """Type the command, and read the answer in the direct chat with the bot.

    Raises:
        StartupError: None came.
    """
    # Synapse gives who asks the same twice the same answer for two minutes: ask something else.
    what = json.dumps(_filter(f"@{secrets.token_hex(8)}:nowhere"))
    since = _sync(session, what, "")["next_batch"]
    path = ("rooms", room_id, "send", "m.room.message", secrets.token_hex(8))
    session.client("PUT", *path, content={"msgtype": "m.text", "body": "!voice join"})
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        news = _sync(session, what, since)
        since = news["next_batch"]
        for chat in news["rooms"].get("invite", {}):
            session.client("POST", "join", chat, content={})
        for text in _texts(news, bot):
            if found := _LINK.search(text):
                return found[0]
    raise StartupError(f"{bot} sent no link within {within_s:.0f} s")


def _sync(session: Session, what: str, since: str) -> dict[str, Any]:
    news = f"&since={quote(since, safe='')}&timeout={_WAIT_MS}" if since else ""
    path = f"/_matrix/client/v3/sync?filter={quote(what, safe='')}{news}"
    answer = session.call("GET", path)
    answer.setdefault("rooms", {})
    return answer


def _texts(news: dict[str, Any], bot: str) -> Iterator[str]:
    """What the bot wrote."""
    for room in news["rooms"].get("join", {}).values():
        for event in room["timeline"]["events"]:
            if event["sender"] == bot and isinstance(event["content"].get("body"), str):
                yield event["content"]["body"]


def _filter(nobody: str) -> dict[str, Any]:
    nothing: dict[str, Any] = {"types": []}
    return {
        "room": {
            "timeline": {"types": ["m.room.message"], "limit": 5, "not_senders": [nobody]},
            "state": nothing,
            "ephemeral": nothing,
            "account_data": nothing,
        },
        "presence": nothing,
        "account_data": nothing,
    }
