"""A version a room: of two bridges on one database, the one that comes second starts anew."""

from mautrix.util.async_db import Connection

DESCRIPTION = "Version of a room's state"


async def upgrade(conn: Connection) -> None:
    """Rooms that are there are at their first version."""
    await conn.execute("ALTER TABLE rooms ADD COLUMN version BIGINT NOT NULL DEFAULT 1")
