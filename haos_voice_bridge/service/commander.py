"""Runs a command: finds out what it asks, and gives what it wants done."""

from dataclasses import replace
from typing import TypeVar, cast

from haos_voice_bridge import commands
from haos_voice_bridge.commands import orders, questions
from haos_voice_bridge.core.call import Active, Room
from haos_voice_bridge.core.events import CommandGiven
from haos_voice_bridge.core.limits import counted, wait_ms
from haos_voice_bridge.core.request import Refusal
from haos_voice_bridge.service.world import Settings, World

TYPED = 20
TYPED_MS = 60_000
"""At most so many commands in this time, per user and room."""


T = TypeVar("T")


class Commander:
    """Between the pure commands and the world."""

    def __init__(self, world: World, settings: Settings) -> None:
        self._world = world
        self._settings = settings

    async def run(
        self, room: Room, given: CommandGiven
    ) -> tuple[Room, tuple[commands.Answer, ...]]:
        """The room, with the command counted, and what is to be done.

        Raises:
            Unavailable: Somebody whom the command asks does not answer.
        """
        if not given.is_addressed and room.direct != given.standing.user_id:
            return room, ()
        room, spent = self._counted(room, given)
        request = self._request(room, given)
        if spent > TYPED:
            return room, commands.too_many(request) if spent == TYPED + 1 else ()
        return room, tuple(await self._asked(commands.run(request)))

    async def order(
        self, room: Room, given: CommandGiven, order: orders.Order
    ) -> tuple[Room, tuple[commands.Answer, ...] | Refusal]:
        """The same for what a moderator orders by a button; `given` says who and when."""
        room, spent = self._counted(room, given)
        if spent > TYPED:
            wait = wait_ms(room.typed, given.standing.user_id, self._now(), span_ms=TYPED_MS)
            return room, Refusal("RATE_LIMITED", "Too many orders. Wait a little.", wait)
        return room, await self._asked(orders.run(self._request(room, given), order))

    def _counted(self, room: Room, given: CommandGiven) -> tuple[Room, int]:
        user_id = given.standing.user_id
        typed, spent = counted(room.typed, user_id, self._now(), limit=TYPED, span_ms=TYPED_MS)
        return replace(room, typed=typed), spent

    def _now(self) -> int:
        return self._world.clock.now_ms()

    def _request(self, room: Room, given: CommandGiven) -> commands.Request:
        return commands.Request(
            room=room,
            given=given,
            now=self._now(),
            bot_user_id=self._settings.bot_user_id,
            prefix=self._settings.site.prefix,
            admins=self._settings.admins,
            site=self._settings.site,
        )

    async def _asked(self, steps: questions.Asking[T]) -> T:
        try:
            question = next(steps)
            while True:
                question = steps.send(await self._answer(question))
        except StopIteration as done:
            return cast("T", done.value)

    async def _answer(  # noqa: PLR0911 (one a question)
        self, question: questions.Question[object]
    ) -> object:
        facts, store = self._world.facts, self._world.store
        match question:
            case questions.People():
                return tuple(await facts.everybody(question.room_id))
            case questions.StandingIn():
                return await facts.standing(question.room_id, question.user_id)
            case questions.PastCalls():
                return tuple(await store.past_calls(question.room_id, question.limit))
            case questions.QuietAmong():
                return frozenset(await self._world.people.quiet_among(question.user_ids))
            case questions.CallMember():
                return await facts.call_member(
                    question.room_id, question.user_id, question.device_ids
                )
            case questions.RingingFor():
                return await self._ringing_for(question.user_id)
            case questions.RoomOfAlias():
                return await facts.room_of_alias(question.alias)
            case questions.StateEvent():
                return await facts.state_event(
                    question.room_id, question.event_type, question.state_key
                )
            case questions.Rooms():
                return tuple(await store.known_rooms())
            case questions.Flag():
                return await store.flag(question.name)
            case _:
                raise TypeError(f"nobody answers {type(question).__name__}")

    async def _ringing_for(self, user_id: str) -> tuple[Room, ...]:
        store = self._world.store
        rooms = [await store.load(room_id) for room_id in await store.active_rooms()]
        return tuple(
            room
            for room in rooms
            if isinstance(room.call, Active) and room.call.ringing(user_id) is not None
        )
