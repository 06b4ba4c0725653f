"""A homeserver whose transactions were refused hears of it as soon as they are taken again.

Synapse waits twice as long after each refusal, up to 8.5 minutes. A ping ends that wait (MSC2659).
"""

from collections.abc import Awaitable, Callable

from haos_voice_bridge.aio import TaskScope
from haos_voice_bridge.errors import Rejected, Unavailable

ASK_EVERY_S = 1.0


class Nudge:
    """Pings the homeserver after an outage of ours."""

    def __init__(
        self,
        takes: Callable[[], Awaitable[None]],
        ping: Callable[[], Awaitable[object]],
        scope: TaskScope,
    ) -> None:
        """`takes` raises `Unavailable` as long as a transaction would be refused."""
        self._takes = takes
        self._ping = ping
        self._scope = scope
        self._waiting = False

    def refused(self) -> None:
        """A transaction was just refused."""
        if not self._waiting:
            self._waiting = True
            self._scope.spawn(self._wait(), name="tell the homeserver that we are back")

    async def _wait(self) -> None:
        while await self._scope.pause(ASK_EVERY_S):
            try:
                await self._takes()
                self._waiting = False  # one that is refused from now on wants another ping
                await self._ping()
            except Unavailable:
                self._waiting = True
            except Rejected:
                break  # it cannot ping: its own wait has to do
            else:
                break
        self._waiting = False
