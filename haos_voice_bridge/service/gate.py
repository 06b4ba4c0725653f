"""Who gets a token of the token service: the rules of the room's call, at every mint."""

from haos_voice_bridge.allowance import Allowance
from haos_voice_bridge.core.ids import CALL_SLOT, DEVICE_LIMIT, identity_of, is_device
from haos_voice_bridge.core.request import Refusal
from haos_voice_bridge.errors import NotLetIn
from haos_voice_bridge.ports import Clock, Identities, Store
from haos_voice_bridge.service.entry import Entry
from haos_voice_bridge.service.identities import KEPT_MS
from haos_voice_bridge.token_service.gates import OpenGate
from haos_voice_bridge.token_service.ports import Admission, Ask
from haos_voice_bridge.token_service.refused import Refused, bad_json, too_many

REQUESTS = 60
"""A minute of one user: each costs the homeserver questions, whatever the answer is. A room has its
own, smaller limit for tokens."""


class RoomGate:
    """Asks the rules in the bot's rooms; elsewhere it is as open as `elsewhere` says."""

    def __init__(
        self, store: Store, entry: Entry, identities: Identities, clock: Clock, elsewhere: OpenGate
    ) -> None:
        """`elsewhere` names the servers whose users may call where the bot is not."""
        self._store = store
        self._entry = entry
        self._identities = identities
        self._clock = clock
        self._elsewhere = elsewhere
        self._allowance = Allowance(REQUESTS, clock)

    async def admit(self, ask: Ask) -> Admission:
        """Let in; a place in the call is kept as for any other token.

        Raises:
            Refused: 403, 429 for too many requests, or 503 while calls are paused.
            Unavailable: The homeserver or the database does not answer.
        """
        if wait_ms := self._allowance.wait_ms(ask.user_id):
            raise too_many(wait_ms)
        self._allowance.spend(ask.user_id)
        if (await self._store.load(ask.room_id)).bot != "joined":
            return self._outside(ask)
        if ask.slot_id != CALL_SLOT:
            raise _forbidden("This room has one call, in the slot m.call#ROOM.")
        if not ask.device_id:  # the identity would be one that the rules cannot read
            raise bad_json("Missing device_id parameter")
        if not is_device(ask.device_id):
            raise bad_json(f"A device's ID has no colon, and {DEVICE_LIMIT} characters at most")
        try:
            if not ask.enters:
                await self._entry.may_stay(ask.room_id, ask.user_id)
                return Admission(full_access=True)
            return await self._enter(ask)
        except NotLetIn as error:
            raise _refused(error.refusal) from error

    def _outside(self, ask: Ask) -> Admission:
        if self._elsewhere.has_full_access(ask.server_name):
            return Admission(full_access=True)
        raise _forbidden("This room's calls are not served here.")

    async def _enter(self, ask: Ask) -> Admission:
        now = self._clock.now_ms()
        cause = f"openid:{ask.identity}:{now}"
        admit = await self._entry.admission(
            ask.room_id,
            ask.user_id,
            ask.device_id,
            cause,
            rings_itself=True,
            hands_over=ask.hands_over,
        )
        if ask.identity != identity_of(ask.user_id, ask.device_id):
            # Before the token is out: whoever comes under this name is known by then.
            await self._identities.remember(
                ask.room_id,
                ask.identity,
                user_id=ask.user_id,
                device_id=ask.device_id,
                until=now + KEPT_MS,
            )
        return Admission(full_access=True, sources=admit.sources, can_hear=admit.can_hear)


def _refused(refusal: Refusal) -> Refused:
    if refusal.code == "RATE_LIMITED":
        return too_many(refusal.retry_after_ms)
    if refusal.code == "SFU_UNAVAILABLE":
        return Refused(503, "M_UNKNOWN", refusal.message)
    return _forbidden(refusal.message)


def _forbidden(message: str) -> Refused:
    return Refused(403, "M_FORBIDDEN", message)
