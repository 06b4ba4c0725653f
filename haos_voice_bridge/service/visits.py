"""What somebody may do who came in by a link: one room, for twelve hours, while they are in it."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any

from haos_voice_bridge.core.puppets import LINK_DEVICE
from haos_voice_bridge.core.request import Refusal
from haos_voice_bridge.errors import NotLetIn
from haos_voice_bridge.ports import Clock, Links, Session, Store
from haos_voice_bridge.service.entry import Entry
from haos_voice_bridge.service.links import hash_of_secret
from haos_voice_bridge.service.room_view import RoomView
from haos_voice_bridge.service.watch import Watch

SESSION_MS = 12 * 3_600_000
HEARTBEAT_S = 15.0
GAP_S = 0.2
"""Who follows a room hears of it at most five times a second."""


class Visits:
    """Every question is asked anew: is the session open, are they still in the room?"""

    def __init__(
        self,
        *,
        links: Links,
        store: Store,
        entry: Entry,
        view: RoomView,
        watch: Watch,
        clock: Clock,
    ) -> None:
        self._links = links
        self._store = store
        self._entry = entry
        self._view = view
        self._watch = watch
        self._clock = clock

    async def open(self, code: str) -> Mapping[str, Any]:
        """Exchange a link's code for a session, once.

        Raises:
            NotLetIn: The link is used, too old, void or unknown, or its user left the room.
        """
        secret = secrets.token_urlsafe(32)
        opened = await self._links.redeem(
            hash_of_secret(code),
            session_hash=hash_of_secret(secret),
            device_id=f"{LINK_DEVICE}{secrets.token_hex(5).upper()}",
            now=self._clock.now_ms(),
            life_ms=SESSION_MS,
        )
        if isinstance(opened, str):
            hint = "Type “join” in the room again to get a new one."
            raise NotLetIn(Refusal("LINK_SPENT", f"{opened} {hint}"))
        await self._view.admitted(opened.room_id, opened.user_id)
        profile = await self._view.profile(opened.room_id, opened.user_id)
        return {
            "session": secret,
            "expires_ts": opened.expires_ts,
            "user_id": opened.user_id,
            "device_id": opened.device_id,
            "name": profile.name,
            "avatar_url": profile.avatar_url,
            "room_id": opened.room_id,
        }

    async def session(self, secret: str) -> Session:
        """The session.

        Raises:
            NotLetIn: There is none, or no more.
        """
        found = await self._links.session(hash_of_secret(secret), self._clock.now_ms())
        if found is None:
            raise NotLetIn(Refusal("SESSION_ENDED", "This session is over. Get a new link."))
        return found

    async def token(self, session: Session) -> Mapping[str, Any]:
        """What connects the session's device to the call."""
        cause = f"http:{secrets.token_hex(12)}"
        user_id, device_id = session.user_id, session.device_id
        return await self._entry.token(session.room_id, user_id, device_id, cause, by_link=True)

    async def room(self, session: Session) -> Mapping[str, Any]:
        """The room and its call."""
        return await self._view.shown(session.room_id, session.user_id)

    async def history(self, session: Session, limit: int) -> Mapping[str, Any]:
        """The room's past calls."""
        return await self._view.past(session.room_id, session.user_id, limit)

    async def changes(self, session: Session) -> AsyncIterator[Mapping[str, Any] | None]:
        """The room now and after each change; None: nothing new, but still here.

        It ends with the session, or when they may no longer see the room.
        """
        room_id, shown, version = session.room_id, None, -1
        while True:
            version = await self._watch.changed(room_id, version, HEARTBEAT_S, self._store.version)
            if await self._links.session(session.key, self._clock.now_ms()) is None:
                return
            try:
                now = await self._view.shown(room_id, session.user_id)
            except NotLetIn:
                return
            yield now if now != shown else None
            shown = now
            await asyncio.sleep(GAP_S)
