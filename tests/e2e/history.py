"""The history, straight from the database of a bridge on SQLite."""

import sqlite3
from contextlib import closing


def history_of(stack, room_id):
    """The call rows and the stays of a room."""
    with closing(sqlite3.connect(stack.data / "bridge" / "bridge.db")) as database:
        calls = database.execute(
            "SELECT call_id, started_by, peak, ended_how, ended_ts - started_ts"
            " FROM calls WHERE room_id = ? ORDER BY started_ts",
            (room_id,),
        ).fetchall()
        stays = database.execute(
            "SELECT user_id, left_ts - joined_ts FROM call_spans JOIN calls USING (call_id)"
            " WHERE room_id = ? ORDER BY joined_ts",
            (room_id,),
        ).fetchall()
    return calls, stays
