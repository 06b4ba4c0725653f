"""Transactions from the homeserver: stored, then acknowledged (appservice API, spec §Pushing).

mautrix's own handler acknowledges first and handles afterwards, which loses events in a crash.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, TypeGuard

from aiohttp import web

from haos_voice_bridge.adapters.matrix.join_request import JOIN
from haos_voice_bridge.adapters.matrix.key_intake import KeyIntake
from haos_voice_bridge.adapters.matrix.translate import Reading
from haos_voice_bridge.core.ids import is_clean
from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.ports import NewArrival

logger = logging.getLogger(__name__)

TRANSACTION_LIMIT = 16 * 2**20
"""It may carry 100 events of 64 KiB: refused for its size, it would come again for ever."""
TO_DEVICE_KEYS = ("to_device", "de.sorunome.msc2409.to_device")
"""The stable name (Matrix 1.13 has none yet for appservices) and the one that Synapse sends."""


class Intake:
    """The routes that the homeserver calls."""

    def __init__(
        self,
        hs_token: str,
        reading: Reading,
        accept: Callable[[list[NewArrival]], Awaitable[None]],
        direct_users: Callable[[Collection[str]], Awaitable[Mapping[str, str]]],
        keys: KeyIntake | None = None,
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        """Wire the routes.

        Args:
            hs_token: What the homeserver shows.
            reading: Which events are worth storing.
            accept: Returns once the arrivals are on disk.
            direct_users: Of these rooms, the direct chats with the bot: whose each is.
            keys: Picks out what is for the bot's device; None without encryption.
            refused: Called when a transaction has to come again later.
        """
        self._refused = refused
        self._direct_users = direct_users
        self._keys = keys
        self._hs_token = hs_token.encode()
        self._reading = reading
        self._accept = accept

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the appservice API."""
        v1 = "/_matrix/app/v1"
        router.add_put(f"{v1}/transactions/{{txn_id}}", self._transaction)
        router.add_post(f"{v1}/ping", self._ping)
        router.add_get(f"{v1}/users/{{user_id}}", self._query)
        router.add_get(f"{v1}/rooms/{{alias}}", self._query)

    async def _transaction(self, request: web.Request) -> web.Response:
        self._check_token(request)
        try:
            body = json.loads(await request.clone(client_max_size=TRANSACTION_LIMIT).read())
        except ValueError as error:
            raise _error(web.HTTPBadRequest, "M_NOT_JSON", "the body is not JSON") from error
        if not isinstance(body, dict):
            raise _error(web.HTTPBadRequest, "M_BAD_JSON", "the body is not an object")
        try:
            await self._take(body, request.match_info["txn_id"])
        except Unavailable:
            self._refused()
            raise
        return web.json_response({})

    async def _take(self, body: dict[str, Any], txn_id: str) -> None:
        messages = [message for key in TO_DEVICE_KEYS for message in _list(body.get(key))]
        arrivals = [] if self._keys is None else self._keys.arrivals(body, messages, txn_id)
        arrivals += [*await self._events(body), *self._to_device(messages, txn_id)]
        if arrivals:
            await self._accept(arrivals)

    async def _ping(self, request: web.Request) -> web.Response:
        self._check_token(request)
        return web.json_response({})

    async def _query(self, request: web.Request) -> web.Response:
        """No user and no alias is made on demand."""
        self._check_token(request)
        raise _error(web.HTTPNotFound, "M_NOT_FOUND", "not known here")

    def _check_token(self, request: web.Request) -> None:
        sent = request.headers.get("Authorization", "")
        if not sent:
            raise _error(web.HTTPUnauthorized, "M_MISSING_TOKEN", "hs_token missing")
        if not hmac.compare_digest(
            sent.removeprefix("Bearer ").encode(errors="surrogateescape"), self._hs_token
        ):
            raise _error(web.HTTPForbidden, "M_FORBIDDEN", "hs_token wrong")

    async def _events(self, body: dict[str, Any]) -> list[NewArrival]:
        arrivals = []
        events = [event for event in _list(body.get("events")) if isinstance(event, dict)]
        said_in = {
            room_id
            for event in events
            if event.get("type") == "m.room.message" and _is_id(room_id := event.get("room_id"))
        }
        direct = await self._direct_users(said_in) if said_in else {}
        for event in events:
            sender = event.get("sender")
            room_id = event.get("room_id")
            in_direct = (
                isinstance(room_id, str) and sender is not None and direct.get(room_id) == sender
            )
            if not self._reading.wants(event, in_direct=in_direct):
                continue
            event_id, room_id = event.get("event_id"), event.get("room_id")
            if _is_id(event_id) and _is_id(room_id):
                # The event's id, not the transaction's: Synapse may send one in two transactions.
                arrivals.append(NewArrival(event_id, room_id, "matrix", event))
            else:
                logger.warning("an event without event_id or room_id was passed over")
        return arrivals

    def _to_device(self, messages: list[object], txn_id: str) -> list[NewArrival]:
        arrivals = []
        for place, message in enumerate(messages):
            if not isinstance(message, dict) or message.get("type") != JOIN:
                continue
            content = message.get("content")
            room_id = content.get("room_id") if isinstance(content, dict) else None
            if message.get("to_user_id", self._reading.bot_user_id) != self._reading.bot_user_id:
                continue
            if _is_id(room_id):
                key = f"to-device:{txn_id}:{place}:{_digest(message)}"
                arrivals.append(NewArrival(key, room_id, "to_device", message))
        return arrivals


def _is_id(value: object) -> TypeGuard[str]:
    """Anybody may write these: one that cannot be stored would fail the transaction for ever."""
    return isinstance(value, str) and 0 < len(value) <= 255 and is_clean(value)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _digest(message: dict[str, Any]) -> str:
    """Names a message's content, as a new homeserver's transactions count from 1 again."""
    return hashlib.sha256(json.dumps(message, sort_keys=True).encode()).hexdigest()[:16]


def _error(kind: type[web.HTTPException], errcode: str, error: str) -> web.HTTPException:
    return kind(
        text=json.dumps({"errcode": errcode, "error": error}), content_type="application/json"
    )
