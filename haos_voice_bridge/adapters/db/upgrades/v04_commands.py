"""Direct chats, people who want quiet, links, and leaves that MatrixRTC clients handed over."""

from mautrix.util.async_db import Connection

DESCRIPTION = "Direct chats, people, flags, links, delayed leaves"


async def upgrade(conn: Connection) -> None:
    """Whose direct chat a room is (empty: nobody's), a row a delayed leave, link and session.

    Times are in ms. Codes and sessions are secrets, so only their SHA-256 is here.
    """
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
    """CREATE TABLE links (
        code_hash TEXT PRIMARY KEY,
        user_id TEXT NOT NULL,
        room_id TEXT NOT NULL,
        name TEXT NOT NULL,
        expires_ts BIGINT NOT NULL,
        used_ts BIGINT,
        revoked BOOLEAN NOT NULL DEFAULT false
    )""",
    "CREATE INDEX links_of_user ON links (user_id, room_id)",
    """CREATE TABLE sessions (
        session_hash TEXT PRIMARY KEY,
        user_id TEXT NOT NULL,
        device_id TEXT NOT NULL,
        room_id TEXT NOT NULL,
        name TEXT NOT NULL,
        expires_ts BIGINT NOT NULL
    )""",
    "CREATE INDEX sessions_of_user ON sessions (user_id, room_id)",
)
