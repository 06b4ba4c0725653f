"""`/.well-known/matrix/client`, for who wants the bridge to serve it (spec, server discovery)."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from haos_voice_bridge.adapters.http.cors import CORS, answer

PATH = "/.well-known/matrix/client"
KEPT_S = 300
"""How long browsers may keep it: a change is seen soon, and nobody asks at each click."""


def document(
    homeserver_url: str, livekit_service_url: str, more: Mapping[str, Any]
) -> dict[str, Any]:
    """What clients find; `more`: further keys, which may also replace ours.

    An empty `livekit_service_url`: there is no token service.
    """
    focus = {"type": "livekit", "livekit_service_url": livekit_service_url}
    return {
        "m.homeserver": {"base_url": homeserver_url},
        **({"org.matrix.msc4143.rtc_foci": [focus]} if livekit_service_url else {}),
        **more,
    }


class WellKnown:
    """The route; any page may read it."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add `GET /.well-known/matrix/client`, and its preflight."""
        router.add_get(PATH, self._document)
        router.add_route("OPTIONS", PATH, self._preflight)

    async def _document(self, _: web.Request) -> web.StreamResponse:
        return answer(self._content, headers={"Cache-Control": f"public, max-age={KEPT_S}"})

    async def _preflight(self, _: web.Request) -> web.StreamResponse:
        return web.Response(status=204, headers=CORS)
