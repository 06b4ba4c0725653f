"""Bodies that strangers send: no longer than they may be, and not for ever under way."""

import asyncio

from aiohttp import web

from haos_voice_bridge.errors import BridgeError

PATIENCE_S = 15.0


class BodyRefused(BridgeError):
    """It is not read to its end; `status` is the answer's."""

    def __init__(self, status: int, errcode: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.errcode = errcode


async def limited(request: web.Request, limit: int, patience_s: float = PATIENCE_S) -> bytes:
    """The whole body, of `limit` bytes at most.

    `request.read()` holds up to the server's own limit for anybody, which is that of transactions.

    Raises:
        BodyRefused: It is longer, or takes too long.
    """
    too_large = BodyRefused(413, "M_TOO_LARGE", "The request is too large")
    if (request.content_length or 0) > limit:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(patience_s):
            async for part in request.content.iter_any():
                body += part
                if len(body) > limit:
                    raise too_large
    except TimeoutError as error:
        raise BodyRefused(408, "M_UNKNOWN", "The request took too long") from error
    return bytes(body)
