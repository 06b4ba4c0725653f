"""The first schema. Times are milliseconds since the epoch."""

from mautrix.util.async_db import Connection, Scheme

DESCRIPTION = "Inbox, rooms, outbox, history"


async def upgrade(conn: Connection, scheme: Scheme) -> None:
    """Make all tables."""
    serial = (
        "INTEGER PRIMARY KEY AUTOINCREMENT"
        if scheme == Scheme.SQLITE
        else "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    )
    for statement in _STATEMENTS:
        await conn.execute(statement.replace("SERIAL_KEY", serial))


_STATEMENTS = (
    # status: 0 waiting, 1 handled (payload emptied, key kept to know a redelivery), 2 given up,
    # 3 waits for its key (encrypted rooms)
    """CREATE TABLE inbox (
        seq SERIAL_KEY,
        key TEXT NOT NULL UNIQUE,
        room_id TEXT NOT NULL,
        source TEXT NOT NULL,
        payload TEXT NOT NULL,
        received_ts BIGINT NOT NULL,
        status SMALLINT NOT NULL DEFAULT 0,
        error TEXT
    )""",
    "CREATE INDEX inbox_waiting ON inbox (room_id, seq) WHERE status = 0",
    "CREATE INDEX inbox_received ON inbox (received_ts) WHERE status <> 0",
    """CREATE TABLE rooms (
        room_id TEXT PRIMARY KEY,
        livekit_room TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL,
        in_call BOOLEAN NOT NULL,
        due_ts BIGINT
    )""",
    "CREATE INDEX rooms_in_call ON rooms (room_id) WHERE in_call",
    # status: 0 to be done, 2 parked (can never succeed); done effects are deleted
    """CREATE TABLE outbox (
        seq SERIAL_KEY,
        room_id TEXT NOT NULL,
        key TEXT NOT NULL,
        queue TEXT NOT NULL,
        slot TEXT,
        effect TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        status SMALLINT NOT NULL DEFAULT 0,
        error TEXT,
        owed_ts BIGINT NOT NULL,
        UNIQUE (room_id, key)
    )""",
    "CREATE INDEX outbox_owed ON outbox (room_id, queue, seq) WHERE status = 0",
    """CREATE TABLE sent (
        room_id TEXT NOT NULL,
        key TEXT NOT NULL,
        event_id TEXT NOT NULL,
        PRIMARY KEY (room_id, key)
    )""",
    """CREATE TABLE calls (
        call_id TEXT PRIMARY KEY,
        room_id TEXT NOT NULL,
        started_ts BIGINT NOT NULL,
        ended_ts BIGINT NOT NULL,
        started_by TEXT NOT NULL,
        peak INTEGER NOT NULL,
        ended_how TEXT NOT NULL
    )""",
    "CREATE INDEX calls_of_room ON calls (room_id, started_ts)",
    """CREATE TABLE call_spans (
        call_id TEXT NOT NULL REFERENCES calls (call_id) ON DELETE CASCADE,
        user_id TEXT NOT NULL,
        device_id TEXT NOT NULL,
        name TEXT NOT NULL,
        joined_ts BIGINT NOT NULL,
        left_ts BIGINT NOT NULL
    )""",
    "CREATE INDEX call_spans_of_call ON call_spans (call_id)",
    "CREATE INDEX call_spans_of_user ON call_spans (user_id)",
)
