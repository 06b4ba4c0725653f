"""The routes of the token service, under a prefix: the contract of lk-jwt-service.

What a browser calls answers the preflight and carries CORS headers always, errors included: without
them a client sees no status at all, and none of its fallbacks run.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from haos_voice_bridge.adapters.http.body import BodyRefused, limited
from haos_voice_bridge.token_service import requests
from haos_voice_bridge.token_service.refused import Refused, internal
from haos_voice_bridge.token_service.requests import TokenRequest
from haos_voice_bridge.token_service.service import TokenService

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Reader = Callable[[bytes], TokenRequest]
Answerer = Callable[[TokenRequest], Awaitable[Mapping[str, str]]]

BODY_LIMIT = 64 * 1024
CORS = {
    "Content-Type": "application/json",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": (
        "Accept, Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token"
    ),
}


class MatrixRtcRoutes:
    """`/sfu/get`, `/get_token`, `/delegate_delayed_leave`, `/sfu_webhook`, `/healthz`."""

    def __init__(self, service: TokenService, webhook: Handler, prefix: str) -> None:
        """`prefix` is empty or begins with a slash."""
        self._prefix = prefix
        self._webhook = webhook
        self._asked: Mapping[str, tuple[Reader, Answerer]] = {
            "/sfu/get": (requests.sfu_get, service.token),
            "/get_token": (requests.get_token, service.token),
            "/delegate_delayed_leave": (requests.delegate_delayed_leave, service.delegate),
        }

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add them, and an answer with CORS headers for whatever else is under the prefix."""
        for path, (reader, answerer) in self._asked.items():
            router.add_route("*", self._prefix + path, _endpoint(reader, answerer))
        router.add_route("*", f"{self._prefix}/sfu_webhook", self._webhook)
        router.add_route("*", f"{self._prefix}/healthz", _health)
        router.add_route("*", f"{self._prefix}/{{rest:.*}}", self._elsewhere)

    async def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        # `livekit_service_url` with a slash at its end makes clients ask for `//sfu/get`.
        path = "/" + "/".join(filter(None, request.match_info["rest"].split("/")))
        if path in self._asked:
            return await _endpoint(*self._asked[path])(request)
        if request.method == "OPTIONS":
            return web.Response(headers=CORS)
        return _refused(Refused(404, "M_UNRECOGNIZED", "There is nothing at this path."))


def _endpoint(reader: Reader, answerer: Answerer) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        if request.method == "OPTIONS":
            return web.Response(headers=CORS)
        if request.method != "POST":
            return web.Response(status=405, headers=CORS)
        try:
            answer = await answerer(reader(await limited(request, BODY_LIMIT)))
        except BodyRefused as refused:
            return _refused(Refused(refused.status, refused.errcode, str(refused)))
        except Refused as refused:
            return _refused(refused)
        except (asyncio.CancelledError, ConnectionError):
            raise
        except Exception:
            logger.exception("%s failed", request.path)
            return _refused(internal())
        return web.Response(body=json.dumps(answer).encode(), headers=CORS)

    return handle


def _refused(refused: Refused) -> web.Response:
    return web.Response(body=json.dumps(refused.body).encode(), status=refused.status, headers=CORS)


async def _health(request: web.Request) -> web.Response:
    return web.Response(status=200 if request.method in {"GET", "HEAD"} else 405)
