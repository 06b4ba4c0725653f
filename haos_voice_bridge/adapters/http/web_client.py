"""The web client, as `make web` builds it: where the links of cards and of the bot lead."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from haos_voice_bridge.adapters.http.login import Login

PACKED = Path(__file__).parents[2] / "web_client"
"""Where a wheel has it."""
BUILT = Path(__file__).parents[3] / "web" / "dist"
"""Where `make web` puts it, in the source tree."""
YEAR_S = 365 * 86_400


def built() -> Path | None:
    """The folder with the built client; None: it was not built."""
    return next((folder for folder in (BUILT, PACKED) if (folder / "index.html").is_file()), None)


class WebClient:
    """A page and its files; it calls nobody but the bridge, LiveKit and the homeservers."""

    def __init__(
        self, folder: Path, livekit_url: str, login: Login, embed_from: Sequence[str]
    ) -> None:
        """`livekit_url`: where clients connect, as `ws://` or `wss://`.

        `embed_from`: who may show the page in a frame, as sources of a `frame-ancestors`.
        """
        self._folder = folder
        self._livekit_url = livekit_url
        self._login = login
        self._embed_from = embed_from

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add `GET /` and the files beside it."""
        router.add_get("/", self._page)
        router.add_get("/icon.svg", self._icon)
        router.add_get("/config.json", self._config)
        router.add_get("/assets/{name:[A-Za-z0-9_.-]+}", self._asset)

    async def _page(self, _: web.Request) -> web.StreamResponse:
        # The policy of the page counts for all that it does; its files' says nothing more.
        homeservers = await self._login.origins()
        policy = _policy(self._livekit_url, homeservers, self._embed_from)
        return self._file(self._folder / "index.html", "no-cache", policy)

    async def _config(self, _: web.Request) -> web.Response:
        return web.json_response(self._login.document(), headers={"Cache-Control": "no-cache"})

    async def _icon(self, _: web.Request) -> web.StreamResponse:
        return self._file(self._folder / "icon.svg", "no-cache")

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        # A file's name changes with what is in it.
        lasting = f"public, max-age={YEAR_S}, immutable"
        return self._file(self._folder / "assets" / request.match_info["name"], lasting)

    def _file(
        self, path: Path, caching: str, policy: str = "default-src 'none'"
    ) -> web.StreamResponse:
        if not path.is_file():
            raise web.HTTPNotFound(text="There is no such page here.")
        return web.FileResponse(
            path,
            headers={
                "Cache-Control": caching,
                "Content-Security-Policy": policy,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self)",
            },
        )


def _policy(livekit_url: str, homeservers: Sequence[str], embed_from: Sequence[str]) -> str:
    host = urlsplit(livekit_url)
    signalling = f"{host.scheme}://{host.netloc}"
    checked = f"{'https' if host.scheme == 'wss' else 'http'}://{host.netloc}"
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",  # noise suppression is WebAssembly
            "worker-src 'self'",  # media is encrypted in one
            "style-src 'self'",
            "img-src 'self' data: blob:",  # pictures of Matrix come with a token, by fetch
            "media-src 'self' blob:",
            " ".join(["connect-src 'self'", signalling, checked, *homeservers]),
            "base-uri 'none'",
            "form-action 'none'",
            " ".join(["frame-ancestors 'self'", *embed_from]),
        ]
    )
