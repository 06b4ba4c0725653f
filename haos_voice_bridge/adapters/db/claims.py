"""Who works on what, where several bridges share a database.

A claim saves two bridges from doing the same work. That nothing is done twice is the business of
the rooms' versions and the effects' keys, so a claim lost with its connection does no harm.
"""

import asyncio
from typing import Any

import asyncpg

from haos_voice_bridge.adapters.db.connection import stored
from haos_voice_bridge.adapters.db.schema_turn import advisory_number


class SoleClaims:
    """One bridge on SQLite: everything is its own."""

    async def take(self, _what: str) -> bool:
        """Always."""
        return True

    async def release(self, _what: str) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""


class PostgresClaims:
    """Session-level advisory locks on a connection of their own; a process that dies lets go."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._connection: Any = None  # asyncpg has no types
        self._turn = asyncio.Lock()

    @stored
    async def take(self, what: str) -> bool:
        """Whether it is ours now; False while another bridge has it."""
        return bool(await self._ask("SELECT pg_try_advisory_lock($1)", what))

    @stored
    async def release(self, what: str) -> None:
        """Let another bridge have it."""
        await self._ask("SELECT pg_advisory_unlock($1)", what)

    async def close(self) -> None:
        """Let go of everything."""
        if self._connection is not None:
            await self._connection.close(timeout=5)

    async def _ask(self, question: str, what: str) -> object:
        async with self._turn:
            if self._connection is None or self._connection.is_closed():
                self._connection = await asyncpg.connect(self._uri, timeout=5)
            return await self._connection.fetchval(question, advisory_number(what))


def claims_for(uri: str) -> SoleClaims | PostgresClaims:
    """The claims that fit the database."""
    return SoleClaims() if uri.startswith("sqlite:") else PostgresClaims(uri)
