"""Where a homeserver's client-server API is: the admin's word, or its well-known file."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from yarl import URL

from haos_voice_bridge.adapters.federation import names
from haos_voice_bridge.adapters.federation.web import Web
from haos_voice_bridge.errors import EffectError, Rejected, Unavailable

KNOWN_S = 4 * 3600.0
KNOWN = 1_000


class ClientApis:
    """Bases of client-server APIs, each with the session that may reach it."""

    def __init__(
        self,
        web: Web,
        trusted: Web,
        overrides: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Know the overrides.

        Args:
            web: For bases that servers name themselves.
            trusted: For those of `overrides`, which may be inside.
            overrides: URLs by server name.
            clock: In seconds.
        """
        self._web = web
        self._trusted = trusted
        self._overrides = {name: URL(url.rstrip("/")) for name, url in overrides.items()}
        self._clock = clock
        self._known: OrderedDict[str, tuple[URL, float]] = OrderedDict()

    async def of(self, server_name: str) -> tuple[URL, Web]:
        """The base, without a slash at its end, and what reaches it.

        Raises:
            EffectError: The server does not say, or not so that it can be used.
        """
        if server_name in self._overrides:
            return self._overrides[server_name], self._trusted
        known = self._known.get(server_name)
        if known is None or known[1] < self._clock():
            base = await self._discover(server_name)
            self._known.pop(server_name, None)
            self._known[server_name] = base, self._clock() + KNOWN_S
            while len(self._known) > KNOWN:
                self._known.popitem(last=False)
            return base, self._web
        return known[0], self._web

    async def _discover(self, server_name: str) -> URL:
        name = names.parse(server_name)
        if name is None:
            raise Rejected("that is no server name")
        # The spec asks the host alone; lk-jwt-service asks the port as well, and goes first here.
        ports = [None] if name.port is None else [name.port, None]
        failure: EffectError = Rejected(f"{server_name} does not say where its API is")
        for port in ports:
            url = URL.build(
                scheme="https", host=name.host, port=port, path="/.well-known/matrix/client"
            )
            try:
                answer = await self._web.get_following(url)
            except Unavailable as error:
                failure = error
                continue
            except Rejected:
                continue
            if answer.status == 200 and (base := _base(answer.json())) is not None:
                return base
        raise failure


def _base(said: Mapping[str, object]) -> URL | None:
    homeserver = said.get("m.homeserver")
    text = homeserver.get("base_url") if isinstance(homeserver, dict) else None
    if not isinstance(text, str):
        return None
    try:
        url = URL(text.rstrip("/"))
    except ValueError:
        return None
    is_whole = (
        url.scheme in {"https", "http"} and url.raw_host and not (url.user or url.query_string)
    )
    return url if is_whole else None
