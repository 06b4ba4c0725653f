"""Runs a command: finds out what it asks, and gives what it wants done."""

from dataclasses import replace

from haos_voice_bridge import commands
from haos_voice_bridge.commands import questions
from haos_voice_bridge.core.call import Active, Room
from haos_voice_bridge.core.events import CommandGiven
from haos_voice_bridge.core.limits import counted
from haos_voice_bridge.service.world import Settings, World

TYPED = 20
TYPED_MS = 60_000
"""At most so many commands in this time, per user and room."""


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
        user_id, now = given.standing.user_id, self._world.clock.now_ms()
        if not given.is_addressed and room.direct != user_id:
            return room, ()
        typed, spent = counted(room.typed, user_id, now, limit=TYPED, span_ms=TYPED_MS)
        room = replace(room, typed=typed)
        request = commands.Request(
            room=room,
            given=given,
            now=now,
            bot_user_id=self._settings.bot_user_id,
            prefix=self._settings.site.prefix,
            admins=self._settings.admins,
            site=self._settings.site,
        )
        if spent > TYPED:
            return room, commands.too_many(request) if spent == TYPED + 1 else ()
        return room, await self._carry_out(commands.run(request))

    async def _carry_out(self, steps: commands.Steps) -> tuple[commands.Answer, ...]:
        try:
            question = next(steps)
            while True:
                question = steps.send(await self._answer(question))
        except StopIteration as done:
            return tuple(done.value)

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
