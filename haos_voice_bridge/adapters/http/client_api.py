"""`/_haos/voice/v1`: what the web client calls (docs/protocol.md §5)."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from haos_voice_bridge.adapters.http import cors
from haos_voice_bridge.adapters.http.allowance import Allowance
from haos_voice_bridge.adapters.http.events import Streams
from haos_voice_bridge.core.request import Refusal
from haos_voice_bridge.errors import NotLetIn, Unavailable
from haos_voice_bridge.ports import Clock, Session, Visits

logger = logging.getLogger(__name__)

BASE = "/_haos/voice/v1"
BODY_LIMIT = 16 * 1024
FAILURES = 20
"""Wrong codes a minute of one address. A code has 256 bits; this only keeps the noise down."""
REQUESTS = 120
"""Requests a minute of one session."""
HISTORY = (1, 100)
STATUS = {
    "BAD_REQUEST": (400, "M_BAD_JSON"),
    "SESSION_ENDED": (401, "M_UNKNOWN_TOKEN"),
    "RATE_LIMITED": (429, "M_LIMIT_EXCEEDED"),
    "SFU_UNAVAILABLE": (503, "M_UNKNOWN"),
}
"""Anything else is 403, M_FORBIDDEN."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ClientApi:
    """The routes; what they mean is decided by `Visits`."""

    def __init__(self, visits: Visits, clock: Clock) -> None:
        self._visits = visits
        self._failures = Allowance(FAILURES, clock)
        self._requests = Allowance(REQUESTS, clock)
        self._streams = Streams()

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add them, and an answer with CORS headers for whatever else is under the base."""
        room = f"{BASE}/rooms/{{room_id}}"
        router.add_route("POST", f"{BASE}/session", _answered(self._open))
        router.add_route("POST", f"{room}/token", _answered(self._token))
        router.add_route("GET", room, _answered(self._room))
        router.add_route("GET", f"{room}/events", _answered(self._events))
        router.add_route("GET", f"{room}/history", _answered(self._history))
        router.add_route("*", f"{BASE}{{rest:.*}}", _elsewhere)

    async def close(self) -> None:
        """End the streams."""
        await self._streams.close()

    async def _open(self, request: web.Request) -> web.StreamResponse:
        caller = _caller(request)
        if wait_ms := self._failures.wait_ms(caller):
            raise _too_many(wait_ms)
        code = (await _body(request)).get("code")
        if not isinstance(code, str) or not code:
            raise _bad("`code` must be the code of a link.")
        try:
            return cors.answer(await self._visits.open(code))
        except NotLetIn:
            self._failures.spend(caller)
            raise

    async def _token(self, request: web.Request) -> web.StreamResponse:
        return cors.answer(await self._visits.token(await self._session(request)))

    async def _room(self, request: web.Request) -> web.StreamResponse:
        return cors.answer(await self._visits.room(await self._session(request)))

    async def _history(self, request: web.Request) -> web.StreamResponse:
        session = await self._session(request)
        limit, (low, high) = request.query.get("limit", "20"), HISTORY
        if not (limit.isascii() and limit.isdecimal() and len(limit) < 9):
            raise _bad("`limit` must be a whole number.")
        return cors.answer(await self._visits.history(session, min(max(int(limit), low), high)))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        session = await self._session(request)
        await self._visits.room(session)  # refused as an error, not as a stream that ends at once
        return await self._streams.follow(request, session, self._visits.changes(session))

    async def _session(self, request: web.Request) -> Session:
        """The caller's session, if it is for the room that the path names."""
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or not secret:
            raise NotLetIn(Refusal("SESSION_ENDED", "A session is needed: POST /session."))
        session = await self._visits.session(secret)
        if wait_ms := self._requests.wait_ms(session.key):
            raise _too_many(wait_ms)
        self._requests.spend(session.key)
        if request.match_info["room_id"] != session.room_id:
            raise NotLetIn(Refusal("FORBIDDEN", "This session is for another room."))
        return session


def _answered(handler: Handler) -> Handler:
    """Every error has CORS headers and a code: without them a client sees no status at all."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except NotLetIn as error:
            return _refused(error.refusal)
        except Unavailable as error:
            logger.warning("%s: try again later: %s", request.path, error)
            message = "Not now. Try again in a moment."
            wait_ms = round((error.retry_after_s or 2) * 1000)
            return cors.error(503, "M_UNKNOWN", message, retry_after_ms=wait_ms)
        except (web.HTTPException, asyncio.CancelledError, ConnectionError):
            raise
        except Exception:
            logger.exception("%s failed", request.path)
            return cors.error(500, "M_UNKNOWN", "Internal error, see the bridge's log.")

    return handle


async def _elsewhere(request: web.Request) -> web.StreamResponse:
    if request.method == "OPTIONS":
        return web.Response(status=204, headers=cors.CORS)
    return cors.error(404, "M_UNRECOGNIZED", "There is nothing here for this method and path.")


def _refused(refusal: Refusal) -> web.Response:
    status, errcode = STATUS.get(refusal.code, (403, "M_FORBIDDEN"))
    return cors.error(
        status,
        errcode,
        refusal.message,
        code=refusal.code,
        retry_after_ms=refusal.retry_after_ms,
    )


def _too_many(wait_ms: int) -> NotLetIn:
    return NotLetIn(Refusal("RATE_LIMITED", "Too many requests. Wait a little.", wait_ms))


def _bad(message: str) -> NotLetIn:
    return NotLetIn(Refusal("BAD_REQUEST", message))


async def _body(request: web.Request) -> dict[str, Any]:
    raw = bytearray()
    async for part in request.content.iter_any():
        raw += part
        if len(raw) > BODY_LIMIT:
            raise _bad("The body is too large.")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _bad("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise _bad("The body is not an object.")
    return body


def _caller(request: web.Request) -> str:
    """The address, as the nearest proxy saw it; who makes one up wins only a longer search."""
    via = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return via[:64] or request.remote or ""
