"""What the database tells about its own health, and about that of others."""

import time
from collections.abc import Sequence

from mautrix.util.async_db import Database

from haos_voice_bridge.adapters.db import codec
from haos_voice_bridge.adapters.db.connection import stored
from haos_voice_bridge.core.call import Active
from haos_voice_bridge.core.checkup import Finding
from haos_voice_bridge.core.text import duration
from haos_voice_bridge.ports import Clock, SetAside

SLOW_MS = 250
TOLD_MS = 60_000
"""News of a call's start is there by then."""
APART_MS = 10_000
"""LiveKit's clock says when a call began, and ours when news came."""
KEPT_MS = 2 * 86_400_000
"""Webhooks are remembered a little longer than that."""


class DatabaseCheckup:
    """Reads only."""

    def __init__(self, database: Database, kind: str, clock: Clock) -> None:
        self._database = database
        self._kind = kind
        self._clock = clock

    @stored
    async def answers(self) -> Sequence[Finding]:
        """How fast it is."""
        began = time.monotonic()
        await self._database.fetchval("SELECT COUNT(*) FROM flags")
        took = (time.monotonic() - began) * 1000
        text = f"Database ({self._kind}): answers in {took:.0f} ms."
        if took > SLOW_MS:
            return [Finding("warning", text, "That is slow: look at its disk and its load.")]
        return [Finding("ok", text)]

    @stored
    async def webhooks(self) -> Sequence[Finding]:
        """Whether LiveKit's webhooks arrive: one must have come since the last call began."""
        now = self._clock.now_ms()
        last = await self._database.fetchval(
            "SELECT MAX(received_ts) FROM inbox WHERE source = 'livekit'"
        )
        began = await self._last_call()
        ago = "" if last is None else f"The last came {duration(now - last)} ago."
        # A call that runs for days may have had its news forgotten meanwhile.
        if began is None or now - began > KEPT_MS:
            return [Finding("ok", f"LiveKit's webhooks: {ago or 'none, and no call either.'}")]
        if last is None or last < began - APART_MS:
            if now - began < TOLD_MS:
                return [Finding("ok", f"LiveKit's webhooks: a call just began. {ago}".rstrip())]
            text = f"LiveKit's webhooks do not arrive: none since the last call began. {ago}"
            advice = (
                "Rosters lag by seconds. Set webhook.urls to <appservice.address>/livekit/webhook "
                "and webhook.api_key to the bridge's key in LiveKit's configuration."
            )
            return [Finding("warning", text.rstrip(), advice)]
        return [Finding("ok", f"LiveKit's webhooks arrive. {ago}")]

    async def _last_call(self) -> int | None:
        """When the newest call began, running or over."""
        rows = await self._database.fetch("SELECT state FROM rooms WHERE in_call")
        calls = [codec.room_from_text(row["state"]).call for row in rows]
        moments = [call.started_ts for call in calls if isinstance(call, Active)]
        over = await self._database.fetchval("SELECT MAX(started_ts) FROM calls")
        return max([*moments, *([over] if over is not None else [])], default=None)

    @stored
    async def set_aside(self) -> SetAside:
        """What can never succeed."""
        effects = await self._database.fetchval("SELECT COUNT(*) FROM outbox WHERE status = 2")
        arrivals = await self._database.fetchval("SELECT COUNT(*) FROM inbox WHERE status = 2")
        rows = await self._database.fetch(
            "SELECT DISTINCT room_id FROM outbox"
            " WHERE status = 2 AND error LIKE 'M_FORBIDDEN%' ORDER BY room_id"
        )
        return SetAside(effects or 0, arrivals or 0, tuple(row["room_id"] for row in rows))
