"""Logging in with the web client: to which homeservers, and whom its page talks to for that."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard
from urllib.parse import urlsplit

import aiohttp

# Logins by OAuth (MSC2965) leave the homeserver for these; the page must be allowed to call them.
_CALLED = ("token_endpoint", "registration_endpoint", "revocation_endpoint")
_KNOWN_FOR_S = 600.0
_PATIENCE = aiohttp.ClientTimeout(total=3)


@dataclass(frozen=True, slots=True)
class LoginOptions:
    """What the page is told.

    Attributes:
        address: Where the bridge reaches its own homeserver.
        homeservers: Where browsers log in: the bridge's own homeserver first.
        server_name: The name of the bridge's own homeserver.
        bot_user_id: Whose answers count in the handshake (docs/protocol.md §2).
        shows_status: The bridge sets “In voice: …”, so the client must not.
        livekit_service_url: The transport that a client in our calls publishes; empty: none is
            known here.
    """

    address: str
    homeservers: Sequence[str]
    server_name: str
    bot_user_id: str
    shows_status: bool
    livekit_service_url: str


class Login:
    """The page's own configuration, and the origins that its policy must allow."""

    def __init__(self, http: aiohttp.ClientSession, options: LoginOptions) -> None:
        """`http`: for asking the homeserver where people log in."""
        self._http = http
        self._options = options
        self._asked_at = -_KNOWN_FOR_S
        self._elsewhere: tuple[str, ...] = ()

    def document(self) -> Mapping[str, object]:
        """`config.json`."""
        options = self._options
        return {
            "server_name": options.server_name,
            "homeservers": list(options.homeservers),
            "bot_user_id": options.bot_user_id,
            "shows_status": options.shows_status,
            "livekit_service_url": options.livekit_service_url,
        }

    async def origins(self) -> Sequence[str]:
        """Homeservers, and the servers that they leave logging in to; no two alike."""
        own, *others = self._options.homeservers
        asked = (self._options.address, *others)
        if time.monotonic() - self._asked_at >= _KNOWN_FOR_S:
            self._asked_at = time.monotonic()
            found = await asyncio.gather(*(self._auth_servers(address) for address in asked))
            self._elsewhere = tuple(origin for several in found for origin in several)
        return list(dict.fromkeys([*map(_origin, (own, *others)), *self._elsewhere]))

    async def _auth_servers(self, address: str) -> list[str]:
        """Where that homeserver's users log in, if not with itself. None if it does not say."""
        url = f"{address}/_matrix/client/v1/auth_metadata"
        try:
            async with self._http.get(url, timeout=_PATIENCE, allow_redirects=False) as answer:
                if answer.status != 200:
                    return []
                said = await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return []
        if not isinstance(said, dict):
            return []
        return [_origin(url) for url in map(said.get, _CALLED) if _is_web(url)]


def _is_web(url: object) -> TypeGuard[str]:
    # A header is made of it: nothing that could end a directive.
    return (
        isinstance(url, str)
        and url.startswith(("https://", "http://"))
        and not set(url) & set(" ;,\r\n\t'\"")
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
