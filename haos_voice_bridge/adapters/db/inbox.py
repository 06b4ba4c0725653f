"""Events on disk: stored before they are acknowledged, kept a while to know a redelivery."""

import json
from collections.abc import Sequence

from mautrix.util.async_db import Database

from haos_voice_bridge.adapters.db.connection import stored, transaction
from haos_voice_bridge.ports import Arrival, NewArrival


class SqlInbox:
    """The `inbox` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @stored
    async def add(self, arrivals: Sequence[NewArrival], now: int) -> list[str]:
        """Store those not seen before, in one transaction; the rooms that have something new."""
        rooms: dict[str, None] = {}
        async with transaction(self._database) as conn:
            for arrival in arrivals:
                new = await conn.fetchval(
                    "INSERT INTO inbox (key, room_id, source, payload, received_ts)"
                    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (key) DO NOTHING RETURNING seq",
                    arrival.key,
                    arrival.room_id,
                    arrival.source,
                    json.dumps(arrival.payload),
                    now,
                )
                if new is not None:
                    rooms[arrival.room_id] = None
        return list(rooms)

    @stored
    async def next(self, room_id: str) -> Arrival | None:
        """The room's oldest event that is not handled."""
        row = await self._database.fetchrow(
            "SELECT seq, key, source, payload, received_ts FROM inbox"
            " WHERE status = 0 AND room_id = $1 ORDER BY seq LIMIT 1",
            room_id,
        )
        if row is None:
            return None
        return Arrival(
            seq=row["seq"],
            key=row["key"],
            room_id=room_id,
            source=row["source"],
            payload=json.loads(row["payload"]),
            received_ts=row["received_ts"],
        )

    @stored
    async def waiting(self) -> list[str]:
        """The rooms that have events to handle."""
        rows = await self._database.fetch("SELECT DISTINCT room_id FROM inbox WHERE status = 0")
        return [row["room_id"] for row in rows]

    @stored
    async def done(self, arrival: Arrival) -> None:
        """The event is handled; for those that change no room."""
        await self._database.execute(
            "UPDATE inbox SET status = 1, payload = '' WHERE seq = $1", arrival.seq
        )

    @stored
    async def defer(self, arrival: Arrival) -> None:
        """Set an event aside until `awaken`; those behind it go first."""
        await self._database.execute(
            "UPDATE inbox SET status = 3 WHERE seq = $1 AND status = 0", arrival.seq
        )

    @stored
    async def awaken(self, room_ids: Sequence[str] | None = None) -> list[str]:
        """Let what was set aside (None: in all rooms) be handled anew; the rooms it is in."""
        rows = await self._database.fetch(
            "SELECT seq, room_id FROM inbox WHERE status <> 0 AND status = 3"
        )
        found = [row for row in rows if room_ids is None or row["room_id"] in room_ids]
        for row in found:
            await self._database.execute(
                "UPDATE inbox SET status = 0 WHERE seq = $1 AND status = 3", row["seq"]
            )
        return list({row["room_id"]: None for row in found})

    @stored
    async def knows(self, key: str) -> bool:
        """Whether an event of this key was stored."""
        found = await self._database.fetchval("SELECT 1 FROM inbox WHERE key = $1", key)
        return found is not None

    @stored
    async def is_backlogged(self, limit: int) -> bool:
        """Whether more events than `limit` wait."""
        waiting = "SELECT 1 FROM inbox WHERE status = 0 LIMIT 1 OFFSET $1"
        return await self._database.fetchval(waiting, limit) is not None

    @stored
    async def drop(self, arrival: Arrival, error: str) -> None:
        """Give up on an event, keeping it and the reason for the admin."""
        await self._database.execute(
            "UPDATE inbox SET status = 2, error = $2 WHERE seq = $1", arrival.seq, error
        )

    @stored
    async def forget_before(self, moment: int) -> None:
        """Delete handled events received before `moment` (ms)."""
        await self._database.execute(
            "DELETE FROM inbox WHERE status <> 0 AND received_ts < $1", moment
        )
