"""The presence status of local users (spec, client-server API, presence).

It takes a users namespace for all of them in the registration, see docs/admin.md.
"""

from mautrix.api import Method, Path

from haos_voice_bridge.adapters.matrix.client import MatrixClient


class Presence:
    """Reads and writes a user's status as that user."""

    def __init__(self, client: MatrixClient) -> None:
        self._client = client

    async def status_of(self, user_id: str) -> str:
        """The user's status message, empty if they have none."""
        answer = await self._client.request(
            Method.GET, Path.v3.presence[user_id].status, as_user=user_id
        )
        return str(answer.get("status_msg") or "")

    async def set_status(self, user_id: str, text: str) -> None:
        """Set the status message; somebody in a call, or just out of one, is online."""
        content = {"presence": "online", "status_msg": text}
        await self._client.request(
            Method.PUT, Path.v3.presence[user_id].status, content, as_user=user_id
        )
