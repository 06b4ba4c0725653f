"""Switches of the whole installation, shared by all bridges on the database."""

from mautrix.util.async_db import Connection, Database


async def put(conn: Connection, name: str, value: str) -> None:
    """Set a flag, in a transaction that is open."""
    await conn.execute(
        "INSERT INTO flags (name, value) VALUES ($1, $2)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name,
        value,
    )


async def read(database: Database, name: str) -> str:
    """A flag's value; empty: it was never set."""
    return await database.fetchval("SELECT value FROM flags WHERE name = $1", name) or ""
