"""Leaves that MatrixRTC clients handed over (token_service/jobs.py)."""

from mautrix.util.async_db import Connection

DESCRIPTION = "Delayed leaves"


async def upgrade(conn: Connection) -> None:
    """One row a participant of a LiveKit room; times in ms."""
    await conn.execute(
        """CREATE TABLE delayed_leaves (
            alias TEXT NOT NULL,
            identity TEXT NOT NULL,
            server_name TEXT NOT NULL,
            delay_id TEXT NOT NULL,
            timeout_ms BIGINT NOT NULL,
            restarted_ts BIGINT NOT NULL,
            connected BOOLEAN NOT NULL,
            PRIMARY KEY (alias, identity)
        )"""
    )
