"""Who gets a token of the token service: the rules of the room's call, at every mint."""

from haos_voice_bridge.core.admission import judge, refusal_for
from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.effects import Admit, Refuse
from haos_voice_bridge.core.events import JoinRequested
from haos_voice_bridge.core.ids import CALL_SLOT
from haos_voice_bridge.core.permissions import Standing
from haos_voice_bridge.core.request import JoinRequest, Refusal
from haos_voice_bridge.core.site import Site
from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.ports import Clock, RoomFacts, Store
from haos_voice_bridge.service.draining import site_now
from haos_voice_bridge.token_service.gates import OpenGate
from haos_voice_bridge.token_service.ports import Admission, Ask
from haos_voice_bridge.token_service.refused import Refused, bad_json

TRIES = 5
"""The room's own lane may save it first."""


class RoomGate:
    """Asks the rules in the bot's rooms; elsewhere it is as open as `elsewhere` says."""

    def __init__(self, store: Store, facts: RoomFacts, clock: Clock, elsewhere: OpenGate) -> None:
        """`elsewhere` names the servers whose users may call where the bot is not."""
        self._store = store
        self._facts = facts
        self._clock = clock
        self._elsewhere = elsewhere

    async def admit(self, ask: Ask) -> Admission:
        """Let in; a place in the call is kept as for any other token.

        Raises:
            Refused: 403, 429 for too many requests, or 503 while calls are paused.
            Unavailable: The homeserver or the database does not answer.
        """
        for tries_left in reversed(range(TRIES)):
            room = await self._store.load(ask.room_id)
            if room.bot != "joined":
                return self._outside(ask)
            if ask.slot_id != CALL_SLOT:
                raise _forbidden("This room has one call, in the slot m.call#ROOM.")
            if not ask.device_id:  # the identity would be one that the rules cannot read
                raise bad_json("Missing device_id parameter")
            standing = await self._facts.standing(ask.room_id, ask.user_id)
            if not ask.enters:
                if (refusal := refusal_for(room, standing)) is not None:
                    raise _refused(refusal)
                return Admission(full_access=True)
            try:
                return await self._judge(room, ask, standing)
            except Unavailable:
                if not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")  # pragma: no cover

    def _outside(self, ask: Ask) -> Admission:
        if self._elsewhere.has_full_access(ask.server_name):
            return Admission(full_access=True)
        raise _forbidden("This room's calls are not served here.")

    async def _judge(self, room: Room, ask: Ask, standing: Standing) -> Admission:
        now = self._clock.now_ms()
        request = JoinRequest(
            cause=f"openid:{ask.identity}:{now}",
            request_id="",
            user_id=ask.user_id,
            device_id=ask.device_id,
            asked_ts=now,
            public_key={},  # the answer is not sealed: it goes back over the same connection
        )
        site = await site_now(Site(""), self._store)
        after, effects = judge(room, JoinRequested(request, standing), now, site)
        if after != room:
            await self._store.save(after, (), now)
        match effects:
            case (Admit(sources=sources, can_hear=can_hear),):
                return Admission(full_access=True, sources=sources, can_hear=can_hear)
            case (Refuse(refusal=refusal),):
                raise _refused(refusal)
            case _:  # no answer is what too many requests get in the room's state
                raise _refused(Refusal("RATE_LIMITED", "Too many requests. Wait a minute.", 60_000))


def _refused(refusal: Refusal) -> Refused:
    if refusal.code == "RATE_LIMITED":
        wait_ms = refusal.retry_after_ms
        return Refused(429, "M_LIMIT_EXCEEDED", refusal.message, retry_after_ms=wait_ms)
    if refusal.code == "SFU_UNAVAILABLE":
        return Refused(503, "M_UNKNOWN", refusal.message)
    return _forbidden(refusal.message)


def _forbidden(message: str) -> Refused:
    return Refused(403, "M_FORBIDDEN", message)
