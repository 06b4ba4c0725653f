"""Opening: clear words for every reason why not, and no password among them."""

import asyncio
import json
import os
import shutil
import stat

import asyncpg
import pytest

from haos_voice_bridge.adapters.db.connection import open_database
from haos_voice_bridge.adapters.db.inbox import SqlInbox
from haos_voice_bridge.errors import DatabaseError
from haos_voice_bridge.ports import NewArrival


async def refused(uri):
    with pytest.raises(DatabaseError) as caught:
        await open_database(uri)
    return str(caught.value)


async def test_what_was_stored_is_there_after_a_restart(uri):
    for attempt in (1, 2):
        database = await open_database(uri)
        try:
            woken = await SqlInbox(database).add([NewArrival("$1", "!a:hs", "matrix", {})], 1)
            assert woken == (["!a:hs"] if attempt == 1 else [])
        finally:
            await database.stop()


async def test_bridges_that_start_at_once_on_a_new_database_all_open_it(postgres_url):
    opened = await asyncio.gather(*(open_database(postgres_url) for _ in range(4)))
    for database in opened:
        assert await database.fetchval("SELECT count(*) FROM inbox") == 0
        await database.stop()


async def test_an_acknowledged_event_outlives_a_power_cut(tmp_path):
    """What SQLite calls FULL: the log is synced at each commit."""
    database = await open_database(f"sqlite:{tmp_path}/bridge.db")
    try:
        assert await database.fetchval("PRAGMA synchronous") == 2
        assert await database.fetchval("PRAGMA journal_mode") == "wal"
        assert await database.fetchval("PRAGMA foreign_keys") == 1
    finally:
        await database.stop()


async def test_a_database_of_a_newer_version_is_refused(uri):
    database = await open_database(uri)
    await database.execute("UPDATE version SET version = 99")
    await database.stop()
    said = await refused(uri)
    assert "v99" in said
    assert "cannot open the database" in said


@pytest.mark.parametrize("table", ["state_groups_state", "roomserver_rooms"])
async def test_the_homeservers_own_database_is_refused(uri, table):
    database = await open_database(uri)
    await database.execute(f"CREATE TABLE {table} (x INTEGER)")
    await database.stop()
    said = await refused(uri)
    assert table in said


async def test_another_programs_database_is_refused(uri):
    database = await open_database(uri)
    await database.execute("UPDATE database_owner SET owner = 'mautrix-telegram'")
    await database.stop()
    assert "mautrix-telegram" in await refused(uri)


async def test_nothing_is_left_open_by_a_refusal(uri):
    database = await open_database(uri)
    await database.execute("UPDATE database_owner SET owner = 'other'")
    await database.stop()
    await refused(uri)
    # filterwarnings = error: a connection that stays open is an error at the end of this test.


@pytest.mark.parametrize("path", ["missing/bridge.db", ""])
async def test_a_path_that_cannot_be_written_is_named(tmp_path, path):
    (tmp_path / "x").write_text("")
    said = await refused(f"sqlite:{tmp_path}/{path}")
    assert str(tmp_path) in said
    assert "folder" in said


async def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "bridge.db").write_text("hello " * 1000)
    assert "not a database" in await refused(f"sqlite:{tmp_path}/bridge.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_without_the_right_to_write_is_refused(tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        await refused(f"sqlite:{tmp_path}/bridge.db")
    finally:
        tmp_path.chmod(stat.S_IRWXU)


async def test_a_postgres_that_does_not_run_is_named_without_the_password(unused_tcp_port):
    said = await refused(f"postgres://voice:s3cret@127.0.0.1:{unused_tcp_port}/voice")
    assert "s3cret" not in said
    assert f"voice@127.0.0.1:{unused_tcp_port}/voice" in said
    assert "server runs" in said


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        ("127.0.0.1:99999/voice", "cannot be read"),
        ("127.0.0.1:port/voice", "cannot be read"),
        ("[::1/voice", "cannot be read"),
        ("\u2100.test/voice", "cannot be read"),
        ("127.0.0.1:1/voice?sslmode=bogus", "sslmode"),
        ("127.0.0.1:1/voice?password=s3cret", "server runs"),
    ],
)
async def test_an_address_that_leads_nowhere_is_told_without_the_password(place, wrong):
    said = await refused(f"postgres://voice:s3cret@{place}")
    assert wrong in said
    assert "database.uri" in said
    assert "s3cret" not in said


async def test_a_postgres_that_refuses_the_user_or_database_does_not_tell_the_password(
    postgres_server,
):
    place = f"127.0.0.1:{postgres_server.port}"
    for uri in (
        f"postgres://nobody:s3cret@{place}/postgres",
        f"postgres://postgres:s3cret@{place}/x",
    ):
        said = await refused(uri)
        assert "s3cret" not in said
        assert "does not exist" in said


async def test_a_schema_step_that_fails_leaves_nothing_half_made(postgres_url):
    """A table of ours is in the way: the tables made before it are gone again."""
    conn = await asyncpg.connect(postgres_url)
    try:
        await conn.execute("CREATE TABLE call_spans (x INTEGER)")
        await refused(postgres_url)
        made = await conn.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await conn.close()
    names = {row["tablename"] for row in made}
    assert "inbox" not in names


async def test_a_copied_database_file_works(tmp_path):
    first = await open_database(f"sqlite:{tmp_path}/bridge.db")
    await SqlInbox(first).add([NewArrival("$1", "!a:hs", "matrix", {"a": 1})], 1)
    await first.stop()
    shutil.copy(tmp_path / "bridge.db", tmp_path / "copy.db")
    second = await open_database(f"sqlite:{tmp_path}/copy.db")
    try:
        assert (await SqlInbox(second).next("!a:hs")).payload == json.loads('{"a": 1}')
    finally:
        await second.stop()
