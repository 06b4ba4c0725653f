"""Calls that are over."""

from typing import cast

from mautrix.util.async_db import Connection, Database

from haos_voice_bridge.core.history import CallRecord, HowEnded, Span


async def record(conn: Connection, room_id: str, call: CallRecord) -> None:
    """Write a call, once: the same call again changes nothing."""
    new = await conn.fetchval(
        "INSERT INTO calls (call_id, room_id, started_ts, ended_ts, started_by, peak, ended_how)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (call_id) DO NOTHING RETURNING call_id",
        call.call_id,
        room_id,
        call.started_ts,
        call.ended_ts,
        call.started_by,
        call.peak,
        call.ended_how,
    )
    if new is None:
        return
    for span in call.spans:
        await conn.execute(
            "INSERT INTO call_spans (call_id, user_id, device_id, name, joined_ts, left_ts)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            call.call_id,
            span.user_id,
            span.device_id,
            span.name,
            span.joined_ts,
            span.left_ts,
        )


async def calls_of_room(database: Database, room_id: str, limit: int = 50) -> list[CallRecord]:
    """The room's newest calls, newest first."""
    calls = await database.fetch(
        "SELECT * FROM calls WHERE room_id = $1 ORDER BY started_ts DESC, call_id DESC LIMIT $2",
        room_id,
        limit,
    )
    return [
        CallRecord(
            call_id=row["call_id"],
            started_ts=row["started_ts"],
            ended_ts=row["ended_ts"],
            started_by=row["started_by"],
            peak=row["peak"],
            ended_how=cast("HowEnded", row["ended_how"]),
            spans=await _spans(database, row["call_id"]),
        )
        for row in calls
    ]


async def _spans(database: Database, call_id: str) -> tuple[Span, ...]:
    rows = await database.fetch(
        "SELECT user_id, device_id, name, joined_ts, left_ts FROM call_spans"
        " WHERE call_id = $1 ORDER BY joined_ts, left_ts",
        call_id,
    )
    return tuple(
        Span(row["user_id"], row["device_id"], row["name"], row["joined_ts"], row["left_ts"])
        for row in rows
    )
