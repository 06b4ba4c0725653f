"""What somebody may do who has a session of the web client."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any

from haos_voice_bridge.commands.orders import ACTIONS
from haos_voice_bridge.core.puppets import LINK_DEVICE
from haos_voice_bridge.core.request import Refusal
from haos_voice_bridge.errors import NotLetIn
from haos_voice_bridge.ports import Clock, Links, Picture, Session, Store, Told
from haos_voice_bridge.service.avatars import Avatars
from haos_voice_bridge.service.directory import Directory, Seen
from haos_voice_bridge.service.entry import Entry
from haos_voice_bridge.service.orders import Orders
from haos_voice_bridge.service.room_view import RoomView
from haos_voice_bridge.service.watch import Watch

HEARTBEAT_S = 15.0
GAP_S = 0.2
"""Who follows a room hears of it at most five times a second."""
LIST_GAP_S = 0.5
"""Who follows all channels, at most twice a second."""
CHECKED_S = 5.0
"""How often it is looked whether the session behind a stream is still open."""


class Visits:
    """Every question is asked anew: is the session open, are they still in the room?"""

    def __init__(  # noqa: PLR0913 (what it is made of)
        self,
        *,
        links: Links,
        store: Store,
        entry: Entry,
        view: RoomView,
        watch: Watch,
        clock: Clock,
        orders: Orders,
        directory: Directory,
        avatars: Avatars,
    ) -> None:
        self._links = links
        self._store = store
        self._entry = entry
        self._view = view
        self._watch = watch
        self._clock = clock
        self._orders = orders
        self._directory = directory
        self._avatars = avatars

    async def token(
        self, session: Session, room_id: str, *, encrypts: bool = False
    ) -> Mapping[str, Any]:
        """What connects the session's device to the room's call.

        `encrypts`: it says that it has keys. Who came by a link has none.
        """
        cause = f"http:{secrets.token_hex(12)}"
        user_id, device_id = session.user_id, session.device_id
        by_link = device_id.startswith(LINK_DEVICE)
        return await self._entry.token(
            room_id, user_id, device_id, cause, by_link=by_link, encrypts=encrypts and not by_link
        )

    async def room(self, session: Session, room_id: str) -> Mapping[str, Any]:
        """The room and its call."""
        return await self._view.shown(room_id, session.user_id)

    async def history(self, session: Session, room_id: str, limit: int) -> Mapping[str, Any]:
        """The room's past calls."""
        return await self._view.past(room_id, session.user_id, limit)

    async def moderate(
        self, session: Session, room_id: str, identity: str, order: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Do to a participant's user what `order` says.

        Raises:
            NotLetIn: By the rules of the commands.
        """
        wanted, to = order.get("action"), order.get("to", "")
        action = next((action for action in ACTIONS if action == wanted), None)
        if action is None:
            raise _bad("`action` must be one of " + ", ".join(ACTIONS) + ".")
        if not isinstance(to, str) or (action == "move") != to.startswith("!"):
            raise _bad("`to` must be the ID of the other room, for a move alone.")
        await self._view.admitted(room_id, session.user_id)
        changed = await self._orders.moderate(room_id, session.user_id, identity, action, to)
        return {"changed": changed}

    async def decline(self, session: Session, room_id: str) -> Mapping[str, Any]:
        """Decline the room's call."""
        await self._view.admitted(room_id, session.user_id)
        return {"declined": await self._orders.decline(room_id, session.user_id)}

    async def avatar(self, session: Session, room_id: str, user_id: str) -> Picture | None:
        """The picture of somebody who is in the room, for somebody who may look into it.

        Only by whose it is: whoever could name an address could fetch anything from anywhere.
        """
        await self._view.admitted(room_id, session.user_id)
        profile = await self._view.profile(room_id, user_id)
        if not profile.is_member or not profile.avatar_url:
            return None
        return await self._avatars.of(profile.avatar_url)

    async def channels(self, session: Session) -> Mapping[str, Any]:
        """All voice channels of the user, and what rings them."""
        seen = await self._directory.seen_by(session.user_id, session.room_id)
        return seen.as_content()

    async def changes(self, session: Session, room_id: str) -> AsyncIterator[Told | None]:
        """The room now and after each change; None: nothing new, but still here.

        It ends with the session, or when they may no longer see the room.
        """
        shown, version = None, -1
        while True:
            version = await self._watch.changed(room_id, version, HEARTBEAT_S, self._store.version)
            if not await self._is_open(session):
                return
            try:
                now = await self._view.shown(room_id, session.user_id)
            except NotLetIn:
                return
            yield ("room", now) if now != shown else None
            shown = now
            await asyncio.sleep(GAP_S)

    async def all_changes(self, session: Session) -> AsyncIterator[Told | None]:
        """The channels now, and what changes of them; it ends with the session."""
        before, generation = None, -1
        loop = asyncio.get_running_loop()
        told_at = checked_at = loop.time()
        while True:
            generation = await self._directory.changed(generation)
            if loop.time() - checked_at > CHECKED_S:
                if not await self._is_open(session):
                    return
                checked_at = loop.time()
            now = await self._directory.seen_by(session.user_id, session.room_id)
            news = _news(before, now)
            for told in news:
                yield told
            is_due = loop.time() - told_at >= HEARTBEAT_S / 2
            if is_due and not news:
                yield None
            if is_due or news:
                told_at = loop.time()
            before = now
            await asyncio.sleep(LIST_GAP_S)

    async def _is_open(self, session: Session) -> bool:
        return await self._links.session(session.key, self._clock.now_ms()) is not None


def _news(before: Seen | None, now: Seen) -> list[Told]:
    """What to tell somebody who was told of `before`."""
    if before is None:
        return [("channels", now.as_content())]
    news: list[Told] = [
        ("channel", channel)
        for room_id, channel in now.channels.items()
        if before.channels.get(room_id) != channel
    ]
    gone = before.channels.keys() - now.channels.keys()
    news += [("removed", {"room_id": room_id}) for room_id in sorted(gone)]
    if before.rings != now.rings:
        news.append(("rings", {"rings": now.rings}))
    if before.missed != now.missed:
        news.append(("missed", {"missed": now.missed}))
    return news


def _bad(message: str) -> NotLetIn:
    return NotLetIn(Refusal("BAD_REQUEST", message))
