"""LiveKit's rooms and participants by LiveKit's own names, for the token service."""

import time
from collections import OrderedDict
from collections.abc import Callable

import aiohttp
from livekit import api

from haos_voice_bridge.adapters.livekit.server import TIMEOUT, livekit_errors

EMPTY_TIMEOUT_S = 300
DEPARTURE_TIMEOUT_S = 20
"""Both as lk-jwt-service has them."""
TRUSTED_S = 5.0
"""A room that was there so lately is not made again: it is there for as long as DEPARTURE_TIMEOUT_S
after its last participant left, which leaves 15 s to connect."""
REMEMBERED = 10_000


class LiveKitCallRooms:
    """RoomService."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        rpc_url: str,
        api_key: str,
        api_secret: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rooms = api.LiveKitAPI(
            rpc_url, api_key, api_secret, session=session, timeout=TIMEOUT, failover=False
        ).room
        self._clock = clock
        self._seen: OrderedDict[str, float] = OrderedDict()

    async def ensure(self, alias: str) -> None:
        """Make the room if it is not there."""
        if self._clock() - self._seen.get(alias, -TRUSTED_S) < TRUSTED_S:
            return
        moment = self._clock()
        async with livekit_errors():
            await self._rooms.create_room(
                api.CreateRoomRequest(
                    name=alias,
                    empty_timeout=EMPTY_TIMEOUT_S,
                    departure_timeout=DEPARTURE_TIMEOUT_S,
                )
            )
        self._seen.pop(alias, None)
        self._seen[alias] = moment
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def closed(self, alias: str) -> None:
        """LiveKit says that the room is gone."""
        self._seen.pop(alias, None)

    async def participant(self, alias: str, identity: str) -> str | None:
        """The connection of a participant; None: it is not there."""
        sid: list[str] = []
        async with livekit_errors(absent_is_fine=True):
            found = await self._rooms.get_participant(
                api.RoomParticipantIdentity(room=alias, identity=identity)
            )
            if found.state != api.ParticipantInfo.State.DISCONNECTED:
                sid.append(found.sid)
        return sid[0] if sid else None
