"""Who is in which room, kept: asking the homeserver anew for each reader would cost too much.

Whatever changes who is in a room is an event that the room's lane saves, so a room of the same
version has the same members; and this process forgets at once what it hears has changed.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from haos_voice_bridge.core.permissions import Standing
from haos_voice_bridge.ports import Members, RoomFacts

FRESH_S = 5.0
"""A busy room gets a new version all the time: it is asked anew this often at most."""
LONGEST_S = 600.0
KEPT = 10_000
AT_ONCE = 8
"""Questions to the homeserver at the same time."""


@dataclass(frozen=True, slots=True)
class _Read:
    members: Members
    version: int
    at: float


class Membership:
    """Asks once for all who want to know."""

    def __init__(self, facts: RoomFacts) -> None:
        self._facts = facts
        self._known: dict[str, _Read] = {}
        self._asking: dict[str, asyncio.Future[Members]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    def forget(self, room_ids: Iterable[str]) -> None:
        """The members of these rooms changed just now."""
        for room_id in room_ids:
            self._known.pop(room_id, None)
            self._asking.pop(room_id, None)  # its answer may be from before

    def known(self, room_id: str, version: int) -> Members | None:
        """The members, if they need not be asked for; `version`: the room's."""
        read = self._known.get(room_id)
        if read is None:
            return None
        age = asyncio.get_running_loop().time() - read.at
        lasts = LONGEST_S if read.version == version else FRESH_S
        return read.members if age < lasts else None

    async def of(self, room_id: str, version: int) -> Members:
        """The members of a room."""
        if (known := self.known(room_id, version)) is not None:
            return known
        asking = self._asking.get(room_id)
        if asking is None:
            asking = asyncio.ensure_future(self._ask(room_id, version))
            self._asking[room_id] = asking
            asking.add_done_callback(lambda done: self._asked(room_id, done))
        return await asyncio.shield(asking)

    def _asked(self, room_id: str, done: asyncio.Future[Members]) -> None:
        if self._asking.get(room_id) is done:
            del self._asking[room_id]
        if not done.cancelled():
            done.exception()  # whoever still waits has got it

    async def _ask(self, room_id: str, version: int) -> Members:
        mine = asyncio.current_task()
        async with self._slots:
            at = asyncio.get_running_loop().time()
            members = await self._facts.members(room_id)
        if self._asking.get(room_id) is mine:
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[room_id] = _Read(members, version, at)
        return members


def standing_of(members: Members, user_id: str) -> Standing | None:
    """What a member is; None: they are not in the room."""
    profile = members.people.get(user_id)
    if profile is None:
        return None
    role = members.role(user_id)
    return Standing(user_id, profile.name, "join", role, members.levels)
