"""Users whose presence status the bridge changed, and what it was before."""

from mautrix.util.async_db import Database

from haos_voice_bridge.adapters.db.connection import stored


class SqlStatuses:
    """The `statuses` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @stored
    async def remembered(self, user_id: str) -> tuple[str, str] | None:
        """`(before, shown)`, or None where the status is not ours."""
        row = await self._database.fetchrow(
            "SELECT before, shown FROM statuses WHERE user_id = $1", user_id
        )
        return None if row is None else (row["before"], row["shown"])

    @stored
    async def remember(self, user_id: str, before: str, shown: str) -> None:
        """The status is ours from now on; what was there before the first time is kept."""
        await self._database.execute(
            "INSERT INTO statuses (user_id, before, shown) VALUES ($1, $2, $3)"
            " ON CONFLICT (user_id) DO UPDATE SET shown = excluded.shown",
            user_id,
            before,
            shown,
        )

    @stored
    async def forget(self, user_id: str) -> None:
        """The status is the user's again."""
        await self._database.execute("DELETE FROM statuses WHERE user_id = $1", user_id)
