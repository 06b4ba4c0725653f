"""Requests to the homeserver as the bot, with errors that say whether to try again."""

import logging
from collections.abc import Mapping
from typing import Any, cast

import aiohttp
from mautrix.api import HTTPAPI, Method, Path, PathBuilder
from mautrix.errors import MatrixConnectionError
from yarl import URL

from haos_voice_bridge.errors import Rejected, Unavailable

LONGEST_WAIT_S = 120.0
"""Whatever a server asks for: after a slip of its admin, nobody should have to restart us."""
TIMEOUT = aiohttp.ClientTimeout(total=30, connect=5)
DEVICE_NAME = "haos-voice-bridge"

logger = logging.getLogger(__name__)


class MatrixClient:
    """The homeserver's client-server API, as one appservice user and device.

    With a device, the homeserver keeps the transaction ids of our messages on disk, so that a
    retry after its own restart sends nothing twice (Synapse forgets those of plain appservice
    requests).
    """

    def __init__(
        self, session: aiohttp.ClientSession, address: str, as_token: str, user_id: str
    ) -> None:
        self.user_id = user_id
        self._api = _Api(address, as_token, client_session=session)
        self._user: dict[str, str] = {"user_id": user_id}
        self._was_accepted = False
        self._device_id = ""
        self.has_new_device = False
        """Whether the device was deleted and made anew: its keys are gone."""

    def expect_token_to_hold(self) -> None:
        """From now on a refused token is an outage: the admin mends it, and nothing is given up."""
        self._was_accepted = True

    async def register(self, username: str) -> None:
        """Make an account of the appservice's; that it is there already is success.

        Raises:
            Rejected: The registration does not reserve the name.
        """
        login = {"type": "m.login.application_service", "username": username}
        try:
            await self.request(Method.POST, Path.v3.register, {**login, "inhibit_login": True})
        except Rejected as error:
            if error.errcode != "M_USER_IN_USE":
                raise

    async def add_device(self, device_id: str) -> None:
        """Make a device without login (MSC4190, Matrix 1.17), and be it from now on (MSC4326).

        Raises:
            Rejected: The homeserver cannot do that.
        """
        await self._make_device(device_id)
        self._device_id = device_id
        self._user |= {"device_id": device_id, "org.matrix.msc3202.device_id": device_id}

    async def request(
        self,
        method: Method,
        path: PathBuilder | str,
        content: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        *,
        as_user: str = "",
    ) -> dict[str, Any]:
        """One request, as the bot or `as_user`.

        Raises:
            Unavailable: No answer, a rate limit, or an error of the server's own.
            Rejected: The server understood and said no; `errcode` says why.
        """
        who = {"user_id": as_user} if as_user else self._user
        try:
            return await self._ask(method, path, content, {**(query or {}), **who})
        except Rejected as error:
            if error.errcode != "M_UNKNOWN_DEVICE" or "device_id" not in who:
                raise
        logger.warning("the bot's device %s was deleted: making it anew", self._device_id)
        await self._make_device(self._device_id)
        self.has_new_device = True
        return await self._ask(method, path, content, {**(query or {}), **who})

    async def _make_device(self, device_id: str) -> None:
        query = {"user_id": self.user_id}
        body = {"display_name": DEVICE_NAME}
        await self._ask(Method.PUT, Path.v3.devices[device_id], body, query)

    async def _ask(
        self,
        method: Method,
        path: PathBuilder | str,
        content: Mapping[str, Any] | None,
        query: Mapping[str, str],
    ) -> dict[str, Any]:
        try:
            answer = await self._api.request(
                method,
                path,
                dict(content) if content is not None else None,
                query_params=dict(query),
                sensitive=method != Method.GET,  # bodies hold tokens
            )
        except Rejected as error:
            if self._was_accepted and error.errcode in {"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"}:
                raise Unavailable(f"the homeserver refuses our token: {error}") from error
            raise
        except (MatrixConnectionError, TimeoutError, OSError) as error:
            raise Unavailable(f"the homeserver does not answer: {_reason(error)}") from error
        return cast("dict[str, Any]", answer)

    async def request_list(self, path: PathBuilder) -> list[Any]:
        """Read what is a list, not an object; raises as `request` does."""
        answer: object = await self.request(Method.GET, path)
        return answer if isinstance(answer, list) else []


class _Api(HTTPAPI):
    """mautrix's client with our errors: its own leave out `retry_after_ms`."""

    async def _send(
        self,
        method: Method,
        url: URL,
        content: Any,  # noqa: ANN401 (mautrix's signature)
        query_params: dict[str, str],
        headers: dict[str, str],
    ) -> tuple[Any, aiohttp.ClientResponse]:
        request = self.session.request(
            str(method), url, data=content, params=query_params, headers=headers, timeout=TIMEOUT
        )
        async with request as response:
            body = await _json(response)
            if 200 <= response.status < 300:
                if body is None:
                    raise Unavailable(f"{method} {url.path}: the answer is not JSON")
                return body, response
            raise _error(method, url, response, body if isinstance(body, dict) else {})


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


async def _json(response: aiohttp.ClientResponse) -> dict[str, Any] | list[Any] | None:
    try:
        body = await response.json(content_type=None)
    except ValueError:
        return None
    return body if isinstance(body, dict | list) else None


def _error(
    method: Method, url: URL, response: aiohttp.ClientResponse, body: Mapping[str, Any]
) -> Unavailable | Rejected:
    errcode = str(body.get("errcode", ""))
    said = str(body.get("error", "")) or f"HTTP {response.status}"
    if response.status in {408, 429} or response.status >= 500:
        wait_s = _retry_after_s(response, body)
        return Unavailable(f"{method} {url.path}: {said}", retry_after_s=wait_s, errcode=errcode)
    return Rejected(said, errcode=errcode or f"HTTP_{response.status}")


def _retry_after_s(response: aiohttp.ClientResponse, body: Mapping[str, Any]) -> float | None:
    header = response.headers.get("Retry-After", "")
    wait_ms = body.get("retry_after_ms")
    if header.isdecimal():
        return min(float(header), LONGEST_WAIT_S)
    return min(wait_ms / 1000, LONGEST_WAIT_S) if isinstance(wait_ms, int | float) else None
