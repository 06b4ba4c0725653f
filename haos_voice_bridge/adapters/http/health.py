"""Is the process alive, and does it do its work? Also under mautrix's paths."""

from aiohttp import web


class Health:
    """`/live` answers as long as the process does; `/ready` once start-up is through."""

    def __init__(self) -> None:
        self.ready = False

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        for prefix in ("", "/_matrix/mau"):
            router.add_get(f"{prefix}/live", self._live)
            router.add_get(f"{prefix}/ready", self._ready)

    async def _live(self, _: web.Request) -> web.Response:
        return web.json_response({"live": True})

    async def _ready(self, _: web.Request) -> web.Response:
        return web.json_response({"ready": self.ready}, status=200 if self.ready else 503)
