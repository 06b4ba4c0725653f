"""The one HTTP server, and what every answer has in common."""

import errno
import logging
import socket
from collections.abc import Awaitable, Callable

from aiohttp import web

from haos_voice_bridge.errors import AddressInUse, Unavailable

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

logger = logging.getLogger(__name__)

BODY_LIMIT = 2**20
"""Of whoever calls: a webhook of LiveKit's has some KiB. Routes that take more, or less, say so."""


class HttpServer:
    """Listens where the config says. Add routes to `router` before `start`."""

    def __init__(
        self,
        hostname: str | None,
        port: int,
        *,
        change: str = "appservice.hostname and appservice.port",
    ) -> None:
        """Listen there; `hostname` None: on every address. `change` names what sets it."""
        self._app = web.Application(client_max_size=BODY_LIMIT, middlewares=[_clear_errors])
        self._runner = web.AppRunner(self._app, access_log=None, handle_signals=False)
        self._hostname = hostname
        self._port = port
        self._change = change

    @property
    def router(self) -> web.UrlDispatcher:
        """Where routes are added."""
        return self._app.router

    def before_stop(self, close: Callable[[], Awaitable[None]]) -> None:
        """Do this when it stops, to end requests that would go on for ever."""

        async def closing(_: web.Application) -> None:
            await close()

        self._app.on_shutdown.append(closing)

    async def start(self) -> None:
        """Listen.

        Raises:
            AddressInUse: Something else listens there, or the address is not ours.
        """
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._hostname, self._port).start()
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES} and (
                not isinstance(error, socket.gaierror)
            ):
                raise
            raise AddressInUse(
                f"cannot listen on {self._hostname or '*'}:{self._port}: {error.strerror}. "
                f"Free the port, or change {self._change}."
            ) from error

    async def stop(self) -> None:
        """Stop listening and let running requests end."""
        await self._runner.cleanup()


@web.middleware
async def _clear_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """An error of ours is one line for the caller and a traceback for the log only."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Unavailable as error:
        logger.warning("%s %s: try again later: %s", request.method, request.path, error)
        return web.json_response(
            {"errcode": "M_UNKNOWN", "error": "Not now, see the bridge's log. Try again later."},
            status=503,
            headers={"Retry-After": str(round(error.retry_after_s or 1))},
        )
    except Exception:
        logger.exception("%s %s failed", request.method, request.path)
        return web.json_response(
            {"errcode": "M_UNKNOWN", "error": "Internal error, see the bridge's log."}, status=500
        )
