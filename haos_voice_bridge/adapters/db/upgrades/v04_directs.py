"""Direct chats; leaves that MatrixRTC clients handed over (token_service/jobs.py); links."""

from mautrix.util.async_db import Connection

DESCRIPTION = "Direct chats, delayed leaves, links"


async def upgrade(conn: Connection) -> None:
    """Whose direct chat a room is (empty: nobody's), a row a delayed leave, link and session.

    Times are in ms. Codes and sessions are secrets, so only their SHA-256 is here.
    """
    for statement in _STATEMENTS:
        await conn.execute(statement)


_STATEMENTS = (
    "ALTER TABLE rooms ADD COLUMN direct_user TEXT NOT NULL DEFAULT ''",
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
