"""Where a server is to be reached (Matrix spec, server-server API, "Resolving server names")."""

import asyncio
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from yarl import URL

from haos_voice_bridge.adapters.federation import names
from haos_voice_bridge.adapters.federation.names import ServerName
from haos_voice_bridge.adapters.federation.web import Answer, Web
from haos_voice_bridge.errors import EffectError, Rejected

logger = logging.getLogger(__name__)

PORT = 8448
KNOWN = 2_000
"""Servers that are remembered at most; who was not asked for longest is forgotten first."""
FOUND_S, LEAST_S, MOST_S = 24 * 3600.0, 300.0, 48 * 3600.0
"""How long a well-known file counts: unless it says, at least, at most (spec: 24 h, 48 h)."""
ABSENT_S = 3600.0
"""How long it counts that there is none."""
SILENT_S = 60.0
"""How long it counts that the server did not answer: this may be an outage."""
LONGEST_S = 15.0
"""How long it is looked for, whatever redirects and name servers there are on the way."""
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)

SrvLookup = Callable[[str], Awaitable[Sequence[tuple[str, int]]]]
"""Targets and ports of an SRV name, best first; empty if there are none."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to connect, what to send as `Host`, and what the certificate must be for."""

    base: URL
    host_header: str
    tls_name: str | None


@dataclass(frozen=True, slots=True)
class _Found:
    destinations: tuple[Destination, ...]
    until: float


class Discovery:
    """Finds servers, and remembers for a while what it found and what it did not."""

    def __init__(
        self, web: Web, srv: SrvLookup, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._web = web
        self._srv = srv
        self._clock = clock
        self._known: OrderedDict[str, _Found] = OrderedDict()
        self._looking: dict[str, asyncio.Future[_Found]] = {}

    async def find(self, server_name: str) -> tuple[Destination, ...]:
        """Where to try, best first.

        Raises:
            Rejected: That is no server name.
        """
        known = self._known.get(server_name)
        if known is not None and self._clock() < known.until:
            self._known.move_to_end(server_name)
            return known.destinations
        name = names.parse(server_name)
        if name is None:
            raise Rejected("that is no server name")
        looking = self._looking.get(server_name)
        if looking is None:
            # One look for all who ask meanwhile; it goes on if the one who asked first goes away.
            looking = asyncio.ensure_future(self._look(name))
            self._looking[server_name] = looking
            looking.add_done_callback(lambda done: self._remember(server_name, done))
        return (await asyncio.shield(looking)).destinations

    def forget(self, server_name: str) -> None:
        """It was not there: look anew next time, unless that was tried just now."""
        known = self._known.get(server_name)
        if known is not None and known.until > self._clock() + SILENT_S:
            until = self._clock() + SILENT_S
            self._known[server_name] = _Found(known.destinations, until)

    def _remember(self, server_name: str, done: "asyncio.Future[_Found]") -> None:
        self._looking.pop(server_name, None)
        if not done.cancelled() and done.exception() is None:
            self._known.pop(server_name, None)
            self._known[server_name] = done.result()
            while len(self._known) > KNOWN:
                self._known.popitem(last=False)

    async def _look(self, name: ServerName) -> _Found:
        try:
            async with asyncio.timeout(LONGEST_S):
                return await self._steps(name)
        except TimeoutError:
            return self._until(SILENT_S, (_plain(name),))

    async def _steps(self, name: ServerName) -> _Found:
        if name.is_address or name.port is not None:
            return self._until(MOST_S, (_plain(name),))
        try:
            answer = await self._web.get_following(_well_known(name.host))
        except EffectError as error:
            logger.debug("no well-known file of %s: %s", name.host, error)
            return self._until(SILENT_S, await self._by_dns(name))
        delegate = _delegate(answer)
        if delegate is None:
            wait_s = ABSENT_S if answer.status < 500 else SILENT_S
            return self._until(wait_s, await self._by_dns(name))
        if delegate.is_address or delegate.port is not None:
            return self._until(_lifetime(answer), (_plain(delegate),))
        return self._until(_lifetime(answer), await self._by_dns(delegate))

    async def _by_dns(self, name: ServerName) -> tuple[Destination, ...]:
        for service in ("_matrix-fed", "_matrix"):  # the second is deprecated
            targets = await self._srv(f"{service}._tcp.{name.host}")
            found = tuple(
                Destination(_base(target, port), name.header, name.host)
                for target, port in targets
                if names.is_host(target)  # DNS allows any bytes
            )
            if found:
                return found
        return (_plain(name),)

    def _until(self, seconds: float, destinations: tuple[Destination, ...]) -> _Found:
        return _Found(destinations, self._clock() + seconds)


def _plain(name: ServerName) -> Destination:
    return Destination(_base(name.host, name.port or PORT), name.header, None)


def _base(host: str, port: int) -> URL:
    return URL.build(scheme="https", host=host, port=port)


def _well_known(host: str) -> URL:
    return URL.build(scheme="https", host=host, path="/.well-known/matrix/server")


def _delegate(answer: Answer) -> ServerName | None:
    said = answer.json().get("m.server") if answer.status == 200 else None
    return names.parse(said) if isinstance(said, str) else None


def _lifetime(answer: Answer) -> float:
    found = _MAX_AGE.search(answer.headers.get("Cache-Control", ""))
    return min(MOST_S, max(LEAST_S, float(found[1]))) if found else FOUND_S
