"""The answer to a request to join: a sealed token, or why not."""

from collections.abc import Awaitable, Callable, Mapping

from haos_voice_bridge.core.admission import refuse
from haos_voice_bridge.core.effects import Admit, Content, Refuse
from haos_voice_bridge.core.grants import Grant
from haos_voice_bridge.core.ids import identity_of
from haos_voice_bridge.core.request import SFU_DOWN, JoinRequest
from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.ports import (
    Access,
    Clock,
    MatrixBot,
    MediaServer,
    NewArrival,
    Owed,
    TokenMaker,
)

TOKEN = "io.haos.voice.token"  # noqa: S105 (the type of an event)
SFU_TRIES = 3
"""A device waits for its answer: after so many tries it hears that the SFU is down."""
REQUEST_LIFE_MS = 60_000
"""A request older than this has nobody waiting for its answer any more."""


class Answers:
    """Answers by state event or to-device, as the request asks for."""

    def __init__(
        self,
        bot: MatrixBot,
        media: MediaServer,
        tokens: TokenMaker,
        clock: Clock,
        arrived: Callable[[list[NewArrival]], Awaitable[None]],
    ) -> None:
        self._bot = bot
        self._media = media
        self._tokens = tokens
        self._clock = clock
        self._arrived = arrived

    async def admit(self, owed: Owed, effect: Admit) -> None:
        """Hand over a token, or let the request be judged anew if it had to wait too long.

        Raises:
            Unavailable: The SFU does not answer, and the device can still wait.
        """
        now = self._clock.now_ms()
        if now > effect.until:
            # Rights may have changed while the outbox was held up: ask again, or let it go.
            if now - effect.request.asked_ts < REQUEST_LIFE_MS:
                await self._arrived([_again(owed, effect.request)])
            return
        request = effect.request
        try:
            await self._media.open_room(owed.room_id)
        except Unavailable:
            is_late = self._clock.now_ms() > effect.until
            if owed.attempts + 1 < SFU_TRIES and not is_late:
                raise
            await self.refuse(owed.room_id, refuse(request, SFU_DOWN))
            return
        access = Access(
            room_id=owed.room_id,
            identity=identity_of(request.user_id, request.device_id),
            name=effect.name,
            grant=Grant(effect.sources, effect.can_hear),
            call_id=effect.call_id,
            media_encryption=effect.encrypts,
        )
        sealed = self._tokens.sealed_token(access, request.public_key)
        answer = {"expires_ts": sealed.expires_ts, "token": sealed.jwe}
        await self._hand_over(owed.room_id, request, answer, effect.key)

    async def refuse(self, room_id: str, effect: Refuse) -> None:
        """Say why not."""
        request = JoinRequest(
            cause=effect.key,
            request_id=effect.request_id,
            user_id=effect.user_id,
            device_id=effect.device_id,
            asked_ts=0,
            public_key={},
            reply="to_device" if effect.to_device else "state",
        )
        error = {"error": effect.refusal.as_content()}
        await self._hand_over(room_id, request, error, effect.key)

    async def _hand_over(
        self, room_id: str, request: JoinRequest, answer: Mapping[str, object], key: str
    ) -> None:
        about = {"request_id": request.request_id, "device_id": request.device_id}
        content: Content = {**about, **answer}
        if request.reply == "to_device":
            content = {"room_id": room_id, **content}
            await self._bot.send_to_device(request.user_id, request.device_id, TOKEN, content, key)
        else:
            await self._bot.set_state(room_id, TOKEN, f"_{request.user_id}", content)


def _again(owed: Owed, request: JoinRequest) -> NewArrival:
    return NewArrival(
        key=f"again:{owed.effect.key}:{owed.seq}",
        room_id=owed.room_id,
        source="internal",
        payload={
            "kind": "join_again",
            # The first answer is still in the outbox under the old cause.
            "cause": f"{request.cause}~",
            "request_id": request.request_id,
            "user_id": request.user_id,
            "device_id": request.device_id,
            "asked_ts": request.asked_ts,
            "public_key": dict(request.public_key),
            "reply": request.reply,
            "encrypts": request.encrypts,
        },
    )
