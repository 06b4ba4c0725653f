"""A user's direct chat with the bot: found, or made."""

import hashlib
from typing import Protocol

from haos_voice_bridge.errors import Rejected
from haos_voice_bridge.ports import MatrixBot, RoomFacts, Store

ALIASES = 5
"""How often a user may throw the bot out of their chat and still get a new one."""


class Directs(Protocol):
    """Where the bot talks to a user alone."""

    async def room_of(self, user_id: str) -> str:
        """The room, made if there is none, with the user in it or invited."""


class MadeDirects:
    """Makes the chat once a user: its alias, derived from the user, is taken the second time."""

    def __init__(self, bot: MatrixBot, store: Store, facts: RoomFacts) -> None:
        self._bot = bot
        self._store = store
        self._facts = facts

    async def room_of(self, user_id: str) -> str:
        """The room, made if there is none, with the user in it or invited.

        Raises:
            Unavailable: The homeserver or the database does not answer.
            Rejected: The user cannot be invited.
        """
        known = await self._store.direct_room(user_id)
        room_id = known if known is not None else await self._made(user_id)
        membership = (await self._facts.standing(room_id, user_id)).membership
        if membership not in {"join", "invite"}:
            await self._bot.invite(room_id, user_id)
        return room_id

    async def _made(self, user_id: str) -> str:
        name = hashlib.sha256(user_id.encode()).hexdigest()[:16]
        for number in range(ALIASES):
            suffix = f"-{number + 1}" if number else ""
            room_id = await self._bot.make_direct(user_id, f"voice-dm-{name}{suffix}")
            if room_id in await self._facts.joined_rooms():
                return room_id
            # A chat that the bot was thrown out of still has its alias.
        raise Rejected("the direct chats with this user were all closed by them")
