"""Opening the database, and writing to it without being cut in two."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import asyncpg
from mautrix.util.async_db import Connection, Database, DatabaseException

from haos_voice_bridge.adapters.db.schema_turn import schema_turn
from haos_voice_bridge.adapters.db.upgrades import upgrade_table
from haos_voice_bridge.errors import DatabaseError, Unavailable

P = ParamSpec("P")
R = TypeVar("R")


async def open_database(uri: str) -> Database:
    """Connect, and bring the schema up to date.

    Raises:
        DatabaseError: It cannot be opened, belongs to another program, or is newer than this one.
    """
    sqlite = uri.startswith("sqlite:")
    database = _database(uri, sqlite)
    try:
        if sqlite:
            _try_sqlite(database.url.path)
            await database.start()
        else:
            async with schema_turn(uri):
                await database.start()
    except _REFUSALS as error:
        shown = database.url.with_query(None)  # a password may be there, too
        if shown.password:
            shown = shown.with_password(None)
        await _quietly_stop(database)
        raise DatabaseError(
            f"cannot open the database {shown}: {error}. {_advice(sqlite)}"
        ) from error
    return database


def _database(uri: str, sqlite: bool) -> Database:  # noqa: FBT001 (one of two kinds)
    try:
        return Database.create(
            uri,
            upgrade_table=upgrade_table,
            owner_name="haos-voice-bridge",
            ignore_foreign_tables=False,
            # FULL: an event is acknowledged once it is stored, and must outlive a power cut.
            # meow_exit_on_ice: mautrix would call sys.exit on an error inside asyncpg.
            db_args={"init_commands": ["PRAGMA synchronous = FULL"]}
            if sqlite
            else {"meow_exit_on_ice": False, "min_size": 1, "max_size": 10},
        )
    except ValueError:
        # Its words may hold the password.
        raise DatabaseError(
            "database.uri cannot be read. Write it as postgres://user:password@host:5432/name, "
            "with what is special in the password escaped as in %2F"
        ) from None


def _try_sqlite(path: str) -> None:
    """Open and write once, here: an error in aiosqlite's own thread outlives the event loop."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.rollback()


def _advice(sqlite: bool) -> str:  # noqa: FBT001 (one of two kinds)
    if sqlite:
        return "Check database.uri, and that its folder exists and can be written to."
    return "Check database.uri, and that the server runs and lets this user in."


async def _quietly_stop(database: Database) -> None:
    try:
        await database.stop()
    except Exception:  # noqa: BLE001 (the error that matters is already being raised)
        return


@asynccontextmanager
async def transaction(database: Database) -> AsyncIterator[Connection]:
    """All that is written in it is written together, or not at all.

    No task is started and no peer is called inside: mautrix keeps the connection in a context
    variable, which a task would inherit.
    """
    acquired = cast("Any", database.acquire())  # mautrix leaves the yielded type out
    async with acquired as conn, conn.transaction():
        yield conn


def stored(
    work: Callable[P, Coroutine[Any, Any, R]],
) -> Callable[P, Coroutine[Any, Any, R]]:
    """Let work on the database finish even if its task is cancelled; an outage is `Unavailable`.

    A cancelled transaction stays open on SQLite's only connection, and every later one fails.
    """

    @wraps(work)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        with outages():
            return await asyncio.shield(asyncio.ensure_future(work(*args, **kwargs)))

    return guarded


@contextmanager
def outages() -> Iterator[None]:
    """An outage of the database is `Unavailable`."""
    try:
        yield
    except _OUTAGES as error:
        reason = str(error) or type(error).__name__
        raise Unavailable(f"the database does not answer: {reason}") from error


_REFUSALS = (
    OSError,
    DatabaseException,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,  # an option of the address that there is not
)
_OUTAGES = (
    OSError,
    TimeoutError,
    sqlite3.OperationalError,  # locked, disk full
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.OperatorInterventionError,  # shut down, starting up
    asyncpg.exceptions.InsufficientResourcesError,
    asyncpg.exceptions.TransactionRollbackError,  # deadlock, serialization
)
