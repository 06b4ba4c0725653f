"""Calls that are over: written once, read, exported, forgotten."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

from mautrix.util.async_db import Connection, Database

from haos_voice_bridge.adapters.db.connection import stored, transaction
from haos_voice_bridge.core.history import CallRecord, HowEnded, Span

DAY_MS = 86_400_000
BATCH = 500
"""How many calls are read or deleted at a time: what else is to be written waits no longer."""


@dataclass(frozen=True, slots=True)
class RoomCall:
    """A call that is over, and the Matrix room it was in."""

    room_id: str
    call: CallRecord


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
    return [_call(row, await _spans(database, row["call_id"])) for row in calls]


async def _spans(database: Database, call_id: str) -> Sequence[Any]:
    return await database.fetch(
        "SELECT user_id, device_id, name, joined_ts, left_ts FROM call_spans"
        " WHERE call_id = $1 ORDER BY joined_ts, left_ts",
        call_id,
    )


async def calls(
    database: Database,
    room_id: str | None = None,
    since: int | None = None,
    until: int | None = None,
) -> AsyncIterator[RoomCall]:
    """Calls in order of start, a batch in memory at a time.

    Calls that are recorded or forgotten meanwhile may be in it or not; none is in it twice.

    Args:
        database: Where they are.
        room_id: Only those of this room.
        since: Only those that started at this moment (ms) or later.
        until: Only those that started before this moment (ms).
    """
    after = (since or 0, "")  # every call ID comes after the empty one
    before = _END_OF_TIME if until is None else until
    while batch := await _batch(database, room_id, after, before):
        for item in batch:
            yield item
        after = (batch[-1].call.started_ts, batch[-1].call.call_id)


_END_OF_TIME = 2**63 - 1
_BATCH = """
    SELECT page.*, user_id, device_id, name, joined_ts, left_ts FROM (
        SELECT * FROM calls WHERE (started_ts, call_id) > ($1, $2) AND started_ts < $3 OF_ROOM
        ORDER BY started_ts, call_id LIMIT $4
    ) AS page LEFT JOIN call_spans USING (call_id)
    ORDER BY started_ts, call_id, joined_ts, left_ts, user_id, device_id"""
_BATCH_OF_ALL = _BATCH.replace("OF_ROOM", "")
_BATCH_OF_ROOM = _BATCH.replace("OF_ROOM", "AND room_id = $5")


@stored
async def _batch(
    database: Database, room_id: str | None, after: tuple[int, str], before: int
) -> list[RoomCall]:
    if room_id is None:
        rows = await database.fetch(_BATCH_OF_ALL, *after, before, BATCH)
    else:
        rows = await database.fetch(_BATCH_OF_ROOM, *after, before, BATCH, room_id)
    return [_room_call(list(group)) for _, group in groupby(rows, lambda row: row["call_id"])]


def _room_call(rows: Sequence[Any]) -> RoomCall:
    """A call, from one row a stay, or from one row without a stay."""
    stays = [row for row in rows if row["user_id"] is not None]
    return RoomCall(rows[0]["room_id"], _call(rows[0], stays))


def _call(row: Any, stays: Sequence[Any]) -> CallRecord:  # noqa: ANN401 (asyncpg's or SQLite's)
    return CallRecord(
        call_id=row["call_id"],
        started_ts=row["started_ts"],
        ended_ts=row["ended_ts"],
        started_by=row["started_by"],
        peak=row["peak"],
        ended_how=cast("HowEnded", row["ended_how"]),
        spans=tuple(
            Span(
                stay["user_id"], stay["device_id"], stay["name"], stay["joined_ts"], stay["left_ts"]
            )
            for stay in stays
        ),
    )


async def prune(database: Database, keep_days: int, now_ms: int) -> int:
    """Forget calls that ended more than `keep_days` ago (0: none), and say how many."""
    if keep_days == 0:
        return 0
    return await forget_calls_before(database, now_ms - keep_days * DAY_MS)


async def forget_calls_before(database: Database, moment_ms: int) -> int:
    """Delete the calls that ended before the moment, with their stays, and say how many."""
    forgotten = 0
    while some := await _forget_some(database, moment_ms):
        forgotten += some
    return forgotten


@stored
async def _forget_some(database: Database, moment_ms: int) -> int:
    async with transaction(database) as conn:
        gone = await conn.fetch(
            "DELETE FROM calls WHERE call_id IN"
            " (SELECT call_id FROM calls WHERE ended_ts < $1 LIMIT $2) RETURNING call_id",
            moment_ms,
            BATCH,
        )
    return len(gone)


@stored
async def forget_user(database: Database, user_id: str) -> int:
    """Delete a user's stays, and their name as the one who started calls; how many stays it was.

    Their links, sessions and wish for quiet go, too. The calls themselves stay, with their times,
    their peak and the other people; and so does what a moderator laid on them.
    """
    async with transaction(database) as conn:
        for table in ("people", "links", "sessions"):
            await conn.execute(f"DELETE FROM {table} WHERE user_id = $1", user_id)  # noqa: S608
        await conn.execute("UPDATE calls SET started_by = '' WHERE started_by = $1", user_id)
        gone = await conn.fetch(
            "DELETE FROM call_spans WHERE user_id = $1 RETURNING call_id", user_id
        )
    return len(gone)
