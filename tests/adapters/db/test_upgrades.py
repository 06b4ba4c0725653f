"""A database of every earlier version opens, and all that it holds can still be read.

`versions/vNN.sql` is such a database: its schema as that version made it, and in each the same
rooms, events and calls.
"""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from haos_voice_bridge.adapters.db import history
from haos_voice_bridge.adapters.db.connection import open_database
from haos_voice_bridge.adapters.db.delayed_leaves import SqlDelayedLeaves
from haos_voice_bridge.adapters.db.identities import SqlIdentities
from haos_voice_bridge.adapters.db.inbox import SqlInbox
from haos_voice_bridge.adapters.db.links import SqlLinks
from haos_voice_bridge.adapters.db.people import SqlPeople
from haos_voice_bridge.adapters.db.statuses import SqlStatuses
from haos_voice_bridge.adapters.db.store import SqlStore
from haos_voice_bridge.adapters.db.upgrades import upgrade_table
from haos_voice_bridge.core.call import Active, Idle
from haos_voice_bridge.core.history import CallRecord, Span
from haos_voice_bridge.token_service.jobs import Job

LATEST = len(upgrade_table.upgrades)
EARLIER = range(1, max(LATEST, 2))  # as long as there is one version only, that one
VERSIONS = Path(__file__).parent / "versions"
LOUNGE, IDLE = "!lounge:hs", "!idle:hs"
START, LATER = 1_780_000_000_000, 1_780_001_000_000


async def build(uri, version):
    """The database that a bridge of this version left behind."""
    path = VERSIONS / f"v{version:02}.sql"
    assert path.is_file(), f"{path.name} is missing: write version {version} down before the next"
    script = path.read_text(encoding="utf-8")
    if uri.startswith("sqlite:"):
        script = script.replace("SERIAL_KEY", "INTEGER PRIMARY KEY AUTOINCREMENT")
        with closing(sqlite3.connect(uri.removeprefix("sqlite:"))) as conn:
            conn.executescript(script)
        return
    identity = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    conn = await asyncpg.connect(uri)
    try:
        await conn.execute(script.replace("SERIAL_KEY", identity))
    finally:
        await conn.close()


@pytest.fixture(params=EARLIER, ids="v{}".format)
async def upgraded(request, uri):
    """A database that began its life as that version."""
    await build(uri, request.param)
    database = await open_database(uri)
    yield database
    await database.stop()


@pytest.fixture
async def fresh(request, uri, tmp_path):
    """A new database of the same kind."""
    if uri.startswith("sqlite:"):
        database = await open_database(f"sqlite:{tmp_path}/fresh.db")
    else:
        server = request.getfixturevalue("postgres_server")
        database = await open_database(server.new_database())
    yield database
    await database.stop()


async def schema_of(database):
    """All tables, columns, keys and indexes, in words that can be compared."""
    if database.scheme == "sqlite":
        rows = await database.fetch("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {re.sub(r"\s*([(),])\s*", r"\1", " ".join(row["sql"].split())) for row in rows}
    queries = (
        "SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity"
        " FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
    )
    return {tuple(row) for query in queries for row in await database.fetch(query)}


@pytest.mark.parametrize("version", EARLIER)
async def test_the_database_of_each_earlier_version_has_rows_in_every_table(version, tmp_path):
    path = f"{tmp_path}/old.db"
    await build(f"sqlite:{path}", version)
    with closing(sqlite3.connect(path)) as conn:
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        for (table,) in conn.execute(named).fetchall():
            assert conn.execute(f"SELECT COUNT(*) FROM {table}").fetchone() != (0,), table
        assert conn.execute("SELECT version FROM version").fetchall() == [(version,)]


async def test_an_upgraded_database_is_of_this_version_and_stays_so(uri, upgraded):
    assert await upgraded.fetchval("SELECT version FROM version") == LATEST
    again = await open_database(uri)
    try:
        assert await again.fetchval("SELECT version FROM version") == LATEST
    finally:
        await again.stop()


async def test_an_upgraded_database_has_the_schema_of_a_new_one(upgraded, fresh):
    assert await schema_of(upgraded) == await schema_of(fresh)


async def test_rooms_of_an_earlier_version_are_read(upgraded):
    store = SqlStore(upgraded)
    lounge, idle = await store.load(LOUNGE), await store.load(IDLE)
    assert (lounge.room_id, lounge.bot, lounge.name, lounge.calls) == (
        LOUNGE,
        "joined",
        "Lounge",
        4,
    )
    assert lounge.channel.user_limit == 3
    assert isinstance(lounge.call, Active)
    assert (lounge.call.started_by, lounge.call.peak) == ("@ana:hs", 2)
    assert [person.user_id for person in lounge.call.participants] == ["@ana:hs"]
    assert [lost.participant.user_id for lost in lounge.call.dropped] == ["@cleo:hs"]
    assert [stay.user_id for stay in lounge.call.spans] == ["@ben:hs"]
    assert [place.user_id for place in lounge.admissions] == ["@ben:hs"]
    assert (idle.name, idle.call, idle.calls) == ("It's quiet", Idle(), 2)
    assert await store.active_rooms() == [LOUNGE]
    assert await store.due_rooms() == [(LOUNGE, 1_790_000_100_000)]
    livekit_room = "H+se6X1tdndwtEDkglfBKI+G9tL9FHj8g/RG0b4TOkQ"
    assert await store.room_of_livekit(livekit_room) == LOUNGE


async def test_events_that_an_earlier_version_left_waiting_are_read_in_order(upgraded):
    inbox, store = SqlInbox(upgraded), SqlStore(upgraded)
    assert await inbox.waiting() == [LOUNGE]
    first = await inbox.next(LOUNGE)
    assert (first.key, first.source, first.received_ts) == ("$waits", "matrix", 1_790_000_071_000)
    assert first.payload["content"] == {"body": "it's 😀"}
    await store.save(await store.load(LOUNGE), [], 1_790_000_080_000, consumed=first)
    assert (await inbox.next(LOUNGE)).key == "EV_1"


async def test_every_effect_that_an_earlier_version_owed_is_still_carried_out_in_order(upgraded):
    rows = await upgraded.fetch("SELECT queue, effect FROM outbox WHERE status = 0 ORDER BY seq")
    written = [(row["queue"], json.loads(row["effect"])) for row in rows]
    store = SqlStore(upgraded)
    for queue in ("matrix", "media", "status", "direct", "report"):
        read = []
        while (owed := await store.next_owed(LOUNGE, queue)) is not None:
            read.append((owed.effect.key, owed.effect.kind))
            await store.strike_off(owed)
        assert read or queue in ("status", "direct", "report"), "which versions 3 and 4 brought"
        assert read == [(old["key"], old["kind"]) for place, old in written if place == queue]
    assert await store.owing() == [], "what was parked stays so"
    assert await store.sent_event(LOUNGE, "card:C0") == "$card"


async def test_the_history_of_an_earlier_version_is_read(upgraded):
    ana = Span("@ana:hs", "PHONE", "Ana", START, START + 600_000)
    ben = Span("@ben:hs", "DEV", "Ben O'Neil", START + 1_000, START + 61_000)
    alone = Span("@ben:hs", "DEV", "Ben O'Neil", LATER, LATER + 1_000)
    first = CallRecord("C1", START, START + 600_000, "@ana:hs", 2, "empty", (ana, ben))
    second = CallRecord("C2", LATER, LATER + 1_000, "@ben:hs", 1, "bot_removed", (alone,))
    assert await history.calls_of_room(upgraded, IDLE) == [second, first]
    assert [item.call async for item in history.calls(upgraded)] == [first, second]
    assert await history.forget_calls_before(upgraded, LATER) == 1
    assert await upgraded.fetchval("SELECT COUNT(*) FROM call_spans") == 1, "stays go with the call"


async def test_statuses_of_an_earlier_version_are_given_back(upgraded):
    statuses = SqlStatuses(upgraded)
    came_with = 3
    if await upgraded.fetchval("SELECT COUNT(*) FROM statuses"):
        assert await statuses.remembered("@ana:hs") == ("It's ☕", "In voice: Lounge")
    else:
        assert await upgraded.fetchval("SELECT version FROM version") > came_with


async def test_an_upgraded_database_takes_jobs(upgraded):
    jobs = SqlDelayedLeaves(upgraded)
    before = await jobs.all()
    assert [(job.delay_id, job.connected) for job in before] in ([], [("syd_0", True)])
    job = Job("ALIAS", "@ana:hs:DEV", "hs", "syd_1", 18_000, START)
    await jobs.save(job)
    assert await jobs.all() == [*before, job]


async def test_what_version_4_brought_is_read(upgraded):
    if not await upgraded.fetchval("SELECT COUNT(*) FROM links"):
        pytest.skip("the database is older")
    links, people, store = SqlLinks(upgraded), SqlPeople(upgraded), SqlStore(upgraded)
    assert await people.quiet_among({"@ana:hs", "@cleo:hs"}) == {"@cleo:hs"}
    assert await store.direct_room("@ana:hs") == IDLE
    session = await links.session("s1", 1_790_000_000_000)
    assert (session.user_id, session.name) == ("@ben:hs", "Ben O'Neil")
    code = {"session_hash": "s2", "device_id": "LINK2", "now": 1_790_000_000_000, "life_ms": 1}
    assert (await links.redeem("c1", **code)).room_id == LOUNGE


async def test_an_upgraded_database_takes_identities(upgraded):
    identities = SqlIdentities(upgraded)
    await identities.remember(LOUNGE, "h1", user_id="@ana:hs", device_id="DEV", until=START)
    assert await identities.of_device(LOUNGE, "@ana:hs", "DEV") == ["h1"]
