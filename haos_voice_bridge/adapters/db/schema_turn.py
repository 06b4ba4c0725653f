"""One process at a time makes or changes the schema.

mautrix looks at the version, then changes the tables: two bridges that start on a new database
would both make them, and the slower one would fail.
"""

import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

logger = logging.getLogger(__name__)


@asynccontextmanager
async def schema_turn(uri: str) -> AsyncIterator[None]:
    """Wait until no other process is at the schema of this PostgreSQL database.

    An advisory lock on a connection of its own: a process that dies lets go.

    Raises:
        OSError, asyncpg.PostgresError: The database cannot be reached.
    """
    connection: Any = await asyncpg.connect(uri)  # asyncpg has no types
    try:
        lock = advisory_number("schema")
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock):
            logger.info("another bridge is making or changing the database's tables: waiting")
            await connection.execute("SELECT pg_advisory_lock($1)", lock)
        yield
    finally:
        await connection.close(timeout=5)


def advisory_number(what: str) -> int:
    """The advisory lock of ours for something: 64 bits, signed, the same in every process."""
    digest = hashlib.sha256(f"haos-voice-bridge {what}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
