"""What a user's presence status was before the bridge changed it; calls in order."""

from mautrix.util.async_db import Connection

DESCRIPTION = "Statuses to restore"


async def upgrade(conn: Connection) -> None:
    """One row a user whose status is ours at the moment."""
    await conn.execute(
        "CREATE TABLE statuses"
        " (user_id TEXT PRIMARY KEY, before TEXT NOT NULL, shown TEXT NOT NULL)"
    )
    # The export reads all calls in this order.
    await conn.execute("CREATE INDEX calls_by_start ON calls (started_ts, call_id)")
