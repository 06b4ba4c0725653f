"""The homeserver's key API for mautrix's crypto, through our own client and its errors."""

import uuid
from collections.abc import Mapping
from typing import Any

from mautrix.api import Method, PathBuilder
from mautrix.client import ClientAPI
from mautrix.types import DeviceID, UserID

from haos_voice_bridge.adapters.matrix.client import MatrixClient


class KeyApi(ClientAPI):
    """What `OlmMachine` takes for its client. Nothing is synced and nothing is dispatched."""

    def __init__(self, client: MatrixClient, device_id: str) -> None:
        super().__init__(
            UserID(client.user_id),
            DeviceID(device_id),
            api=_Requests(client),  # type: ignore[arg-type]  # all that ClientAPI uses of HTTPAPI
        )

    def add_event_handler(self, *_: object, **__: object) -> None:
        """Events come from the inbox, one by one."""

    def dispatch_event(self, *_: object, **__: object) -> None:
        """What else comes encrypted to the device says nothing to us."""


class _Requests:
    def __init__(self, client: MatrixClient) -> None:
        self._client = client
        self.log = None

    async def request(
        self,
        method: Method,
        path: PathBuilder | str,
        content: Mapping[str, Any] | None = None,
        **_: object,
    ) -> dict[str, Any]:
        return await self._client.request(method, path, content)

    def get_txn_id(self) -> str:
        """Keys sent twice do no harm, so they need no id that outlives a crash."""
        return uuid.uuid4().hex
