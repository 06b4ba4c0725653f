"""Calls a device over from the call of one room to that of another (docs/protocol.md, “Moves”)."""

import json
from collections.abc import Awaitable, Callable

from haos_voice_bridge.core.effects import PushToken, TellRoom
from haos_voice_bridge.core.events import MoveNews
from haos_voice_bridge.core.grants import Grant
from haos_voice_bridge.core.rules.moves import told_of_move
from haos_voice_bridge.errors import Rejected
from haos_voice_bridge.ports import Access, Clock, MediaServer, TokenMaker

TOPIC = "io.haos.voice.move"


class Mover:
    """Mints and pushes; may be done twice: the device gets two tokens and needs one."""

    def __init__(
        self,
        media: MediaServer,
        tokens: TokenMaker,
        clock: Clock,
        tell: Callable[[str, TellRoom], Awaitable[None]],
    ) -> None:
        """`tell(room_id, note)` stores a room's note for another room."""
        self._media = media
        self._tokens = tokens
        self._clock = clock
        self._tell = tell

    async def push(self, room_id: str, effect: PushToken) -> None:
        """Hand a token for this room to the device, through its call in the other room.

        Raises:
            Unavailable: The SFU does not answer, and the decision is not stale yet.
        """
        if self._clock.now_ms() > effect.until:
            reason = "the call server does not answer. Try again in a moment."
            await self._say(room_id, effect, "failed", reason)
            return
        try:
            await self._media.open_room(room_id)
            access = Access(
                room_id=room_id,
                identity=effect.hashed or effect.identity,
                name=effect.name,
                grant=Grant(effect.sources, effect.can_hear),
                call_id=effect.call_id,
                media_encryption=effect.encrypts,
            )
            token = self._tokens.open_token(access)
            packet = json.dumps({"room_id": room_id, "name": effect.room_name, **token})
            await self._media.send_data(
                effect.from_room_id, effect.identity, TOPIC, packet.encode()
            )
        except Rejected as error:
            await self._say(room_id, effect, "failed", f"the call server refuses it ({error}).")
            return
        await self._say(room_id, effect, "pushed")

    async def _say(self, room_id: str, effect: PushToken, news: MoveNews, reason: str = "") -> None:
        note = told_of_move(effect.from_room_id, effect.identity, effect.key, news, reason)
        await self._tell(room_id, note)
