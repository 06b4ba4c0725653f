"""Direct chats with the bot, where commands need no prefix."""

from mautrix.util.async_db import Connection

DESCRIPTION = "Direct chats"


async def upgrade(conn: Connection) -> None:
    """Whose direct chat a room is; empty: nobody's."""
    await conn.execute("ALTER TABLE rooms ADD COLUMN direct_user TEXT NOT NULL DEFAULT ''")
