"""Whose the hashed identities are that were handed out. Every bridge on the database knows them."""

from collections.abc import Collection, Mapping, Sequence

from mautrix.util.async_db import Database

from haos_voice_bridge.adapters.db.connection import stored, transaction


class SqlIdentities:
    """The `identities` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @stored
    async def remember(
        self, room_id: str, identity: str, *, user_id: str, device_id: str, until: int
    ) -> None:
        """Whose an identity is. It is a hash of both, so it is nobody else's ever."""
        await self._database.execute(
            "INSERT INTO identities (room_id, identity, user_id, device_id, until)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (room_id, identity) DO UPDATE SET"
            " user_id = excluded.user_id, device_id = excluded.device_id, until = excluded.until",
            room_id,
            identity,
            user_id,
            device_id,
            until,
        )

    @stored
    async def devices(
        self, room_id: str, identities: Collection[str]
    ) -> Mapping[str, tuple[str, str]]:
        """`(user_id, device_id)` of each of these that is known."""
        asked = "SELECT user_id, device_id FROM identities WHERE room_id = $1 AND identity = $2"
        rows = {name: await self._database.fetchrow(asked, room_id, name) for name in identities}
        return {
            name: (row["user_id"], row["device_id"])
            for name, row in rows.items()
            if row is not None
        }

    @stored
    async def of_device(self, room_id: str, user_id: str, device_id: str) -> Sequence[str]:
        """The identities of a device."""
        rows = await self._database.fetch(
            "SELECT identity FROM identities"
            " WHERE room_id = $1 AND user_id = $2 AND device_id = $3 ORDER BY identity",
            room_id,
            user_id,
            device_id,
        )
        return [row["identity"] for row in rows]

    @stored
    async def keep(self, room_id: str, identities: Collection[str], until: int) -> None:
        """These are in use: keep them for longer."""
        async with transaction(self._database) as conn:
            for identity in identities:
                await conn.execute(
                    "UPDATE identities SET until = $3 WHERE room_id = $1 AND identity = $2",
                    room_id,
                    identity,
                    until,
                )

    @stored
    async def forget_before(self, now: int) -> None:
        """Delete those that nobody uses any more."""
        await self._database.execute("DELETE FROM identities WHERE until < $1", now)
