"""Makes a room that is a voice channel."""

import hashlib
import re
import unicodedata
from typing import Any
from urllib.parse import quote

from haos_voice_bridge.commands.enable import LEVELS
from haos_voice_bridge.core import contents, widget
from haos_voice_bridge.core.effects import CreateChannel
from haos_voice_bridge.core.ids import server_of
from haos_voice_bridge.core.site import Site
from haos_voice_bridge.errors import Rejected
from haos_voice_bridge.ports import MatrixBot

CALL_ROOM = "org.matrix.msc3417.call"
CHILD, PARENT = "m.space.child", "m.space.parent"
EVENTS = {
    # What a homeserver sets itself, and what naming any level would else take away.
    "m.room.name": 50,
    "m.room.avatar": 50,
    "m.room.canonical_alias": 50,
    "m.room.power_levels": 100,
    "m.room.history_visibility": 100,
    "m.room.server_acl": 100,
    "m.room.encryption": 100,
    **LEVELS,
}
RESTRICTED = 8
"""The room version since which a space's members may join by themselves (MSC3083)."""
CREATORS = 12
"""The room version since which creators stand above every level (MSC4289)."""


class ChannelMaker:
    """Does `CreateChannel`; twice is once, by the room's alias."""

    def __init__(self, bot: MatrixBot, bot_user_id: str, site: Site) -> None:
        self._bot = bot
        self._bot_user_id = bot_user_id
        self._widget = widget.content(site, bot_user_id) if site.has_client else None

    async def create(self, from_room: str, effect: CreateChannel) -> str:
        """Make the room, put it into the space, and answer with a link to it."""
        version = await self._bot.room_version()
        server = server_of(self._bot_user_id)
        room = _room(effect, self._bot_user_id, version, server)
        if self._widget is not None:
            state = {"type": widget.EVENT, "state_key": widget.KEY, "content": self._widget}
            room["initial_state"].append(state)
        room_id = await self._bot.make_room(room, _alias(effect))
        link = f"https://matrix.to/#/{quote(room_id, safe='')}?via={quote(server)}"
        text = f"{effect.name} is a voice channel now, and I invited you: {link}"
        if effect.space:
            text += await self._put_into(effect.space, room_id, server)
        content = contents.related(contents.notice(text), "reply", effect.reply_to, effect.thread)
        return await self._bot.send(
            from_room, "m.room.message", content, f"reply:{effect.reply_to}"
        )

    async def _put_into(self, space: str, room_id: str, server: str) -> str:
        try:
            await self._bot.set_state(space, CHILD, room_id, {"via": [server]})
        except Rejected as error:
            return (
                f"\nI may not add it to the space ({error}). Add it there yourself, with “add "
                f"existing room”, or give {self._bot_user_id} the level that {CHILD} takes."
            )
        return "\nIt is in the space, whose members may join it."


def _room(effect: CreateChannel, bot: str, version: int, server: str) -> dict[str, Any]:
    """What is asked of the homeserver; who asked for the room governs it with the bot."""
    levels: dict[str, Any] = {"events": EVENTS}
    creation: dict[str, Any] = {"type": CALL_ROOM}
    if version >= CREATORS:
        creation["additional_creators"] = [effect.by]
        levels["events"] = {**EVENTS, "m.room.tombstone": 150}
    else:
        levels["users"] = {bot: 100, effect.by: 100}
        levels["events"] = {**EVENTS, "m.room.tombstone": 100}
    state = [{"type": "io.haos.voice.channel", "content": {"enabled": True}}]
    if effect.space:
        via = {"via": [server], "canonical": True}
        state.append({"type": PARENT, "state_key": effect.space, "content": via})
        if version >= RESTRICTED:
            allow = [{"type": "m.room_membership", "room_id": effect.space}]
            rules = {"join_rule": "restricted", "allow": allow}
            state.append({"type": "m.room.join_rules", "state_key": "", "content": rules})
    return {
        "name": effect.name,
        "preset": "private_chat",
        "invite": [effect.by],
        "creation_content": creation,
        "power_level_content_override": levels,
        "initial_state": state,
    }


def _alias(effect: CreateChannel) -> str:
    plain = unicodedata.normalize("NFKD", effect.name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40]
    digest = hashlib.sha256(effect.key.encode()).hexdigest()[:10]
    return f"room-{slug}-{digest}" if slug else f"room-{digest}"
