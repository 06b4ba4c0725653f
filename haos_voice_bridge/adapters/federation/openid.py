"""Whose is an OpenID token? Its server says (`/openid/userinfo`, server-server API)."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote

from yarl import URL

from haos_voice_bridge.adapters.federation.discovery import Destination, Discovery
from haos_voice_bridge.adapters.federation.web import Answer, Web
from haos_voice_bridge.core.ids import is_clean, server_of
from haos_voice_bridge.errors import EffectError, Rejected, Unavailable
from haos_voice_bridge.token_service.ports import OpenIdProvider
from haos_voice_bridge.token_service.refused import NotVerified
from haos_voice_bridge.token_service.requests import OpenIdToken

PATH = "/_matrix/federation/v1/openid/userinfo"
LONGEST_S = 20.0
"""How long a server has in all: to be found, and to answer, in one of its places."""
MOST = 1_000
"""Tokens that are checked at the same time."""


class FederationOpenId:
    """Asks any server of the federation."""

    def __init__(self, web: Web, discovery: Discovery) -> None:
        self._web = web
        self._discovery = discovery
        self._asking = 0

    async def user_of(self, token: OpenIdToken) -> str:
        """The user that the server names.

        Raises:
            NotVerified: It names none of its own, or does not answer.
            Unavailable: Too many are asked already.
        """
        if self._asking >= MOST:
            raise Unavailable(f"{MOST} OpenID tokens are being checked already", retry_after_s=5)
        self._asking += 1
        try:
            async with asyncio.timeout(LONGEST_S):
                answer = await self._ask(token)
        except (EffectError, TimeoutError) as error:
            raise NotVerified(str(error) or "it takes too long") from error
        finally:
            self._asking -= 1
        return user_from(answer, token.server_name)

    async def _ask(self, token: OpenIdToken) -> Answer:
        failure = Rejected("the server is nowhere")  # never: there is a destination always
        for destination in await self._discovery.find(token.server_name):
            try:
                return await self._web.get(
                    _url(destination.base, token.access_token),
                    _host(destination),
                    destination.tls_name,
                )
            except Unavailable as error:
                failure = error  # type: ignore[assignment]
        self._discovery.forget(token.server_name)
        raise failure


class Apart:
    """Known servers by ways of their own: strangers that keep us waiting take none of theirs."""

    def __init__(
        self, names: Collection[str], known: OpenIdProvider, others: OpenIdProvider
    ) -> None:
        """`names` are those of the servers that `known` asks."""
        self._names = frozenset(names)
        self._known = known
        self._others = others

    async def user_of(self, token: OpenIdToken) -> str:
        """The user that the server names; see `FederationOpenId`."""
        way = self._known if token.server_name in self._names else self._others
        return await way.user_of(token)


class LocalOpenId:
    """Asks our own homeserver where it is configured to be, and others as `others` does."""

    def __init__(self, domain: str, address: str, web: Web, others: OpenIdProvider) -> None:
        """`web` must reach `address`, which is the admin's word and needs no guard."""
        self._domain = domain
        self._address = URL(address)
        self._web = web
        self._others = others

    async def user_of(self, token: OpenIdToken) -> str:
        """The user that the server names; see `FederationOpenId`."""
        if token.server_name != self._domain:
            return await self._others.user_of(token)
        try:
            answer = await self._web.get(_url(self._address, token.access_token))
        except EffectError as error:
            raise NotVerified(str(error)) from error
        return user_from(answer, self._domain)


def user_from(answer: Answer, server_name: str) -> str:
    """The user in an answer of that server.

    Raises:
        NotVerified: There is none, or one of another server.
    """
    if answer.status != 200:
        raise NotVerified(
            f"{server_name} refuses the token: {_reason(answer.status, answer.json())}"
        )
    user = answer.json().get("sub")
    if not isinstance(user, str) or not user.startswith("@") or not is_clean(user):
        raise NotVerified(f"{server_name} names no user")
    if server_of(user) != server_name:
        raise NotVerified(f"{server_name} names a user of another server")
    return user


def _reason(status: int, body: Mapping[str, Any]) -> str:
    errcode = body.get("errcode")
    return errcode[:64] if isinstance(errcode, str) and is_clean(errcode) else f"HTTP {status}"


def _url(base: URL, token: str) -> URL:
    prefix = str(base).rstrip("/")
    return URL(f"{prefix}{PATH}?access_token={quote(token, safe='')}", encoded=True)


def _host(destination: Destination) -> Mapping[str, str]:
    return {"Host": destination.host_header}
