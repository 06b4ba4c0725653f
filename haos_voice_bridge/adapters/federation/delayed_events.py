"""Delayed events of any homeserver (MSC4140): start the delay anew, or send it now."""

from contextlib import suppress
from email.utils import parsedate_to_datetime
from time import time
from typing import Literal
from urllib.parse import quote

from yarl import URL

from haos_voice_bridge.adapters.federation.client_api import ClientApis
from haos_voice_bridge.adapters.federation.web import Answer
from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.token_service.refused import NoSuchEvent

PATH = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events"
LONGEST_WAIT_S = 300.0


class HomeserverDelayedEvents:
    """Needs no access token: who knows the id may do it, and only Synapse before the MSC's end."""

    def __init__(self, apis: ClientApis) -> None:
        self._apis = apis

    async def check(self, server_name: str) -> None:
        """Find out where the API is."""
        await self._apis.of(server_name)

    async def restart(self, server_name: str, delay_id: str) -> None:
        """Start the delay anew."""
        await self._manage(server_name, delay_id, "restart")

    async def send(self, server_name: str, delay_id: str) -> None:
        """Send it now."""
        await self._manage(server_name, delay_id, "send")

    async def _manage(
        self, server_name: str, delay_id: str, action: Literal["restart", "send"]
    ) -> None:
        base, web = await self._apis.of(server_name)
        url = URL(f"{base}{PATH}/{quote(delay_id, safe='')}/{action}", encoded=True)
        answer = await web.post(url, b"{}")
        if answer.status in {200, 204}:
            return
        if answer.status == 404:
            raise NoSuchEvent(f"{server_name} has no such delayed event")
        wait_s = _retry_after_s(answer) if answer.status == 429 else None
        raise Unavailable(f"{server_name} answers {answer.status}", retry_after_s=wait_s)


def _retry_after_s(answer: Answer) -> float | None:
    try:
        wait_s = _said_s(answer)
    except (ValueError, OverflowError):  # a number without end, a date before all time
        return None
    return None if wait_s is None else min(max(0.0, wait_s), LONGEST_WAIT_S)


def _said_s(answer: Answer) -> float | None:
    header = answer.headers.get("Retry-After", "")
    if header.isdecimal():
        return float(header)
    if header:
        with suppress(ValueError):
            return parsedate_to_datetime(header).timestamp() - time()
    wait_ms = answer.json().get("retry_after_ms")
    return wait_ms / 1000 if isinstance(wait_ms, int | float) and wait_ms > 0 else None
