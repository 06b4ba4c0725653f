"""`haos-voice-bridge history …`, from arguments to what is written and deleted, on both kinds."""

import asyncio
import csv
import io
import json
import stat
import subprocess
import sys
import time

import asyncpg
import pytest
from click.testing import CliRunner

from haos_voice_bridge.__main__ import main
from haos_voice_bridge.adapters.db import history
from haos_voice_bridge.adapters.db.connection import open_database, transaction
from haos_voice_bridge.adapters.db.history import DAY_MS
from haos_voice_bridge.core.effects import RecordCall
from haos_voice_bridge.core.history import CallRecord, Span
from haos_voice_bridge.ports import NewArrival
from tests.fakes.people import ANA, BEN, ROOM, lounge
from tests.unit.config.sample import TEXT

OTHER = "!other:hs"
DAY = 1_772_323_200_000
"""2026-03-01, 00:00 UTC."""
LUNCH = DAY + 12 * 3_600_000


@pytest.fixture(autouse=True)
def _in_the_bridges_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def configured(uri, tmp_path):
    """A configuration with a new database, and a way to add to it."""
    (tmp_path / "config.yaml").write_text(TEXT.replace("sqlite:voice.db", uri))
    remember(uri)
    return uri


@pytest.fixture
def lunch(configured):
    """A database with one call."""
    stays = (
        Span(ANA, "PHONE", "Ana", LUNCH, LUNCH + 600_400),
        Span(BEN, "DEV", "Ben, the Größte 😀", LUNCH + 1_000, LUNCH + 61_000),
    )
    remember(configured, CallRecord("C1", LUNCH, LUNCH + 600_400, ANA, 2, "empty", stays))
    return configured


def remember(uri, *calls, room_id=ROOM):
    async def store():
        database = await open_database(uri)
        try:
            async with transaction(database) as conn:
                for call in calls:
                    await history.record(conn, room_id, call)
        finally:
            await database.stop()

    asyncio.run(store())


def call(call_id, started, *stays):
    return CallRecord(call_id, started, started + 1000, ANA, 1, "empty", stays)


def named(name, device="DEV"):
    return Span(ANA, device, name, LUNCH, LUNCH + 1000)


def run(*arguments, answer=None):
    result = CliRunner().invoke(main, ["history", *arguments], input=answer)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def exported(*arguments):
    result = run("export", *arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def ids(*arguments):
    return [item["call_id"] for item in json.loads(exported(*arguments))]


# Export


def test_json_is_an_array_of_calls_with_their_participants(lunch):
    assert json.loads(exported()) == [
        {
            "call_id": "C1",
            "room_id": ROOM,
            "started_ts": LUNCH,
            "ended_ts": LUNCH + 600_400,
            "started": "2026-03-01T12:00:00Z",
            "ended": "2026-03-01T12:10:00Z",
            "started_by": ANA,
            "peak": 2,
            "ended_how": "empty",
            "participants": [
                {
                    "user_id": ANA,
                    "name": "Ana",
                    "device_id": "PHONE",
                    "joined_ts": LUNCH,
                    "left_ts": LUNCH + 600_400,
                    "seconds": 600,
                },
                {
                    "user_id": BEN,
                    "name": "Ben, the Größte 😀",
                    "device_id": "DEV",
                    "joined_ts": LUNCH + 1_000,
                    "left_ts": LUNCH + 61_000,
                    "seconds": 60,
                },
            ],
        }
    ]


def test_csv_is_a_header_and_one_row_a_stay(lunch):
    assert exported("--format", "csv").splitlines() == [
        "call_id,room_id,started_ts,ended_ts,started,ended,started_by,peak,ended_how,"
        "user_id,name,device_id,joined_ts,left_ts,seconds",
        f"C1,{ROOM},{LUNCH},{LUNCH + 600_400},2026-03-01T12:00:00Z,2026-03-01T12:10:00Z,"
        f"'{ANA},2,empty,'{ANA},Ana,PHONE,{LUNCH},{LUNCH + 600_400},600",
        f"C1,{ROOM},{LUNCH},{LUNCH + 600_400},2026-03-01T12:00:00Z,2026-03-01T12:10:00Z,"
        f"'{ANA},2,empty,'{BEN},\"Ben, the Größte 😀\",DEV,{LUNCH + 1_000},{LUNCH + 61_000},60",
    ]


def test_an_empty_history_is_an_empty_array_or_a_header_alone(configured):
    assert json.loads(exported()) == []
    assert len(exported("--format", "csv").splitlines()) == 1


def test_several_calls_are_one_array_in_order_of_start(configured):
    remember(configured, *(call(f"C{9 - n}", LUNCH + n) for n in range(3)))
    assert ids() == ["C9", "C8", "C7"]


def test_an_export_is_of_one_room_and_of_whole_days_in_utc_both_included(configured):
    starts = {
        "before": DAY - 1,
        "first": DAY,
        "last": DAY + 2 * DAY_MS - 1,
        "after": DAY + 2 * DAY_MS,
    }
    remember(configured, *(call(name, start) for name, start in starts.items()))
    remember(configured, call("other", DAY), room_id=OTHER)
    days = ["--since", "2026-03-01", "--until", "2026-03-02"]
    assert ids(*days) == ["first", "other", "last"]
    assert ids("--room", ROOM, *days) == ["first", "last"]
    assert ids("--room", OTHER) == ["other"]
    assert ids("--since", "2026-03-03") == ["after"]
    assert ids("--until", "2026-02-28") == ["before"]
    assert ids("--since", "2026-03-02", "--until", "2026-03-01") == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "'"])
def test_no_text_that_people_choose_is_a_formula_to_a_spreadsheet(configured, start):
    text = f"{start}HYPERLINK(1)"
    remember(configured, call("C1", LUNCH, named(text, device=text)))
    (row,) = csv.DictReader(io.StringIO(exported("--format", "csv"), newline=""))
    assert row["name"] == row["device_id"] == f"'{text}", "without the mark it is what it was"
    assert (row["user_id"], row["started_by"]) == (f"'{ANA}", f"'{ANA}")
    assert row["room_id"] == ROOM
    (item,) = json.loads(exported())
    assert item["participants"][0]["name"] == text, "JSON needs no mark"


@pytest.mark.parametrize("name", ["", "Ana", "a=1", " =1", 'say "hi", Ana', "two\nlines"])
def test_any_other_name_is_in_the_csv_as_it_is(configured, name):
    remember(configured, call("C1", LUNCH, named(name)))
    (row,) = csv.DictReader(io.StringIO(exported("--format", "csv"), newline=""))
    assert row["name"] == name


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_file_is_readable_by_its_owner_only_and_holds_what_is_printed(lunch, tmp_path, form):
    path = tmp_path / "calls"
    path.write_text("an older and much longer export\n" * 1000)
    path.chmod(0o644)
    assert exported("--format", form, "--output", str(path)) == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == run("export", "--format", form).stdout_bytes


def test_a_file_that_cannot_be_written_is_one_message(lunch, tmp_path):
    for output in (str(tmp_path), "none/calls.json"):
        result = run("export", "--output", output)
        assert result.exit_code == 1
        assert result.stderr.startswith(f"haos-voice-bridge: {output}: cannot be written: ")


def test_a_full_disk_is_one_message_and_not_a_file_that_looks_whole(lunch):
    result = run("export", "--output", "/dev/full")
    assert result.exit_code == 1
    assert "/dev/full: cannot be written: No space left on device" in result.stderr


def test_a_reader_that_goes_away_is_no_traceback(configured):
    remember(configured, *(call(f"C{n}", LUNCH, named("x" * 1000)) for n in range(300)))
    command = f"{sys.executable} -m haos_voice_bridge history export | head -c 1"
    done = subprocess.run(command, shell=True, check=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["export", "--format", "xml"],
        ["export", "--since", "yesterday"],
        ["export", "--until", "2026-02-30"],
        ["forget"],
        ["forget", "ann", "--yes"],
        ["forget", "@ann", "--yes"],
        ["forget", "", "--yes"],
        ["prune", "--keep-days", "0"],
        ["prune", "--keep-days", "36501"],
    ],
)
def test_a_wrong_command_line_is_exit_code_2(lunch, arguments):
    assert run(*arguments).exit_code == 2
    assert ids() == ["C1"]


# Deleting


def test_a_users_stays_are_deleted_after_a_question(lunch):
    result = run("forget", BEN, answer="y\n")
    assert result.exit_code == 0
    assert f"Delete all stays of {BEN} from the history?" in result.stdout
    assert result.stdout.endswith(f"Deleted 1 stay of {BEN}.\n")
    (item,) = json.loads(exported())
    assert [person["user_id"] for person in item["participants"]] == [ANA]
    assert item["started_by"] == ANA


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_nothing_is_deleted_without_a_yes(lunch, answer):
    assert run("forget", ANA, answer=answer).exit_code == 1
    assert len(json.loads(exported())[0]["participants"]) == 2


def test_with_yes_nobody_is_asked(lunch):
    result = run("forget", "--yes", ANA)
    assert result.stdout == f"Deleted 1 stay of {ANA}.\n"
    assert json.loads(exported())[0]["started_by"] == ""
    assert run("forget", "--yes", ANA).stdout == f"Deleted 0 stays of {ANA}.\n"


def recent_and_old(uri):
    now = time.time_ns() // 1_000_000
    remember(uri, call("old", now - 10 * DAY_MS - 2000), call("recent", now - 9 * DAY_MS))


def test_calls_are_kept_for_ever_unless_told_otherwise(configured):
    recent_and_old(configured)
    assert "nothing is deleted" in run("prune").stdout
    assert ids() == ["old", "recent"]


def test_old_calls_are_pruned_by_the_configuration_or_by_the_option(configured, tmp_path):
    recent_and_old(configured)
    path = tmp_path / "config.yaml"
    path.write_text(path.read_text() + "history: {keep_days: 10}\n")
    assert run("prune").stdout == "Deleted 1 call that ended more than 10 days ago.\n"
    assert ids() == ["recent"]
    result = run("prune", "--keep-days", "1")
    assert result.stdout == "Deleted 1 call that ended more than 1 day ago.\n"
    assert ids() == []


# Beside the bridge, and without a database


async def test_the_history_is_exported_and_deleted_while_the_bridge_writes(
    uri, inbox, store, tmp_path
):
    (tmp_path / "config.yaml").write_text(TEXT.replace("sqlite:voice.db", uri))
    ended = asyncio.Event()
    written = 0

    async def bridge():
        nonlocal written
        while not ended.is_set():
            await inbox.add([NewArrival(f"${written}", ROOM, "matrix", {})], LUNCH)
            record = RecordCall(f"record:{written}", call(f"C{written}", DAY, named("Ana")))
            arrival = await inbox.next(ROOM)
            await store.save(lounge(), [record], LUNCH, consumed=arrival)
            written += 1

    async def cli(*arguments):
        program = [sys.executable, "-m", "haos_voice_bridge", "history", *arguments]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*program, stdout=pipe, stderr=pipe)
        out, err = await process.communicate()
        assert (process.returncode, err.decode()) == (0, "")
        return out.decode()

    running = asyncio.ensure_future(bridge())
    try:
        outputs = await asyncio.gather(
            cli("export"), cli("export", "--format", "csv"), cli("forget", ANA, "--yes")
        )
        pruned = await cli("prune", "--keep-days", "1")
    finally:
        ended.set()
        await running  # nothing that the bridge wrote was refused
    assert isinstance(json.loads(outputs[0]), list)
    assert "Deleted" in outputs[2]
    assert int(pruned.split()[1]) > 0
    assert written > int(pruned.split()[1])


def test_a_folder_without_the_database_is_not_an_empty_history(tmp_path):
    (tmp_path / "config.yaml").write_text(TEXT)
    for arguments in (["export"], ["forget", ANA, "--yes"], ["prune", "--keep-days", "1"]):
        result = run(*arguments)
        assert result.exit_code == 12
        assert f"there is no database {tmp_path}/voice.db" in result.stderr
    assert not (tmp_path / "voice.db").exists()


def test_a_configuration_that_is_wrong_is_exit_code_10():
    result = run("export")
    assert result.exit_code == 10
    assert "no such file" in result.stderr


def test_a_database_without_space_is_exit_code_12_and_says_so(postgres_url, tmp_path):
    (tmp_path / "config.yaml").write_text(TEXT.replace("sqlite:voice.db", postgres_url))
    remember(postgres_url, call("C1", LUNCH, named("Ana")))

    async def fill_the_disk():
        conn = await asyncpg.connect(postgres_url)
        try:
            await conn.execute(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$;"
                "CREATE TRIGGER full_disk BEFORE DELETE ON call_spans"
                " FOR EACH ROW EXECUTE FUNCTION full_disk()"
            )
        finally:
            await conn.close()

    asyncio.run(fill_the_disk())
    result = run("forget", ANA, "--yes")
    assert result.exit_code == 12
    assert "the database does not answer: could not extend file" in result.stderr
    assert "try again" in result.stderr
    assert json.loads(exported())[0]["started_by"] == ANA, "all or nothing"


def test_help_lists_the_commands_of_the_history():
    text = run("--help").stdout
    for command in ("export", "forget", "prune"):
        assert f"\n  {command} " in text
