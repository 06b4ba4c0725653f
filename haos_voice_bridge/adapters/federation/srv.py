"""SRV records, which the system's resolver does not tell."""

import logging
import math
import random
from collections.abc import Sequence
from typing import Any

logger = logging.getLogger(__name__)

PATIENCE_S = 4.0
TRIED = 3
"""Targets that are tried at most."""


class DnsSrv:
    """Asks the name servers of the system, or those given."""

    def __init__(self, nameserver: tuple[str, int] | None = None) -> None:
        """`nameserver` is an address and port, for tests."""
        self._nameserver = nameserver
        self._resolver: Any = None

    async def __call__(self, name: str) -> Sequence[tuple[str, int]]:
        """Targets and ports, best first; empty if there are none or nobody says."""
        # Here, not above: it takes a moment, and most servers are found without.
        from dns.exception import DNSException  # noqa: PLC0415

        try:
            answer = await self._resolving().resolve(name, "SRV", lifetime=PATIENCE_S)
        except DNSException as error:
            logger.debug("no SRV record %s: %s", name, type(error).__name__)
            return ()
        records = sorted(answer, key=lambda record: (record.priority, _draw(record.weight)))
        targets = [(r.target.to_text(omit_final_dot=True), r.port) for r in records[:TRIED]]
        return [(host, port) for host, port in targets if host and port]

    def _resolving(self) -> Any:  # noqa: ANN401 (dnspython, imported late)
        if self._resolver is None:
            from dns.asyncresolver import Resolver  # noqa: PLC0415

            self._resolver = Resolver(configure=self._nameserver is None)
            if self._nameserver is not None:
                self._resolver.nameservers = [self._nameserver[0]]
                self._resolver.port = self._nameserver[1]
        return self._resolver


def _draw(weight: int) -> float:
    """A number by which a heavier record comes first the more often (RFC 2782)."""
    return -math.pow(random.random(), 1 / (weight or 0.01))  # noqa: S311 (not a secret)
