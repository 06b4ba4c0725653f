"""HTTPS to servers that strangers name: addresses checked, time and size limited."""

import asyncio
import json
import logging
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from haos_voice_bridge.adapters.federation.guard import (
    NOT_PUBLIC,
    AddressGuard,
    AddrInfo,
    ForbiddenAddress,
)
from haos_voice_bridge.errors import Rejected, Unavailable

logger = logging.getLogger(__name__)

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
BODY_LIMIT = 64 * 1024
REDIRECTS = 5
LOOKUPS = 32
"""Names that are looked up in DNS at the same time."""
LOOKUP_S = 4.0
_REDIRECTED = frozenset({301, 302, 303, 307, 308})
_ERRORS = (aiohttp.ClientError, TimeoutError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """The body, where it is a JSON object; empty otherwise."""
        try:
            data = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return data if isinstance(data, dict) else {}


class Web:
    """A session that keeps its connections. `close` it."""

    def __init__(self, guard: AddressGuard, *, verify_tls: bool = True) -> None:
        self._resolver = _Resolver(guard)
        connector = aiohttp.TCPConnector(
            # Many in all, few a host: one server that lets us wait keeps nobody else from theirs.
            limit=1000,
            limit_per_host=64,
            keepalive_timeout=60,
            ttl_dns_cache=60,
            resolver=self._resolver,
            socket_factory=guard.make_socket,
            ssl=ssl.create_default_context() if verify_tls else False,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=TIMEOUT,
            headers={"User-Agent": "haos-voice-bridge"},
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()
        await self._resolver.close()  # aiohttp closes only what it made itself

    async def get(
        self, url: URL, headers: Mapping[str, str] | None = None, tls_name: str | None = None
    ) -> Answer:
        """One request, without following redirects.

        Args:
            url: What to get. It is not logged: its query may be a token.
            headers: `Host` among them, where it differs from the URL's.
            tls_name: What the certificate must be for, where it differs from the URL's host.

        Raises:
            Unavailable: No answer.
        """
        return await self._request("GET", url, headers, tls_name)

    async def post(self, url: URL, body: bytes) -> Answer:
        """The same, with a JSON body."""
        return await self._request("POST", url, {"Content-Type": "application/json"}, None, body)

    async def get_following(self, url: URL) -> Answer:
        """The same for a well-known file, with redirects from HTTPS to HTTPS.

        Raises:
            Unavailable: No answer.
            Rejected: It leads nowhere.
        """
        for _ in range(REDIRECTS + 1):
            answer = await self.get(url)
            if answer.status not in _REDIRECTED:
                return answer
            try:
                url = url.join(URL(answer.headers.get("Location", "")))
            except ValueError as error:
                raise Rejected(f"{url.raw_host} leads to what is no address") from error
            if url.scheme != "https" or not url.raw_host:
                raise Rejected(f"{url.raw_host} leads to an address without TLS")
        raise Rejected(f"{url.raw_host} leads on and on")

    async def _request(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str] | None,
        tls_name: str | None,
        body: bytes | None = None,
    ) -> Answer:
        try:
            async with self._session.request(
                method,
                url,
                headers=headers,
                data=body,
                allow_redirects=False,
                server_hostname=tls_name,
            ) as response:
                return Answer(response.status, await _limited(response), response.headers)
        except _ERRORS as error:
            if NOT_PUBLIC in str(error):
                logger.warning(
                    "%s is not asked: %s (LIVEKIT_ALLOWED_PRIVATE_NETWORKS, or "
                    "matrix_rtc.allowed_networks in the bridge, lists exceptions)",
                    url.raw_host,
                    error,
                )
            reason = str(error) or type(error).__name__
            raise Unavailable(f"{url.raw_host} does not answer: {reason}") from error


class _Resolver(AbstractResolver):
    """The system's resolver, of whose answers only permitted addresses are kept.

    In threads of its own: the process has few that all share, and a name server that does not
    answer holds a thread for 10 s or more. Strangers could thus keep everybody from any name.
    """

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._threads = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        look = partial(
            socket.getaddrinfo,
            host,
            port,
            family,
            socket.SOCK_STREAM,
            flags=socket.AI_ADDRCONFIG,
        )
        async with asyncio.timeout(LOOKUP_S):  # what still waits for a thread then is let go
            found = await asyncio.get_running_loop().run_in_executor(self._threads, look)
        kept = [
            result for info in found if self._guard.permits((result := _at(host, info))["host"])
        ]
        if found and not kept:
            raise ForbiddenAddress(str(found[0][4][0]))
        return kept

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _at(host: str, info: AddrInfo) -> ResolveResult:
    family, _, protocol, _, address = info
    scope = f"%{address[3]}" if family == socket.AF_INET6 and address[3:] and address[3] else ""
    return ResolveResult(
        hostname=host,
        host=f"{address[0]}{scope}",
        port=int(address[1]),
        family=family,
        proto=protocol,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )


async def _limited(response: aiohttp.ClientResponse) -> bytes:
    # A short body has mostly arrived with the head: no need to gather it.
    body = await response.content.read(BODY_LIMIT + 1)
    while not response.content.at_eof():
        more = await response.content.read(BODY_LIMIT + 1)
        body += more
        if len(body) > BODY_LIMIT:
            break
    if len(body) > BODY_LIMIT:
        response.close()
        raise ValueError(f"the answer is longer than {BODY_LIMIT} bytes")
    return body
