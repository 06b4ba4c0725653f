"""Rooms and what they owe, saved together or not at all."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import cast

from mautrix.util.async_db import Connection, Database

from haos_voice_bridge.adapters.db import codec, flags, history
from haos_voice_bridge.adapters.db.connection import stored, transaction
from haos_voice_bridge.core.call import Active, Room, due
from haos_voice_bridge.core.effects import (
    ClearStatus,
    Effect,
    Queue,
    RecordCall,
    SetFlag,
    SetState,
    ShowStatus,
    queue_of,
)
from haos_voice_bridge.core.history import CallRecord
from haos_voice_bridge.core.ids import livekit_room
from haos_voice_bridge.errors import Overtaken
from haos_voice_bridge.ports import Arrival, Owed


class SqlStore:
    """The `rooms`, `outbox` and `sent` tables."""

    def __init__(self, database: Database, saved: Callable[[str], None] = lambda _: None) -> None:
        """`saved(room_id)` is called after each save of a room."""
        self._database = database
        self._saved = saved

    @stored
    async def load(self, room_id: str) -> Room:
        """A room's state; a new room's if it is not known."""
        row = await self._database.fetchrow(
            "SELECT state, version FROM rooms WHERE room_id = $1", room_id
        )
        if row is None:
            return Room(room_id)
        return replace(codec.room_from_text(row["state"]), version=row["version"])

    @stored
    async def save(
        self, room: Room, effects: Sequence[Effect], now: int, *, consumed: Arrival | None = None
    ) -> None:
        """In one transaction: the state, the owed effects, history, and the event handled.

        Raises:
            Overtaken: Another bridge saved the room since it was loaded: load it and decide anew.
        """
        async with transaction(self._database) as conn:
            if not await _put_room(conn, room):
                raise _overtaken(room.room_id)
            for effect in effects:
                if isinstance(effect, RecordCall):
                    await history.record(conn, room.room_id, effect.record)
                elif isinstance(effect, SetFlag):
                    await flags.put(conn, effect.name, effect.value)
                else:
                    await _owe(conn, room.room_id, effect, now)
            # The key stays, to know a redelivery; what was said does not.
            handled = "UPDATE inbox SET status = 1, payload = '' WHERE seq = $1 AND status = 0"
            if consumed is not None and not await conn.fetchval(
                f"{handled} RETURNING seq", consumed.seq
            ):
                raise _overtaken(room.room_id)
        self._saved(room.room_id)

    @stored
    async def owe(self, room_id: str, effect: Effect, now: int) -> None:
        """Add an effect that does not come from a step, unless its message was sent before."""
        async with transaction(self._database) as conn:
            if await _sent(conn, room_id, effect.key) is None:
                await _owe(conn, room_id, effect, now)

    @stored
    async def next_owed(self, room_id: str, queue: Queue) -> Owed | None:
        """The oldest effect of a queue that is still to be done."""
        row = await self._database.fetchrow(
            "SELECT seq, effect, attempts FROM outbox"
            " WHERE status = 0 AND room_id = $1 AND queue = $2 ORDER BY seq LIMIT 1",
            room_id,
            queue,
        )
        if row is None:
            return None
        return Owed(row["seq"], room_id, codec.effect_from_text(row["effect"]), row["attempts"])

    @stored
    async def owing(self) -> list[tuple[str, Queue]]:
        """The queues that have effects to be done."""
        rows = await self._database.fetch(
            "SELECT DISTINCT room_id, queue FROM outbox WHERE status = 0"
        )
        return [(row["room_id"], cast("Queue", row["queue"])) for row in rows]

    @stored
    async def strike_off(self, owed: Owed, event_id: str = "") -> None:
        """The effect is done; `event_id` is what a message became."""
        async with transaction(self._database) as conn:
            await conn.execute("DELETE FROM outbox WHERE seq = $1", owed.seq)
            if event_id:
                await conn.execute(
                    "INSERT INTO sent (room_id, key, event_id) VALUES ($1, $2, $3)"
                    " ON CONFLICT DO NOTHING",
                    owed.room_id,
                    owed.effect.key,
                    event_id,
                )

    @stored
    async def tried(self, owed: Owed) -> None:
        """The effect was tried and may succeed later."""
        await self._database.execute(
            "UPDATE outbox SET attempts = attempts + 1 WHERE seq = $1", owed.seq
        )

    @stored
    async def park(self, owed: Owed, error: str) -> None:
        """The effect can never succeed: set it aside, with the reason."""
        await self._database.execute(
            "UPDATE outbox SET status = 2, error = $2 WHERE seq = $1", owed.seq, error
        )

    @stored
    async def forget_parked_before(self, moment: int) -> None:
        """Delete what was set aside and was owed before `moment` (ms)."""
        await self._database.execute("DELETE FROM outbox WHERE status = 2 AND owed_ts < $1", moment)

    @stored
    async def sent_event(self, room_id: str, key: str) -> str | None:
        """The event id of a message of ours, by its key."""
        async with transaction(self._database) as conn:
            return await _sent(conn, room_id, key)

    @stored
    async def due_rooms(self) -> list[tuple[str, int]]:
        """Rooms that need a `Tick`, and when."""
        rows = await self._database.fetch(
            "SELECT room_id, due_ts FROM rooms WHERE due_ts IS NOT NULL"
        )
        return [(row["room_id"], row["due_ts"]) for row in rows]

    @stored
    async def active_rooms(self) -> list[str]:
        """Rooms with a call."""
        rows = await self._database.fetch("SELECT room_id FROM rooms WHERE in_call")
        return [row["room_id"] for row in rows]

    @stored
    async def direct_users(self, room_ids: Collection[str]) -> Mapping[str, str]:
        """Of these rooms, the direct chats with the bot: whose each is."""
        asked = "SELECT direct_user FROM rooms WHERE room_id = $1 AND direct_user <> ''"
        found = {name: await self._database.fetchval(asked, name) for name in room_ids}
        return {room_id: user_id for room_id, user_id in found.items() if user_id is not None}

    @stored
    async def direct_room(self, user_id: str) -> str | None:
        """The user's direct chat with the bot, if the bot is in one."""
        rows = await self._database.fetch(
            "SELECT room_id, state FROM rooms WHERE direct_user = $1 ORDER BY room_id", user_id
        )
        rooms = (codec.room_from_text(row["state"]) for row in rows)
        return next((room.room_id for room in rooms if room.bot == "joined"), None)

    @stored
    async def version(self, room_id: str) -> int:
        """Grows with each save of the room, by whichever bridge."""
        asked = "SELECT version FROM rooms WHERE room_id = $1"
        return int(await self._database.fetchval(asked, room_id) or 0)

    @stored
    async def versions(self) -> Mapping[str, int]:
        """The versions of all rooms."""
        rows = await self._database.fetch("SELECT room_id, version FROM rooms")
        return {row["room_id"]: row["version"] for row in rows}

    @stored
    async def known_rooms(self) -> Sequence[Room]:
        """The rooms that the bot is in."""
        rows = await self._database.fetch("SELECT state, version FROM rooms ORDER BY room_id")
        rooms = (replace(codec.room_from_text(r["state"]), version=r["version"]) for r in rows)
        return [room for room in rooms if room.bot == "joined"]

    @stored
    async def flag(self, name: str) -> str:
        """A switch of the whole installation; empty: it was never set."""
        return await flags.read(self._database, name)

    @stored
    async def past_calls(self, room_id: str, limit: int) -> Sequence[CallRecord]:
        """The room's newest calls, newest first."""
        return await history.calls_of_room(self._database, room_id, limit)

    @stored
    async def room_of_livekit(self, livekit_room: str) -> str | None:
        """The Matrix room whose LiveKit room has this name."""
        return cast(
            "str | None",
            await self._database.fetchval(
                "SELECT room_id FROM rooms WHERE livekit_room = $1", livekit_room
            ),
        )


def _overtaken(room_id: str) -> Overtaken:
    return Overtaken(f"another bridge was faster in {room_id}", retry_after_s=0.05)


async def _put_room(conn: Connection, room: Room) -> bool:
    """Whether the room was still as it was when it was loaded."""
    if replace(room, version=0) == Room(room.room_id):  # nothing is known of it: nothing is kept
        gone = "DELETE FROM rooms WHERE room_id = $1 AND version = $2 RETURNING room_id"
        return room.version == 0 or bool(await conn.fetchval(gone, room.room_id, room.version))
    state = codec.room_to_text(room), isinstance(room.call, Active), due(room), room.direct
    if room.version:
        changed = (
            "UPDATE rooms SET version = version + 1, state = $3, in_call = $4, due_ts = $5,"
            " direct_user = $6"
            " WHERE room_id = $1 AND version = $2 RETURNING room_id"
        )
        return bool(await conn.fetchval(changed, room.room_id, room.version, *state))
    new = (
        "INSERT INTO rooms (room_id, livekit_room, state, in_call, due_ts, direct_user)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (room_id) DO NOTHING RETURNING room_id"
    )
    return bool(await conn.fetchval(new, room.room_id, livekit_room(room.room_id), *state))


async def _owe(conn: Connection, room_id: str, effect: Effect, now: int) -> None:
    slot = _slot(effect)
    if slot is not None:
        # Only the newest matters: in an outage, or without the right, rosters do not pile up.
        await conn.execute("DELETE FROM outbox WHERE room_id = $1 AND slot = $2", room_id, slot)
    await conn.execute(
        "INSERT INTO outbox (room_id, key, queue, slot, effect, owed_ts)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (room_id, key) DO NOTHING",
        room_id,
        effect.key,
        queue_of(effect),
        slot,
        codec.effect_to_text(effect),
        now,
    )


def _slot(effect: Effect) -> str | None:
    if isinstance(effect, SetState):
        return f"{effect.event_type}|{effect.state_key}"
    if isinstance(effect, ShowStatus | ClearStatus):
        return f"status|{effect.user_id}"
    return None


async def _sent(conn: Connection, room_id: str, key: str) -> str | None:
    return cast(
        "str | None",
        await conn.fetchval(
            "SELECT event_id FROM sent WHERE room_id = $1 AND key = $2", room_id, key
        ),
    )
