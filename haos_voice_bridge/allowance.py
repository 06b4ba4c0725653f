"""How often one caller may ask, for all callers of a kind."""

from haos_voice_bridge.core.limits import Asked, counted, wait_ms
from haos_voice_bridge.ports import Clock

SPAN_MS = 60_000
CALLERS = 10_000


class Allowance:
    """So many requests a minute and caller."""

    def __init__(self, limit: int, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._asked: dict[str, tuple[Asked, ...]] = {}

    def wait_ms(self, caller: str) -> int:
        """How long the caller must wait; 0: not at all."""
        asked, now = self._asked.get(caller, ()), self._clock.now_ms()
        recent = tuple(one for one in asked if one.at > now - SPAN_MS)
        if len(recent) < self._limit:
            return 0
        return wait_ms(recent, caller, now, span_ms=SPAN_MS)

    def spend(self, caller: str) -> None:
        """Count one request."""
        if caller not in self._asked and len(self._asked) >= CALLERS:
            self._asked.clear()
        asked, now = self._asked.get(caller, ()), self._clock.now_ms()
        self._asked[caller], _ = counted(asked, caller, now, limit=self._limit, span_ms=SPAN_MS)
