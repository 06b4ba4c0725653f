"""The gate of the service on its own: everybody is let in, some may make rooms."""

from collections.abc import Collection

from haos_voice_bridge.token_service.ports import Admission, Ask

EVERYBODY = "*"


class OpenGate:
    """As lk-jwt-service: nobody asks whether a user is in the Matrix room."""

    def __init__(self, full_access: Collection[str]) -> None:
        """`full_access` names servers whose users may make rooms; `*`, alone, for all."""
        self._full_access = frozenset(full_access)

    def has_full_access(self, server_name: str) -> bool:
        """Whether a server's users may make rooms and hand over leaves."""
        return server_name in self._full_access or self._full_access == {EVERYBODY}

    async def admit(self, ask: Ask) -> Admission:
        """Let everybody in."""
        return Admission(self.has_full_access(ask.server_name))
