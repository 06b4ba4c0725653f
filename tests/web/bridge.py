"""The real bridge as the tests of the web client use it: rooms, links, and what moderators type.

All of it is done as people do it, over the homeserver; it blocks for a few tenths of a second.
"""

import json
import time
from dataclasses import dataclass
from urllib.request import Request, urlopen

from haos_voice_bridge.core.ids import parse_identity
from haos_voice_bridge.devstack.entry import entry_link

OWNER = "alice"
CHANNEL = "io.haos.voice.channel"


@dataclass(frozen=True)
class Room:
    """A voice channel of the owner's."""

    room_id: str
    name: str


class Bridge:
    """`room = bridge.room()`; then `bridge.link("ana", room)` is an address to open, once."""

    def __init__(self, stack):
        self._stack = stack
        self._bot = stack.info.bot_user_id
        self.url = stack.info.web_url

    def room(self, name="Lounge", **channel):
        owner = self._stack.session(OWNER)
        made = owner.client(
            "POST",
            "createRoom",
            content={
                "preset": "private_chat",
                "name": name,
                "invite": [self._bot],
                "initial_state": [{"type": CHANNEL, "content": {"enabled": True, **channel}}],
                "power_level_content_override": {"users": {self._bot: 100}},
            },
        )
        room = Room(made["room_id"], name)
        self._until(lambda: self._membership(room, self._bot) == "join")
        return room

    def member(self, name, room, *, may_moderate=False):
        """Somebody is in the Matrix room."""
        owner, user = self._stack.session(OWNER), self._stack.user(name)
        if self._membership(room, user.user_id) != "join":
            content = {"user_id": user.user_id}
            owner.client("POST", "rooms", room.room_id, "invite", content=content)
            self._stack.session(name).client("POST", "join", room.room_id, content={})
        if may_moderate:
            path = ("rooms", room.room_id, "state", "m.room.power_levels", "")
            levels = owner.client("GET", *path)
            levels["users"][user.user_id] = 50
            owner.client("PUT", *path, content=levels)

    def show_picture(self, name, content):
        """Somebody has this PNG as their picture in all rooms."""
        user = self._stack.user(name)
        headers = {"Authorization": f"Bearer {user.access_token}", "Content-Type": "image/png"}
        url = f"{self._stack.homeserver_url}/_matrix/media/v3/upload"
        with urlopen(Request(url, content, headers)) as answer:
            mxc = json.load(answer)["content_uri"]
        path = ("profile", user.user_id, "avatar_url")
        self._stack.session(name).client("PUT", *path, content={"avatar_url": mxc})

    def link(self, name, room, *, may_moderate=False):
        """What the bot sends them for `!voice join`."""
        self.member(name, room, may_moderate=may_moderate)
        return entry_link(self._stack.session(name), self._bot, room.room_id)

    def configure(self, room, **channel):
        """The owner changes the channel's settings."""
        path = ("rooms", room.room_id, "state", CHANNEL, "")
        content = {"enabled": True, **channel}
        self._stack.session(OWNER).client("PUT", *path, content=content)

    def say(self, room, text, name=OWNER):
        path = ("rooms", room.room_id, "send", "m.room.message", str(time.monotonic_ns()))
        content = {"msgtype": "m.text", "body": text}
        self._stack.session(name).client("PUT", *path, content=content)

    def order(self, room, identity, action, to=None):
        """The owner types a command of moderation."""
        user_id, _device = parse_identity(identity)
        where = f" to {to}" if to else ""
        self.say(room, f"!voice {action} {user_id}{where}")

    def _membership(self, room, user_id):
        path = ("rooms", room.room_id, "joined_members")
        joined = self._stack.session(OWNER).client("GET", *path)["joined"]
        return "join" if user_id in joined else "leave"

    def _until(self, holds, within_s=10):
        deadline = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < deadline, "the bot did not come"
            time.sleep(0.05)
