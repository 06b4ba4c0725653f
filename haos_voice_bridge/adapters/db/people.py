"""What users want of the bridge, whatever the room."""

from collections.abc import Collection

from mautrix.util.async_db import Database

from haos_voice_bridge.adapters.db.connection import stored


class SqlPeople:
    """The `people` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @stored
    async def quiet_among(self, user_ids: Collection[str]) -> Collection[str]:
        """Who of these does not want to be rung."""
        asked = "SELECT quiet FROM people WHERE user_id = $1"
        return {user for user in user_ids if await self._database.fetchval(asked, user)}

    @stored
    async def set_quiet(self, user_id: str, *, quiet: bool) -> None:
        """Note whether a user does not want to be rung; of who may be, nothing is kept."""
        if quiet:
            await self._database.execute(
                "INSERT INTO people (user_id, quiet) VALUES ($1, $2)"
                " ON CONFLICT (user_id) DO UPDATE SET quiet = excluded.quiet",
                user_id,
                quiet,
            )
        else:
            await self._database.execute("DELETE FROM people WHERE user_id = $1", user_id)
