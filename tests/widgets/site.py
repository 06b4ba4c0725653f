"""Folders of files over HTTP, on loopback: what a test's browser loads."""

from pathlib import Path

from aiohttp import web

HERE = Path(__file__).parent
HOST_PAGE = HERE / "dist"
ELEMENT_CALL = HERE / "node_modules" / "@element-hq" / "element-call-embedded" / "dist"


class Site:
    """`await site.start()`; `site.mount("/host", folder)`; then `f"{site.url}/host/"` is its index.

    Each site is an origin of its own. A path of `instead` is answered with that JSON.
    """

    def __init__(self):
        self._mounts: dict[str, tuple[Path, dict]] = {}
        self.url = ""

    async def start(self):
        app = web.Application()
        app.router.add_get("/{path:.*}", self._file)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self):
        await self._runner.cleanup()

    def mount(self, at: str, folder: Path, instead: dict | None = None) -> str:
        """Serve `folder` under the path `at`; the address of its index."""
        if not (folder / "index.html").is_file():
            raise FileNotFoundError(f"{folder} is missing: run `make widgets` first")
        self._mounts[at] = (folder.resolve(), instead or {})
        return f"{self.url}{at}/"

    async def _file(self, request):
        for at, (folder, instead) in self._mounts.items():
            name = request.path.removeprefix(f"{at}/")
            if name == request.path:
                continue
            if name in instead:
                return web.json_response(instead[name])
            path = (folder / (name or "index.html")).resolve()
            if path.is_file() and path.is_relative_to(folder):
                return web.FileResponse(path)
        raise web.HTTPNotFound
