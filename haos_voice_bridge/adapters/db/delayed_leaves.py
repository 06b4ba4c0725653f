"""Leaves that MatrixRTC clients handed over, in the bridge's own database."""

from collections.abc import Sequence

from mautrix.util.async_db import Database

from haos_voice_bridge.adapters.db.connection import stored
from haos_voice_bridge.token_service.jobs import Job


class SqlDelayedLeaves:
    """The `delayed_leaves` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @stored
    async def save(self, job: Job) -> None:
        """Keep it; of one key the newest is kept."""
        await self._database.execute(
            "INSERT INTO delayed_leaves"
            " (alias, identity, server_name, delay_id, timeout_ms, restarted_ts, connected)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (alias, identity) DO UPDATE SET"
            " server_name = excluded.server_name, delay_id = excluded.delay_id,"
            " timeout_ms = excluded.timeout_ms, restarted_ts = excluded.restarted_ts,"
            " connected = excluded.connected",
            job.alias,
            job.identity,
            job.server_name,
            job.delay_id,
            job.timeout_ms,
            job.restarted_ts,
            job.connected,
        )

    @stored
    async def forget(self, job: Job) -> None:
        """It is over. Another job of the same key stays."""
        await self._database.execute(
            "DELETE FROM delayed_leaves WHERE alias = $1 AND identity = $2 AND delay_id = $3",
            job.alias,
            job.identity,
            job.delay_id,
        )

    @stored
    async def all(self) -> Sequence[Job]:
        """What was kept."""
        rows = await self._database.fetch("SELECT * FROM delayed_leaves")
        return [
            Job(
                alias=row["alias"],
                identity=row["identity"],
                server_name=row["server_name"],
                delay_id=row["delay_id"],
                timeout_ms=row["timeout_ms"],
                restarted_ts=row["restarted_ts"],
                connected=bool(row["connected"]),
            )
            for row in rows
        ]
