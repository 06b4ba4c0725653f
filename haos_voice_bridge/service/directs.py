"""A user's direct chat with the bot: found, or made."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Protocol

from haos_voice_bridge.ports import MatrixBot, NewArrival, Store


class Directs(Protocol):
    """Where the bot talks to a user alone."""

    async def room_of(self, user_id: str) -> str:
        """The room, made if there is none."""


class MadeDirects:
    """Makes the chat once a user: its alias, derived from the user, is taken the second time."""

    def __init__(
        self,
        bot: MatrixBot,
        store: Store,
        arrived: Callable[[list[NewArrival]], Awaitable[None]],
    ) -> None:
        self._bot = bot
        self._store = store
        self._arrived = arrived

    async def room_of(self, user_id: str) -> str:
        """The room, made if there is none."""
        known = await self._store.direct_room(user_id)
        if known is not None:
            return known
        name = hashlib.sha256(user_id.encode()).hexdigest()[:16]
        room_id = await self._bot.make_direct(user_id, f"voice-dm-{name}")
        note = {"kind": "direct_made", "user_id": user_id}
        await self._arrived([NewArrival(f"direct:{room_id}", room_id, "internal", note)])
        return room_id
