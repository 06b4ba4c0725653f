"""`/_haos/voice/v1`: what the web client calls (docs/protocol.md §5)."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from haos_voice_bridge.adapters.http import cors
from haos_voice_bridge.adapters.http.body import BodyRefused, limited
from haos_voice_bridge.adapters.http.events import Streams
from haos_voice_bridge.allowance import Allowance
from haos_voice_bridge.core.ids import is_clean
from haos_voice_bridge.core.request import Refusal
from haos_voice_bridge.errors import NotLetIn, Unavailable
from haos_voice_bridge.ports import Clock, Session, Sessions, Visits

logger = logging.getLogger(__name__)

BASE = "/_haos/voice/v1"
BODY_LIMIT = 16 * 1024
FAILURES = 20
"""Wrong codes and tokens a minute of one address: a code has 256 bits, and a token costs a request
to the server that it names."""
REQUESTS = 120
"""Requests a minute of one session."""
PICTURES = 300
"""Pictures a minute of one session, beside those: a large call must not use them up."""
HISTORY = (1, 100)
LONGEST = 4096
"""Characters of one text in a body."""
STATUS = {
    "BAD_REQUEST": (400, "M_BAD_JSON"),
    "SESSION_ENDED": (401, "M_UNKNOWN_TOKEN"),
    "NOT_VERIFIED": (401, "M_UNAUTHORIZED"),
    "NOT_IN_CALL": (404, "M_NOT_FOUND"),
    "RATE_LIMITED": (429, "M_LIMIT_EXCEEDED"),
    "SFU_UNAVAILABLE": (503, "M_UNKNOWN"),
}
"""Anything else is 403, M_FORBIDDEN."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ClientApi:
    """The routes; what they mean is decided by `Sessions` and `Visits`."""

    def __init__(self, sessions: Sessions, visits: Visits, clock: Clock) -> None:
        self._sessions = sessions
        self._visits = visits
        self._failures = Allowance(FAILURES, clock)
        self._requests = Allowance(REQUESTS, clock)
        self._pictures = Allowance(PICTURES, clock)
        self._streams = Streams()

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add them, and an answer with CORS headers for whatever else is under the base."""
        room = f"{BASE}/rooms/{{room_id}}"
        routes: tuple[tuple[str, str, Handler], ...] = (
            ("POST", f"{BASE}/session", self._open),
            ("DELETE", f"{BASE}/session", self._end),
            ("GET", f"{BASE}/rooms", self._channels),
            ("GET", f"{BASE}/events", self._all_events),
            ("POST", f"{room}/token", self._token),
            ("POST", f"{room}/decline", self._decline),
            ("POST", f"{room}/participants/{{identity}}", self._moderate),
            ("GET", room, self._room),
            ("GET", f"{room}/events", self._events),
            ("GET", f"{room}/history", self._history),
            ("GET", f"{room}/avatars/{{user_id}}", self._avatar),
        )
        for method, path, handler in routes:
            router.add_route(method, path, _answered(handler))
        router.add_route("*", f"{BASE}{{rest:.*}}", _elsewhere)

    async def close(self) -> None:
        """End the streams."""
        await self._streams.close()

    async def _open(self, request: web.Request) -> web.StreamResponse:
        caller = _caller(request)
        if wait_ms := self._failures.wait_ms(caller):
            raise _too_many(wait_ms)
        body = await _body(request)
        try:
            return cors.answer(await self._opened(body))
        except NotLetIn:
            self._failures.spend(caller)
            raise

    async def _opened(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        if "openid" not in body:
            return await self._sessions.by_link(_text(body, "code"))
        openid = body["openid"]
        if not isinstance(openid, dict):
            raise _bad("`openid` must be what the homeserver gave out.")
        server_name = _text(openid, "matrix_server_name")
        token = _text(openid, "access_token")
        room_id = _text(body, "room_id") if body.get("room_id") else ""
        device_id = _text(body, "device_id") if body.get("device_id") else ""
        return await self._sessions.by_openid(
            server_name, token, room_id=room_id, device_id=device_id
        )

    async def _end(self, request: web.Request) -> web.StreamResponse:
        await self._sessions.end(await self._session(request))
        return cors.answer({})

    async def _channels(self, request: web.Request) -> web.StreamResponse:
        return cors.answer(await self._visits.channels(await self._session(request)))

    async def _all_events(self, request: web.Request) -> web.StreamResponse:
        session = await self._session(request)
        return await self._streams.follow(request, session, self._visits.all_changes(session))

    async def _token(self, request: web.Request) -> web.StreamResponse:
        session, room_id = await self._in_room(request)
        # Older clients send no body.
        asked = await _body(request) if request.can_read_body else {}
        encrypts = asked.get("media_encryption") is True
        return cors.answer(await self._visits.token(session, room_id, encrypts=encrypts))

    async def _decline(self, request: web.Request) -> web.StreamResponse:
        session, room_id = await self._in_room(request)
        return cors.answer(await self._visits.decline(session, room_id))

    async def _moderate(self, request: web.Request) -> web.StreamResponse:
        session, room_id = await self._in_room(request)
        identity, order = request.match_info["identity"], await _body(request)
        return cors.answer(await self._visits.moderate(session, room_id, identity, order))

    async def _room(self, request: web.Request) -> web.StreamResponse:
        session, room_id = await self._in_room(request)
        return cors.answer(await self._visits.room(session, room_id))

    async def _history(self, request: web.Request) -> web.StreamResponse:
        session, room_id = await self._in_room(request)
        limit, (low, high) = request.query.get("limit", "20"), HISTORY
        if not (limit.isascii() and limit.isdecimal() and len(limit) < 9):
            raise _bad("`limit` must be a whole number.")
        wanted = min(max(int(limit), low), high)
        return cors.answer(await self._visits.history(session, room_id, wanted))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        session, room_id = await self._in_room(request)
        await self._visits.room(session, room_id)  # refused as an error, not as an empty stream
        return await self._streams.follow(request, session, self._visits.changes(session, room_id))

    async def _avatar(self, request: web.Request) -> web.StreamResponse:
        session, room_id = await self._in_room(request, self._pictures)
        picture = await self._visits.avatar(session, room_id, request.match_info["user_id"])
        if picture is None:
            return cors.error(404, "M_NOT_FOUND", "There is no picture of them here.")
        return web.Response(
            body=picture.content,
            content_type=picture.content_type,
            headers={**cors.CORS, **cors.PRIVATE, "Content-Security-Policy": "default-src 'none'"},
        )

    async def _in_room(
        self, request: web.Request, allowance: Allowance | None = None
    ) -> tuple[Session, str]:
        """The caller's session, if it is for the room that the path names."""
        session = await self._session(request, allowance)
        room_id = request.match_info["room_id"]
        if not is_clean(room_id):
            raise _bad("The path names no room.")
        return await self._sessions.entering(session, room_id), room_id

    async def _session(self, request: web.Request, allowance: Allowance | None = None) -> Session:
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or not secret:
            raise NotLetIn(Refusal("SESSION_ENDED", "A session is needed: POST /session."))
        session = await self._sessions.session(secret)
        allowance = allowance or self._requests
        if wait_ms := allowance.wait_ms(session.key):
            raise _too_many(wait_ms)
        allowance.spend(session.key)
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
    try:
        body = json.loads(await limited(request, BODY_LIMIT))
    except BodyRefused as error:
        raise _bad(f"{error}.") from error
    except (ValueError, RecursionError) as error:
        raise _bad("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise _bad("The body is not an object.")
    return body


def _text(body: Mapping[str, Any], name: str) -> str:
    text = body.get(name)
    if not isinstance(text, str) or not text or len(text) > LONGEST or not is_clean(text):
        raise _bad(f"`{name}` must be a text.")
    return text


def _caller(request: web.Request) -> str:
    """The address, as the nearest proxy saw it; who makes one up wins only a longer search."""
    via = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return via[:64] or request.remote or ""
