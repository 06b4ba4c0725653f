"""LiveKit's webhooks as the token service reads them: who came, who went, which room is gone."""

import logging
from collections.abc import Callable

from aiohttp import web
from livekit import api

from haos_voice_bridge.token_service.jobs import Arrived, Departed, Event

logger = logging.getLogger(__name__)

Told = Callable[[str, str, Event], None]
"""Called with LiveKit's room and identity."""


class CallWebhooks:
    """`POST /sfu_webhook`. Always 200, as the original: LiveKit is not to send it again."""

    def __init__(
        self, api_key: str, api_secret: str, told: Told, closed: Callable[[str], None]
    ) -> None:
        self._receiver = api.WebhookReceiver(api.TokenVerifier(api_key, api_secret))
        self._told = told
        self._closed = closed

    async def handle(self, request: web.Request) -> web.Response:
        """The route's handler."""
        signature = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:  # the SDK raises bare Exception, and PyJWT its own
            event = self._receiver.receive((await request.read()).decode(), signature)
        except Exception as error:  # noqa: BLE001 (see above)
            logger.warning("a webhook is ignored: %s", type(error).__name__)
            return web.Response()
        self.event(event)
        return web.Response()

    def event(self, event: api.WebhookEvent) -> None:
        """A webhook that was checked."""
        who = event.participant
        match event.event:
            case "participant_joined":
                self._told(event.room.name, who.identity, Arrived(who.sid))
            case "participant_left" | "participant_connection_aborted":
                self._told(event.room.name, who.identity, Departed(who.sid))
            case "room_finished":
                self._closed(event.room.name)
            case _:
                pass
