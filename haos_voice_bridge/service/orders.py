"""What people order in a room by a button of the web client: decided and saved at once.

By the rules of the typed commands, and as events of the room: only the answer takes another way.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from haos_voice_bridge.commands.command import Answer
from haos_voice_bridge.commands.orders import Action, Order
from haos_voice_bridge.core.call import Active, Room
from haos_voice_bridge.core.effects import Effect
from haos_voice_bridge.core.events import CommandGiven, RingDeclined
from haos_voice_bridge.core.ids import parse_identity
from haos_voice_bridge.core.request import Refusal
from haos_voice_bridge.core.step import step
from haos_voice_bridge.errors import NotLetIn, Overtaken
from haos_voice_bridge.service.commander import Commander
from haos_voice_bridge.service.world import Settings, World

logger = logging.getLogger(__name__)

TRIES = 8
"""The room's own lane, or another bridge, may save it between our look and our save."""
T = TypeVar("T")


class Orders:
    """Moderation, and declining a call."""

    def __init__(
        self, world: World, settings: Settings, saved: Callable[[Room, Sequence[Effect]], None]
    ) -> None:
        """`saved(room, effects)` is called with what was saved and is owed now."""
        self._world = world
        self._site = settings.site
        self._saved = saved
        self._commander = Commander(world, settings)

    async def moderate(
        self, room_id: str, by: str, identity: str, action: Action, to: str, cause: str = ""
    ) -> bool:
        """Do it to the devices of a participant's user; False: it was so already.

        Raises:
            NotLetIn: By the rules.
        """
        cause = cause or f"http:{secrets.token_hex(12)}"
        return await self._while_overtaken(
            lambda: self._moderate_once(room_id, by, identity, action, to, cause)
        )

    async def decline(self, room_id: str, user_id: str) -> bool:
        """Decline the call that rings the user there; False: none does."""
        return await self._while_overtaken(lambda: self._decline_once(room_id, user_id))

    async def _moderate_once(
        self, room_id: str, by: str, identity: str, action: Action, to: str, cause: str
    ) -> bool:
        before = await self._world.store.load(room_id)
        user_id = _user_of(before, identity)
        if user_id is None:
            raise NotLetIn(Refusal("NOT_IN_CALL", "Nobody of that name is in the call."))
        asker = await self._world.facts.standing(room_id, by)
        who = await self._world.facts.standing(room_id, user_id)
        given = CommandGiven(cause, action, asker)
        room, outcome = await self._commander.order(before, given, Order(action, who, to))
        refusal = outcome if isinstance(outcome, Refusal) else None
        answers = () if isinstance(outcome, Refusal) else outcome
        await self._save(before, room, answers)
        if refusal is not None:
            logger.info("%s may not %s %s in %s: %s", by, action, user_id, room_id, refusal.code)
            raise NotLetIn(refusal)
        if answers:
            where = f" to {to}" if to else ""
            logger.info("%s: %s %s in %s%s", by, action, user_id, room_id, where)
        return bool(answers)

    async def _decline_once(self, room_id: str, user_id: str) -> bool:
        room = await self._world.store.load(room_id)
        if not isinstance(room.call, Active) or room.call.ringing(user_id) is None:
            return False
        await self._save(room, room, (RingDeclined(user_id, self._world.clock.now_ms()),))
        return True

    async def _save(self, before: Room, room: Room, answers: Sequence[Answer]) -> None:
        now = self._world.clock.now_ms()
        owed: list[Effect] = []
        for answer in answers:
            if isinstance(answer, Effect):
                owed.append(answer)
            else:
                room, more = step(room, answer, now, self._site)
                owed += more
        if room != before or owed:
            await self._world.store.save(room, owed, now)
            self._saved(room, owed)

    async def _while_overtaken(self, attempt: Callable[[], Awaitable[T]]) -> T:
        for _ in range(TRIES - 1):
            try:
                return await attempt()
            except Overtaken:
                continue
        return await attempt()


def _user_of(room: Room, identity: str) -> str | None:
    """Whose device it is: of somebody in the call, or by its name."""
    if isinstance(room.call, Active):
        lost = room.call.lost(identity)
        here = room.call.called(identity) or (lost.participant if lost else None)
        if here is not None:
            return here.user_id
    parsed = parse_identity(identity)
    return parsed[0] if parsed else None
