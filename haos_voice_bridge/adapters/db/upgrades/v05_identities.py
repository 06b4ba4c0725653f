"""Whose the hashed identities are that MatrixRTC clients have on the SFU (MSC4195)."""

from mautrix.util.async_db import Connection

DESCRIPTION = "Hashed identities"


async def upgrade(conn: Connection) -> None:
    """A row for each that was handed out; forgotten at `until` (ms), if it is in no call then."""
    for statement in _STATEMENTS:
        await conn.execute(statement)


_STATEMENTS = (
    """CREATE TABLE identities (
        room_id TEXT NOT NULL,
        identity TEXT NOT NULL,
        user_id TEXT NOT NULL,
        device_id TEXT NOT NULL,
        until BIGINT NOT NULL,
        PRIMARY KEY (room_id, identity)
    )""",
    "CREATE INDEX identities_of_device ON identities (room_id, user_id, device_id)",
    "CREATE INDEX identities_until ON identities (until)",
)
