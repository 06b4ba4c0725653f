"""Direct chats with the bot, where commands need no prefix; one-time links, and sessions."""

from mautrix.util.async_db import Connection

DESCRIPTION = "Direct chats, links"


async def upgrade(conn: Connection) -> None:
    """Whose direct chat a room is; empty: nobody's."""
    await conn.execute("ALTER TABLE rooms ADD COLUMN direct_user TEXT NOT NULL DEFAULT ''")
    await _make_links(conn)


async def _make_links(conn: Connection) -> None:
    """The code and the session are secrets, so only their SHA-256 is here."""
    await conn.execute(
        """CREATE TABLE links (
            code_hash  TEXT PRIMARY KEY,
            user_id    TEXT NOT NULL,
            room_id    TEXT NOT NULL,
            name       TEXT NOT NULL,
            expires_ts BIGINT NOT NULL,
            used_ts    BIGINT,
            revoked    BOOLEAN NOT NULL DEFAULT false
        )"""
    )
    await conn.execute("CREATE INDEX links_of_user ON links (user_id, room_id)")
    await conn.execute(
        """CREATE TABLE sessions (
            session_hash TEXT PRIMARY KEY,
            user_id      TEXT NOT NULL,
            device_id    TEXT NOT NULL,
            room_id      TEXT NOT NULL,
            name         TEXT NOT NULL,
            expires_ts   BIGINT NOT NULL
        )"""
    )
    await conn.execute("CREATE INDEX sessions_of_user ON sessions (user_id, room_id)")
