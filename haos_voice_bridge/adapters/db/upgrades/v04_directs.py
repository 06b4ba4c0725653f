"""Direct chats with the bot, where commands need no prefix; who does not want to be rung."""

from mautrix.util.async_db import Connection

DESCRIPTION = "Direct chats, people"


async def upgrade(conn: Connection) -> None:
    """Whose direct chat a room is; empty: nobody's."""
    await conn.execute("ALTER TABLE rooms ADD COLUMN direct_user TEXT NOT NULL DEFAULT ''")
    await conn.execute("CREATE TABLE people (user_id TEXT PRIMARY KEY, quiet BOOLEAN NOT NULL)")
