import pytest

from haos_voice_bridge.adapters.db.connection import open_database
from tests.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]


@pytest.fixture
async def sqlite(tmp_path):
    """A database for tests that are not about databases."""
    database = await open_database(f"sqlite:{tmp_path}/bridge.db")
    yield database
    await database.stop()
