"""Is the homeserver well, and does it reach us?"""

import time
from collections.abc import Sequence

from mautrix.api import Method, Path

from haos_voice_bridge.adapters.matrix.client import MatrixClient
from haos_voice_bridge.core.checkup import Finding
from haos_voice_bridge.errors import Rejected, Unavailable


class HomeserverCheckup:
    """Asks it, and lets it ask us."""

    def __init__(self, client: MatrixClient, appservice_id: str) -> None:
        self._client = client
        self._id = appservice_id

    async def answers(self) -> Sequence[Finding]:
        """It answers, and knows our token."""
        began = time.monotonic()
        try:
            await self._client.request(Method.GET, Path.v3.account.whoami)
        except Unavailable as error:
            return [
                Finding(
                    "error",
                    "The homeserver does not answer.",
                    "Is it running? Check homeserver.address.",
                    str(error),
                )
            ]
        except Rejected as error:
            return [
                Finding(
                    "error",
                    "The homeserver refuses the bridge's token.",
                    "Is the registration in its configuration, with the same as_token, and was "
                    "it restarted since?",
                    str(error),
                )
            ]
        return [Finding("ok", f"The homeserver answers in {_ms(began)} ms.")]

    async def reaches_us(self) -> Sequence[Finding]:
        """The way there and back (MSC2659)."""
        path = Path.v1.appservice[self._id].ping
        began = time.monotonic()
        try:
            await self._client.request(Method.POST, path, {"transaction_id": "doctor"})
        except (Unavailable, Rejected) as error:
            if error.errcode in {"M_UNRECOGNIZED", "HTTP_404"}:
                return [Finding("ok", "The homeserver cannot ping (Matrix before 1.7).")]
            return [
                Finding(
                    "error",
                    "The homeserver does not reach the bridge.",
                    "Is the bridge running? appservice.address must be one that the homeserver "
                    "can call, and hs_token the one of the registration.",
                    str(error),
                )
            ]
        return [
            Finding("ok", f"The homeserver reaches the bridge: there and back {_ms(began)} ms.")
        ]

    async def reserves_puppets(self, example: str) -> Sequence[Finding]:
        """The registration in use has their names."""
        if await reserves(self._client, example):
            return [Finding("ok", "The registration reserves the names of puppets.")]
        text = "The registration reserves no names for puppets: Element does not see who comes by "
        return [
            Finding(
                "warning",
                text + "a link.",
                "Write it anew with -g into a new file, put that into the homeserver's "
                "configuration, and restart it.",
            )
        ]


async def reserves(client: MatrixClient, user_id: str) -> bool:
    """Whether the homeserver takes us for the owner of a user ID, which need not be in use."""
    try:
        await client.request(Method.GET, Path.v3.account.whoami, as_user=user_id)
    except Rejected as error:  # that there is no such user yet is another refusal
        return "masquerade" not in str(error)
    return True


def _ms(began: float) -> str:
    return f"{(time.monotonic() - began) * 1000:.0f}"
