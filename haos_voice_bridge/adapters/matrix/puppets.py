"""What puppets do on the homeserver (see core/puppets.py). Doing it twice is harmless."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from mautrix.api import Method, Path, PathBuilder

from haos_voice_bridge.adapters.matrix.bot import MatrixBot
from haos_voice_bridge.adapters.matrix.client import MatrixClient
from haos_voice_bridge.core.effects import Content
from haos_voice_bridge.core.puppets import CALL_MEMBER
from haos_voice_bridge.errors import Rejected
from haos_voice_bridge.ports import Saying

DELAYED = "_matrix/client/unstable/org.matrix.msc4140/delayed_events"
DELAY = "org.matrix.msc4140.delay"
REMEMBERED = 10_000


class MatrixPuppets:
    """The accounts, each under its own name."""

    def __init__(self, client: MatrixClient, bot: MatrixBot) -> None:
        """`bot` invites them."""
        self._client = client
        self._bot = bot
        self._prepared: dict[tuple[str, str], tuple[str, str]] = {}

    async def prepare(self, user_id: str, device_id: str, name: str, avatar_url: str) -> None:
        """Make sure that the account, the device and the profile are there."""
        if self._prepared.get((user_id, device_id)) == (name, avatar_url):
            return
        await self._client.register(user_id[1:].partition(":")[0])
        await self._as(user_id, Method.PUT, Path.v3.devices[device_id], {"display_name": name})
        # Setting it makes an event in every room, so only what differs is set.
        profile = Path.v3.profile[user_id]
        try:
            there = await self._as(user_id, Method.GET, profile)
        except Rejected:  # none yet
            there = {}
        for field, value in (("displayname", name), ("avatar_url", avatar_url)):
            if (there.get(field) or "") != value:
                await self._as(user_id, Method.PUT, profile[field], {field: value})
        if len(self._prepared) >= REMEMBERED:
            self._prepared.clear()
        self._prepared[user_id, device_id] = (name, avatar_url)

    async def enter(self, room_id: str, user_id: str) -> None:
        """Be in the room, invited by the bot where that is needed."""
        join = Path.v3.rooms[room_id].join
        try:
            await self._as(user_id, Method.POST, join, {})  # being in already is success
        except Rejected:
            await self._bot.invite(room_id, user_id)
            await self._as(user_id, Method.POST, join, {})

    async def part(self, room_id: str, user_id: str, device_ids: Sequence[str]) -> None:
        """Leave the room, and give up these devices."""
        with suppress(Rejected):  # out already, or never there
            await self._as(user_id, Method.POST, Path.v3.rooms[room_id].leave, {})
        for device_id in device_ids:
            self._prepared.pop((user_id, device_id), None)
            with suppress(Rejected):
                await self._as(user_id, Method.DELETE, Path.v3.devices[device_id], {})

    async def said(self, room_id: str, state_key: str) -> Saying | None:
        """The membership with this key; None: there never was one."""
        path = _member(room_id, state_key)
        try:
            event = await self._client.request(Method.GET, path, query={"format": "event"})
        except Rejected as error:
            if error.errcode == "M_NOT_FOUND":
                return None
            raise
        return Saying(event.get("content") or {}, int(event.get("origin_server_ts", 0)))

    async def say(self, room_id: str, user_id: str, state_key: str, content: Content) -> None:
        """Set it."""
        await self._as(user_id, Method.PUT, _member(room_id, state_key), content)

    async def clear(self, room_id: str, state_key: str) -> None:
        """Empty it as the bot: a puppet that was put out can say nothing any more."""
        await self._bot.set_state(room_id, CALL_MEMBER, state_key, {})

    async def guards(self, room_id: str, user_id: str, state_key: str) -> Sequence[str]:
        """The delayed events that will empty it (MSC4140)."""
        answer = await self._as(user_id, Method.GET, DELAYED)
        return [
            str(event["delay_id"])
            for event in answer.get("delayed_events", ())
            if event.get("room_id") == room_id
            and event.get("type") == CALL_MEMBER
            and event.get("state_key") == state_key
            and not _content(event)
        ]

    async def guard(self, room_id: str, user_id: str, state_key: str, delay_ms: int) -> str:
        """Let the homeserver empty it after a while; the delayed event's ID."""
        path, delay = _member(room_id, state_key), {DELAY: str(delay_ms)}
        answer = await self._as(user_id, Method.PUT, path, {}, delay)
        return str(answer["delay_id"])

    async def unguard(self, user_id: str, delay_id: str) -> None:
        """Take that back; one that is not there is success."""
        with suppress(Rejected):
            await self._as(user_id, Method.POST, f"{DELAYED}/{delay_id}/cancel", {})

    async def _as(
        self,
        user_id: str,
        method: Method,
        path: PathBuilder | str,
        content: Content | None = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        return await self._client.request(method, path, content, query, as_user=user_id)


def _member(room_id: str, state_key: str) -> PathBuilder:
    return Path.v3.rooms[room_id].state[CALL_MEMBER][state_key]


def _content(event: Mapping[str, Any]) -> object:
    content = event.get("content")
    return json.loads(content) if isinstance(content, str) else content
