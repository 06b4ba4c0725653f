import pytest

from haos_voice_bridge.adapters.db.connection import open_database
from haos_voice_bridge.adapters.db.inbox import SqlInbox
from tests.adapters.db.saving import Saving


@pytest.fixture(params=["sqlite", "postgres"])
def uri(request, tmp_path):
    """Where a new database is to be made, on each of the two kinds."""
    if request.param == "sqlite":
        return f"sqlite:{tmp_path}/bridge.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
async def database(uri):
    database = await open_database(uri)
    yield database
    await database.stop()


@pytest.fixture
def inbox(database):
    return SqlInbox(database)


@pytest.fixture
def store(database):
    return Saving(database)
