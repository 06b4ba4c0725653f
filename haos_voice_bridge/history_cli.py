"""The commands `history …`: export what is remembered of calls, or delete from it.

They may run beside the bridge: both databases let it read and write meanwhile.
"""

import asyncio
import csv
import json
import os
import re
import stat
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import click
from mautrix.util.async_db import Database
from yarl import URL

from haos_voice_bridge.adapters.db import history as records
from haos_voice_bridge.adapters.db.connection import open_database
from haos_voice_bridge.adapters.db.history import RoomCall
from haos_voice_bridge.config.files import PRIVATE
from haos_voice_bridge.config.load import load
from haos_voice_bridge.config.model import MAX_KEEP_DAYS
from haos_voice_bridge.core.history import Span
from haos_voice_bridge.errors import DatabaseError, StartupError, Unavailable

STDOUT = Path("-")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = click.DateTime(["%Y-%m-%d"])
_USER = re.compile(r"@[^:\s]*:\S+")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
"""What makes a spreadsheet take a text for a formula; and the mark that says it is none."""


@click.group()
def history() -> None:
    """Export what is remembered of calls, or delete from it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls: those of a room, that started between two moments (ms)."""

    room_id: str | None
    since: int | None
    until: int | None


@history.command()
@click.option("--room", "room_id", metavar="ID", help="Only calls of this room.")
@click.option("--since", type=_DAY, help="Only calls that started on this day (UTC) or later.")
@click.option("--until", type=_DAY, help="Only calls that started on this day (UTC) or earlier.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "csv"]),
    default="json",
    show_default=True,
    help="json: one object a call; csv: one row a stay.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    default=STDOUT,
    show_default=True,
    help="The file to write, readable by its owner only; - for standard output.",
)
@click.pass_obj
def export(
    config_path: Path,
    *,
    room_id: str | None,
    since: datetime | None,
    until: datetime | None,
    form: str,
    output: Path,
) -> None:
    """Write calls that are over, with who was in them, in order of start."""
    wanted = Wanted(
        room_id,
        None if since is None else _ms(since),
        None if until is None else _ms(until + timedelta(days=1)),
    )
    asyncio.run(_export(load(config_path).database.uri, wanted, form, output))


@history.command()
@click.argument("user_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def forget(config_path: Path, user_id: str, *, yes: bool) -> None:
    """Delete all stays of a user, such as @ann:example.com, from calls that are over."""
    if not _USER.fullmatch(user_id):
        raise click.BadParameter("must be a full user ID, such as @ann:example.com")
    uri = load(config_path).database.uri
    if not yes:
        question = f"Delete all stays of {user_id} from the history? This cannot be undone."
        click.confirm(question, abort=True)
    stays = asyncio.run(_forget(uri, user_id))
    click.echo(f"Deleted {_count(stays, 'stay')} of {user_id}.")


@history.command()
@click.option(
    "--keep-days",
    type=click.IntRange(1, MAX_KEEP_DAYS),
    help="How many days to keep, in place of history.keep_days.",
)
@click.pass_obj
def prune(config_path: Path, keep_days: int | None) -> None:
    """Delete calls that are older than history.keep_days, as the running bridge does hourly."""
    config = load(config_path)
    days = keep_days or config.history.keep_days
    if days == 0:
        click.echo("history.keep_days is 0, which keeps calls for ever: nothing is deleted.")
        return
    calls = asyncio.run(_prune(config.database.uri, days))
    click.echo(f"Deleted {_count(calls, 'call')} that ended more than {_count(days, 'day')} ago.")


async def _export(uri: str, wanted: Wanted, form: str, output: Path) -> None:
    async with _opened(uri) as database:
        calls = records.calls(database, wanted.room_id, wanted.since, wanted.until)
        with _writable(output) as out:
            if form == "csv":
                await _write_csv(calls, out)
            else:
                await _write_json(calls, out)


async def _forget(uri: str, user_id: str) -> int:
    async with _opened(uri) as database:
        return await records.forget_user(database, user_id)


async def _prune(uri: str, days: int) -> int:
    async with _opened(uri) as database:
        return await records.prune(database, days, time.time_ns() // 1_000_000)


@asynccontextmanager
async def _opened(uri: str) -> AsyncIterator[Database]:
    _refuse_to_make_one(uri)
    database = await open_database(uri)
    try:
        yield database
    except Unavailable as error:
        raise DatabaseError(
            f"{error}. Check that it runs and has space left, then try again."
        ) from error
    finally:
        await database.stop()


def _refuse_to_make_one(uri: str) -> None:
    """A relative path, seen from another folder, would be a new database without any calls."""
    if not uri.startswith("sqlite:"):
        return
    path = Path(URL(uri).path)
    if not path.is_file():
        raise DatabaseError(
            f"there is no database {path.absolute()}. Run this in the folder that the bridge runs "
            "in, or make database.uri an absolute path."
        )


@contextmanager
def _writable(output: Path) -> Iterator[IO[str]]:
    if output == STDOUT:
        with click.open_file("-", "w", encoding="utf-8") as out:
            yield out
            out.flush()
        return
    try:
        with _private(output) as out:
            yield out
    except OSError as error:
        raise StartupError(f"{output}: cannot be written: {error.strerror}") from None


def _private(path: Path) -> IO[str]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):  # one that was there may be open to all
        os.fchmod(descriptor, PRIVATE)
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="")


async def _write_json(calls: AsyncIterator[RoomCall], out: IO[str]) -> None:
    between = "[\n"
    async for item in calls:
        participants = [_stay(span) for span in item.call.spans]
        row = {**_call(item), "participants": participants}
        out.write(between + json.dumps(row, ensure_ascii=False))
        between = ",\n"
    out.write("[]\n" if between == "[\n" else "\n]\n")


async def _write_csv(calls: AsyncIterator[RoomCall], out: IO[str]) -> None:
    rows = csv.DictWriter(out, [*CALL_COLUMNS, *STAY_COLUMNS])
    rows.writeheader()
    async for item in calls:
        for span in item.call.spans:
            row = {**_call(item), **_stay(span)}
            rows.writerow({name: _harmless(value) for name, value in row.items()})


CALL_COLUMNS = (
    "call_id",
    "room_id",
    "started_ts",
    "ended_ts",
    "started",
    "ended",
    "started_by",
    "peak",
    "ended_how",
)
STAY_COLUMNS = ("user_id", "name", "device_id", "joined_ts", "left_ts", "seconds")


def _call(item: RoomCall) -> Mapping[str, str | int]:
    call = item.call
    return {
        "call_id": call.call_id,
        "room_id": item.room_id,
        "started_ts": call.started_ts,
        "ended_ts": call.ended_ts,
        "started": _iso(call.started_ts),
        "ended": _iso(call.ended_ts),
        "started_by": call.started_by,
        "peak": call.peak,
        "ended_how": call.ended_how,
    }


def _stay(span: Span) -> Mapping[str, str | int]:
    return {
        "user_id": span.user_id,
        "name": span.name,
        "device_id": span.device_id,
        "joined_ts": span.joined_ts,
        "left_ts": span.left_ts,
        "seconds": round((span.left_ts - span.joined_ts) / 1000),
    }


def _harmless(value: str | int) -> str | int:
    """A text that a spreadsheet shows and does not calculate: people choose their names."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _ms(moment: datetime) -> int:
    return (moment.replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)


def _iso(moment_ms: int) -> str:
    moment = EPOCH + timedelta(milliseconds=moment_ms)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
