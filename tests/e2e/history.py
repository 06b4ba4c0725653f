"""The history and the rooms, straight from the database of a bridge on SQLite."""

import json
import sqlite3
from contextlib import closing

from tests.e2e.person import until


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


def knows(stack, room_id):
    """Whether the bridge has read that its bot is in the room."""
    with closing(sqlite3.connect(stack.data / "bridge" / "bridge.db")) as database:
        found = database.execute("SELECT state FROM rooms WHERE room_id = ?", (room_id,)).fetchone()
    return found is not None and json.loads(found[0])["bot"] == "joined"


async def bot_is_in(person, room_id, stack):
    """Wait until the bot has joined the room, and has read that it did."""

    async def is_in():
        member = await person.state(room_id, "m.room.member", stack.info.bot_user_id)
        return member["membership"] == "join" and knows(stack, room_id)

    await until(is_in)
