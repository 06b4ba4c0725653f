"""Answers that a browser on any site may read: there are no cookies to abuse."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept, Cache-Control",
    "Access-Control-Expose-Headers": "Retry-After",
    "Access-Control-Max-Age": "86400",
}
PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def answer(
    body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """JSON that nobody keeps."""
    return web.Response(
        text=json.dumps(body),
        status=status,
        content_type="application/json",
        headers={**CORS, **PRIVATE, **(headers or {})},
    )


def error(
    status: int, errcode: str, message: str, *, code: str = "", retry_after_ms: int = 0
) -> web.Response:
    """A Matrix-style error; `code`: the refusal's code in docs/protocol.md §3."""
    body: dict[str, Any] = {"errcode": errcode, "error": message}
    if code:
        body["io.haos.voice.code"] = code
    if retry_after_ms:
        body["retry_after_ms"] = retry_after_ms
    later = {"Retry-After": str(-(-retry_after_ms // 1000))} if retry_after_ms else {}
    return answer(body, status, later)
