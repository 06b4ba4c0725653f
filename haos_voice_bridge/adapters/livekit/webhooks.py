"""LiveKit's webhooks: checked, stored, then acknowledged. They are hints, see core/reconcile.py."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from aiohttp import web
from livekit import api

from haos_voice_bridge.core.events import Departure, ParticipantJoined, ParticipantLeft
from haos_voice_bridge.core.hints import Hint, Recount, WithStanding
from haos_voice_bridge.core.ids import identity_of, parse_identity
from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.ports import Arrival, NewArrival

logger = logging.getLogger(__name__)

Device = tuple[str, str]
"""`(user_id, device_id)`."""
Devices = Callable[[str, Collection[str]], Awaitable[Mapping[str, Device]]]

PATH = "/livekit/webhook"
CLOCK_SLACK_MS = 2_500
"""LiveKit stamps webhooks in whole seconds; an event told this promptly happened when it came."""

KEEP_REFUSED = 1_000

_WILFUL = frozenset({api.DisconnectReason.CLIENT_INITIATED})
_REMOVED = frozenset({api.DisconnectReason.PARTICIPANT_REMOVED})
_RECOUNTED = frozenset({"track_published", "track_unpublished", "room_finished"})


class Webhooks:
    """The route that LiveKit calls."""

    def __init__(  # noqa: PLR0913, PLR0917 (what it tells, and whom)
        self,
        api_key: str,
        api_secret: str,
        room_of: Callable[[str], Awaitable[str | None]],
        accept: Callable[[list[NewArrival]], Awaitable[None]],
        lost: Callable[[], Awaitable[None]],
        devices: Devices,
        told: Callable[[api.WebhookEvent], None] = lambda _: None,
    ) -> None:
        """Wire the route.

        Args:
            api_key: Whose signature counts.
            api_secret: Its secret.
            room_of: The Matrix room of a LiveKit room's name, if it is one of ours.
            accept: Returns once the arrivals are on disk.
            lost: Called when LiveKit says that it dropped webhooks.
            devices: Whose the hashed identities of a room are, of those that are known.
            told: Called with each, of whatever room.
        """
        self._receiver = api.WebhookReceiver(api.TokenVerifier(api_key, api_secret))
        self._room_of = room_of
        self._accept = accept
        self._lost = lost
        self._devices = devices
        self._told = told
        self._refused: dict[str, api.WebhookEvent] = {}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add `POST /livekit/webhook`."""
        router.add_post(PATH, self._webhook)

    async def _webhook(self, request: web.Request) -> web.Response:
        try:
            body = (await request.read()).decode()
        except UnicodeDecodeError as error:
            raise web.HTTPBadRequest(text="the body is not UTF-8") from error
        signature = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:  # the SDK raises bare Exception, and PyJWT its own
            event = self._receiver.receive(body, signature)
        except Exception as error:
            logger.warning("a webhook's signature is wrong: %s", type(error).__name__)
            raise web.HTTPUnauthorized(text="signature wrong") from error
        self._told(event)
        try:
            await self._take(event)
        except Unavailable:
            self._keep(event)
            raise
        return web.Response()

    def _keep(self, event: api.WebhookEvent) -> None:
        """LiveKit gives up after 15 s: who left by their own will would then seem to be lost.

        In memory only, and only so many: a recount finds out the rest.
        """
        if len(self._refused) < KEEP_REFUSED:
            self._refused.setdefault(event.id, event)

    async def take_refused(self) -> None:
        """What had to be refused, once it can be stored."""
        for event in list(self._refused.values()):
            await self._take(event)
            del self._refused[event.id]

    async def _take(self, event: api.WebhookEvent) -> None:
        room_id = await self._room_of(event.room.name)
        if room_id is not None and event.id:
            key = f"livekit:{event.id}"
            kept = _kept(event, await self._device(room_id, event.participant.identity))
            await self._accept([NewArrival(key, room_id, "livekit", kept)])
        if event.num_dropped > 0:
            await self._lost()

    async def _device(self, room_id: str, identity: str) -> Device | None:
        """Asked now, not when it is handled: nobody remembers a hashed identity for ever."""
        if not identity or parse_identity(identity) is not None:
            return None
        return (await self._devices(room_id, [identity])).get(identity)


def _kept(event: api.WebhookEvent, device: Device | None = None) -> dict[str, Any]:
    """What is stored of a webhook; `device`: whose identity it tells of."""
    who = event.participant
    named = {} if device is None else {"user_id": device[0], "device_id": device[1]}
    return {
        **named,
        "event": event.event,
        "created_ts": event.created_at * 1000,
        "identity": who.identity,
        "sid": who.sid,
        "joined_ts": who.joined_at_ms or who.joined_at * 1000,
        "is_person": who.kind == api.ParticipantInfo.Kind.STANDARD and not who.permission.hidden,
        "disconnect_reason": int(who.disconnect_reason),
    }


def webhook(arrival: Arrival) -> Hint | None:
    """Read a stored webhook."""
    said = arrival.payload
    if said["event"] in _RECOUNTED:
        return Recount()
    name, sid = said["identity"], said["sid"]
    if not said["is_person"]:
        return None
    who = (said["user_id"], said["device_id"]) if "user_id" in said else parse_identity(name)
    if who is None:  # a stranger, if it is anybody: the recount sees to it
        return Recount() if said["event"] == "participant_joined" else None
    identity = identity_of(*who)
    hashed = "" if name == identity else name
    match said["event"]:
        case "participant_joined":
            user_id, device_id = who
            at = said["joined_ts"] or arrival.received_ts
            return WithStanding(
                user_id,
                lambda standing: ParticipantJoined(
                    identity, sid, user_id, device_id, at, standing, hashed=hashed
                ),
                # LiveKit tries again for 15 s: the connection may have ended since.
                is_late=arrival.received_ts - at > CLOCK_SLACK_MS,
            )
        case "participant_left" | "participant_connection_aborted":
            at = _moment(said["created_ts"], arrival.received_ts)
            return ParticipantLeft(identity, sid, at, _departure(said["disconnect_reason"]))
        case _:
            return None


def _departure(reason: int) -> Departure:
    if reason in _WILFUL:
        return "left"
    return "removed" if reason in _REMOVED else "dropped"


def _moment(said: int, received: int) -> int:
    return received if abs(received - said) <= CLOCK_SLACK_MS else said
