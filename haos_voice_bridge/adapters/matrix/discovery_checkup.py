"""Do MatrixRTC clients, such as Element Call, find the call server, and is it the bridge?

They compare its URL to the letter: who is told another spelling is in another call.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from mautrix.api import Method, Path

from haos_voice_bridge.adapters.matrix.client import MatrixClient
from haos_voice_bridge.core.checkup import Finding
from haos_voice_bridge.errors import Rejected

TRANSPORTS = "_matrix/client/unstable/org.matrix.msc4143/rtc/transports"
USERINFO = "/_matrix/federation/v1/openid/userinfo"
FOCI = "org.matrix.msc4143.rtc_foci"
TIMEOUT = aiohttp.ClientTimeout(total=5)
ENDPOINTS = ("/sfu/get", "/get_token", "/delegate_delayed_leave")
RESTART = "in homeserver.yaml (Synapse), and restart it."


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything is.

    Attributes:
        homeserver: Where the bridge reaches the homeserver.
        well_known: Where clients find `.well-known/matrix/client`.
        service: The `livekit_service_url`, as it must be told.
    """

    homeserver: str
    well_known: str
    service: str


class DiscoveryCheckup:
    """Looks where clients look; nothing is changed."""

    def __init__(
        self, session: aiohttp.ClientSession, client: MatrixClient, places: Places
    ) -> None:
        self._session = session
        self._client = client
        self._places = places

    async def well_known(self) -> Sequence[Finding]:
        """`.well-known/matrix/client` of the server's name."""
        name, ours = ".well-known/matrix/client", self._places.service
        wanted = f'"{FOCI}": [{{"type": "livekit", "livekit_service_url": "{ours}"}}]'
        put = f"Let it hold {wanted}, or let the bridge serve it (matrix_rtc.well_known)."
        try:
            async with self._session.get(self._places.well_known, timeout=TIMEOUT) as answer:
                status, headers, body = answer.status, answer.headers, await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            text = f"{name} cannot be reached, so Element Call may find no call server."
            detail = f"{self._places.well_known}: {_said(error)}"
            return [Finding("warning", text, put, detail)]
        content = _object(body)
        if status != 200 or content is None:
            text = f"{name} is not there, so Element Call may find no call server."
            detail = f"{self._places.well_known} answers HTTP {status}."
            return [Finding("warning", text, put, detail)]
        if headers.get("Access-Control-Allow-Origin") != "*":
            text = f"{name} cannot be read by web clients: it lacks a CORS header."
            advice = "Let the web server that serves it add Access-Control-Allow-Origin: *"
            return [Finding("error", text, advice)]
        homeserver = content.get("m.homeserver")
        if not isinstance(homeserver, Mapping) or not homeserver.get("base_url"):
            text = f"{name} does not name the homeserver."
            advice = 'Add "m.homeserver": {"base_url": "https://…"}: clients need it to log in.'
            return [Finding("warning", text, advice)]
        return [self._compared(name, content.get(FOCI), put)]

    async def transports(self) -> Sequence[Finding]:
        """What the homeserver tells (MSC4143)."""
        name, ours = "The homeserver's list of call servers", self._places.service
        put = (
            f'Put matrix_rtc: {{transports: [{{type: livekit, livekit_service_url: "{ours}"}}]}} '
            f"and experimental_features: {{msc4143_enabled: true}} {RESTART}"
        )
        try:
            said = await self._client.request(Method.GET, TRANSPORTS)
        except Rejected as error:
            text = f"{name} is not there (MSC4143), so Element Call finds no call server."
            return [Finding("warning", text, put, str(error))]
        return [self._compared(name, said.get("rtc_transports"), put)]

    def _compared(self, name: str, told: object, put: str) -> Finding:
        entries = told if isinstance(told, list) else []
        found = [
            str(entry.get("livekit_service_url"))
            for entry in entries
            if isinstance(entry, Mapping) and entry.get("type") == "livekit"
        ]
        ours = self._places.service
        if not found:
            text = f"{name} names no call server."
            return Finding("warning", text, put)
        if found[0] == ours:  # clients take the first
            return Finding("ok", f"{name} names the bridge as the call server.")
        if found[0].rstrip("/").casefold() == ours.casefold():
            what = "spells the bridge's address another way (a slash at the end, or capitals)"
        elif ours in found:
            what = "names the bridge, but not first"
        else:
            what = "names another call server than the bridge"
        text = f"{name} {what}: calls would be in two halves."
        return Finding("error", text, put, f"It says {found[0]}")

    async def features(self) -> Sequence[Finding]:
        """Delayed events and sticky events, as `/versions` tells."""
        said = await self._client.request(Method.GET, Path.versions)
        features = said.get("unstable_features")
        on = {name for name, value in features.items() if value} if features else set()
        findings = []
        if "org.matrix.msc4140" in on:
            findings.append(Finding("ok", "The homeserver has delayed events (MSC4140)."))
        else:
            text = "The homeserver has no delayed events (MSC4140): who crashes stays in the call."
            advice = f"Put max_event_delay_duration: 24h {RESTART}"
            findings.append(Finding("warning", text, advice))
        if "org.matrix.msc4354" in on:
            findings.append(Finding("ok", "The homeserver has sticky events (MSC4354)."))
        else:
            text = "The homeserver has no sticky events (MSC4354), which newer Element Calls need."
            advice = f"Put experimental_features: {{msc4354_enabled: true}} {RESTART}"
            findings.append(Finding("warning", text, advice))
        return findings

    async def openid(self) -> Sequence[Finding]:
        """Whether the token service can ask the homeserver whose a token is."""
        path = Path.v3.user[self._client.user_id].openid.request_token
        token = str((await self._client.request(Method.POST, path, {})).get("access_token"))
        url = self._places.homeserver + USERINFO
        try:
            query = {"access_token": token}
            async with self._session.get(url, params=query, timeout=TIMEOUT) as answer:
                status, body = answer.status, _object(await answer.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            status, body = 0, {"error": type(error).__name__}
        if status == 200 and (body or {}).get("sub") == self._client.user_id:
            return [Finding("ok", "The homeserver tells whose an OpenID token is.")]
        text = "The homeserver does not tell whose an OpenID token is: Element Call gets no token."
        advice = (
            "Add openid (or federation) to the resources of the listener at homeserver.address "
            + RESTART
        )
        return [Finding("error", text, advice, f"{USERINFO} answers HTTP {status}.")]

    async def service(self) -> Sequence[Finding]:
        """The token service, at the address that clients are told."""
        try:
            async with self._session.get(
                f"{self._places.service}/healthz", timeout=TIMEOUT
            ) as answer:
                status = answer.status
            broken = [path for path in ENDPOINTS if not await self._serves(path)]
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            status, broken = 0, []
            detail = f"{self._places.service}: {_said(error)}"
        else:
            detail = f"{self._places.service}/healthz answers HTTP {status}."
        if status != 200:
            text = "The token service cannot be reached at the address that clients are told."
            advice = (
                "Let the proxy forward all paths under matrix_rtc.path_prefix to the bridge, or "
                "mend bridge.public_url (or matrix_rtc.livekit_service_url)."
            )
            return [Finding("error", text, advice, detail)]
        if broken:
            text = f"The token service answers, but not, or not with CORS, at {', '.join(broken)}."
            advice = (
                "Let the proxy forward all paths under matrix_rtc.path_prefix, with POST and "
                "OPTIONS, and leave the CORS headers to the bridge."
            )
            return [Finding("error", text, advice, detail)]
        return [Finding("ok", "The token service is reached where clients are told that it is.")]

    async def _serves(self, path: str) -> bool:
        """An empty request is refused in the service's own words, readable by any page."""
        url = self._places.service + path
        async with self._session.options(url, timeout=TIMEOUT) as preflight:
            allowed = preflight.headers.getall("Access-Control-Allow-Origin", [])
            if preflight.status not in {200, 204} or allowed != ["*"]:
                return False
        async with self._session.post(url, json={}, timeout=TIMEOUT) as answer:
            allowed = answer.headers.getall("Access-Control-Allow-Origin", [])
            body = _object(await answer.read()) or {}
            return answer.status == 400 and allowed == ["*"] and body.get("errcode") == "M_BAD_JSON"


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__
