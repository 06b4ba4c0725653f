"""Is LiveKit well, and set up as it must be?"""

import time
import uuid
from collections.abc import Sequence
from datetime import timedelta

import aiohttp
from livekit import api

from haos_voice_bridge.adapters.livekit.server import TIMEOUT, LiveKitServer
from haos_voice_bridge.core.checkup import Finding
from haos_voice_bridge.errors import Rejected, Unavailable


class LiveKitCheckup:
    """Asks it; nothing is changed there."""

    def __init__(
        self,
        livekit: LiveKitServer,
        session: aiohttp.ClientSession,
        rpc_url: str,
        api_key: str,
        api_secret: str,
    ) -> None:
        self._livekit = livekit
        self._session = session
        self._url = rpc_url
        self._keys = api_key, api_secret

    async def answers(self) -> Sequence[Finding]:
        """It answers, and takes our key."""
        began = time.monotonic()
        try:
            await self._livekit.check()
        except Unavailable as error:
            return [
                Finding(
                    "error",
                    "LiveKit does not answer.",
                    "Is it running? Check livekit.url and livekit.api_url.",
                    str(error),
                )
            ]
        except Rejected as error:
            return [
                Finding(
                    "error",
                    "LiveKit refuses the key.",
                    "livekit.api_key and livekit.api_secret must be a pair from `keys` in its "
                    "configuration.",
                    str(error),
                )
            ]
        took = (time.monotonic() - began) * 1000
        return [Finding("ok", f"LiveKit answers and takes the key in {took:.0f} ms.")]

    async def opens_no_rooms(self) -> Sequence[Finding]:
        """Whether `room.auto_create` is off.

        LiveKit is asked to validate a token for a room that does not exist: it does what it would
        do at a connection, up to the question whether the room may be made, and makes none.
        """
        try:
            async with self._session.get(
                f"{self._url}/rtc/validate",
                headers={"Authorization": f"Bearer {self._token()}"},
                timeout=TIMEOUT,
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            text = "room.auto_create is not known: LiveKit does not answer."
            return [Finding("warning", text, detail=str(error))]
        if status == 404:
            return [Finding("ok", "LiveKit opens rooms for the bridge only.")]
        if status == 200:
            return [
                Finding(
                    "error",
                    "LiveKit opens a room for every token (room.auto_create).",
                    "Who was removed can bring a closed call back. Set room: {auto_create: false} "
                    "in its configuration, and restart it.",
                )
            ]
        text = f"room.auto_create is not known: LiveKit answered with HTTP {status}."
        return [Finding("warning", text, "Make sure that it is false in its configuration.")]

    def _token(self) -> str:
        name = f"haos-voice-bridge-doctor-{uuid.uuid4()}"
        grants = api.VideoGrants(
            room_join=True,
            room=name,
            can_publish=False,
            can_subscribe=False,
            can_publish_data=False,
        )
        return (
            api.AccessToken(*self._keys)
            .with_identity("doctor")
            .with_ttl(timedelta(seconds=10))
            .with_grants(grants)
            .to_jwt()
        )
