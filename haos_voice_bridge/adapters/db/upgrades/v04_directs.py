"""Direct chats with the bot; people who want quiet; leaves that MatrixRTC clients handed over."""

from mautrix.util.async_db import Connection

DESCRIPTION = "Direct chats, people, delayed leaves"


async def upgrade(conn: Connection) -> None:
    """Whose direct chat a room is (empty: nobody's), and a row a delayed leave; times in ms."""
    for statement in _STATEMENTS:
        await conn.execute(statement)


_STATEMENTS = (
    "ALTER TABLE rooms ADD COLUMN direct_user TEXT NOT NULL DEFAULT ''",
    "CREATE TABLE people (user_id TEXT PRIMARY KEY, quiet BOOLEAN NOT NULL)",
    """CREATE TABLE delayed_leaves (
        alias TEXT NOT NULL,
        identity TEXT NOT NULL,
        server_name TEXT NOT NULL,
        delay_id TEXT NOT NULL,
        timeout_ms BIGINT NOT NULL,
        restarted_ts BIGINT NOT NULL,
        connected BOOLEAN NOT NULL,
        PRIMARY KEY (alias, identity)
    )""",
    # Switches of the whole installation.
    "CREATE TABLE flags (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)
