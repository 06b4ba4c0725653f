"""A bot's device on a real database, on each of the two kinds."""

from tests.adapters.db.conftest import database, uri  # noqa: F401 (fixtures)
from tests.postgres import postgres_server, postgres_url  # noqa: F401 (fixtures)
