"""One-time links and the sessions that they open.

A lookup by the SHA-256 of a random 256-bit secret tells by its timing nothing about the secret.
"""

from typing import Any

from mautrix.util.async_db import Connection, Database

from haos_voice_bridge.adapters.db.connection import stored, transaction
from haos_voice_bridge.ports import Session

KEEP_MS = 3_600_000
"""A spent link is kept so long after its end, to be able to say why it does not work."""


SESSIONS = 30
"""Of one user at a time: widgets in several rooms, on several devices."""


class SqlLinks:
    """The `links` and `sessions` tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @stored
    async def add(
        self, code_hash: str, *, user_id: str, room_id: str, name: str, now: int, life_ms: int
    ) -> None:
        """A new link voids the older ones of its user and room; the same again changes nothing."""
        async with transaction(self._database) as conn:
            await conn.execute(
                "UPDATE links SET revoked = true WHERE user_id = $1 AND room_id = $2"
                " AND used_ts IS NULL AND code_hash <> $3",
                user_id,
                room_id,
                code_hash,
            )
            await conn.execute(
                "INSERT INTO links (code_hash, user_id, room_id, name, expires_ts)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (code_hash) DO NOTHING",
                code_hash,
                user_id,
                room_id,
                name,
                now + life_ms,
            )

    @stored
    async def revoke(self, user_id: str, room_id: str) -> int:
        """Void the user's links into the room and end their sessions; how many it were."""
        async with transaction(self._database) as conn:
            links = await conn.fetch(
                "UPDATE links SET revoked = true WHERE user_id = $1 AND room_id = $2"
                " AND used_ts IS NULL AND NOT revoked RETURNING code_hash",
                user_id,
                room_id,
            )
            sessions = await conn.fetch(
                "DELETE FROM sessions WHERE user_id = $1 AND room_id = $2 RETURNING session_hash",
                user_id,
                room_id,
            )
        return len(links) + len(sessions)

    @stored
    async def redeem(
        self, code_hash: str, *, session_hash: str, device_id: str, now: int, life_ms: int
    ) -> Session | str:
        """Open a session by a link, once; or why not, for people."""
        async with transaction(self._database) as conn:
            link = await conn.fetchrow(
                "UPDATE links SET used_ts = $2 WHERE code_hash = $1 AND used_ts IS NULL"
                " AND NOT revoked AND expires_ts > $2 RETURNING user_id, room_id, name",
                code_hash,
                now,
            )
            if link is None:
                return await _why_not(conn, code_hash)
            await conn.execute(
                "INSERT INTO sessions (session_hash, user_id, device_id, room_id, name, expires_ts)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                session_hash,
                link["user_id"],
                device_id,
                link["room_id"],
                link["name"],
                now + life_ms,
            )
        return Session(
            key=session_hash,
            user_id=link["user_id"],
            device_id=device_id,
            room_id=link["room_id"],
            name=link["name"],
            expires_ts=now + life_ms,
        )

    @stored
    async def begin(self, session: Session) -> None:
        """Open a session for somebody who proved who they are; of many, the oldest end."""
        async with transaction(self._database) as conn:
            await conn.execute(
                "INSERT INTO sessions (session_hash, user_id, device_id, room_id, name, expires_ts)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                session.key,
                session.user_id,
                session.device_id,
                session.room_id,
                session.name,
                session.expires_ts,
            )
            await conn.execute(
                "DELETE FROM sessions WHERE user_id = $1 AND session_hash NOT IN ("
                "SELECT session_hash FROM sessions WHERE user_id = $1"
                " ORDER BY expires_ts DESC LIMIT $2)",
                session.user_id,
                SESSIONS,
            )

    @stored
    async def move(self, session_hash: str, room_id: str) -> None:
        """From now on it is for that room."""
        await self._database.execute(
            "UPDATE sessions SET room_id = $2 WHERE session_hash = $1", session_hash, room_id
        )

    @stored
    async def end(self, session_hash: str) -> None:
        """It is over; none is success."""
        await self._database.execute("DELETE FROM sessions WHERE session_hash = $1", session_hash)

    @stored
    async def session(self, session_hash: str, now: int) -> Session | None:
        """A session that is still open."""
        row: Any = await self._database.fetchrow(
            "SELECT * FROM sessions WHERE session_hash = $1 AND expires_ts > $2", session_hash, now
        )
        if row is None:
            return None
        return Session(
            key=session_hash,
            user_id=row["user_id"],
            device_id=row["device_id"],
            room_id=row["room_id"],
            name=row["name"],
            expires_ts=row["expires_ts"],
        )

    @stored
    async def forget_before(self, now: int) -> None:
        """Delete links and sessions that are over."""
        await self._database.execute("DELETE FROM links WHERE expires_ts < $1", now - KEEP_MS)
        await self._database.execute("DELETE FROM sessions WHERE expires_ts < $1", now)


async def _why_not(conn: Connection, code_hash: str) -> str:
    link = await conn.fetchrow("SELECT used_ts, revoked FROM links WHERE code_hash = $1", code_hash)
    if link is None:
        return "This link is unknown or long over."
    if link["used_ts"] is not None:
        return "This link was used already. Each works once."
    if link["revoked"]:
        return "This link was made void, by its owner or by a newer one."
    return "This link is too old. It works for ten minutes."
