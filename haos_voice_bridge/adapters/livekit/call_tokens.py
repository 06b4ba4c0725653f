"""Tokens for MatrixRTC clients, which come over TLS to who asked: they are not sealed.

Signed by joserfc: LiveKit's SDK takes eight times as long, a fifth of all that a request costs.
"""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from joserfc import jws
from joserfc.jwk import OctKey

TOKEN_TTL_S = 300
"""Time to connect, with some for a slow network and a client's own retries. lk-jwt-service gives an
hour. But LiveKit renews the token for as long as the connection lives, so an hour serves only who
stole a token, or was thrown out of the room meanwhile."""

_HEADER = {"alg": "HS256", "typ": "JWT"}


class CallTokens:
    """Mints with the least grants: one room, one identity, no creating of rooms."""

    def __init__(
        self,
        api_key: str,
        api_secret: str,
        clock: Callable[[], float] = time.time,
        *,
        ttl_s: int = TOKEN_TTL_S,
    ) -> None:
        """`clock` is in seconds since the epoch; `ttl_s`: how long a token opens a connection."""
        self._key = api_key
        self._secret = OctKey.import_key(api_secret)
        self._clock = clock
        self._ttl_s = ttl_s

    def mint(
        self, alias: str, identity: str, sources: Sequence[str] | None, *, can_hear: bool = True
    ) -> str:
        """A JWT that opens one connection; `sources` None: anything may be published."""
        now = int(self._clock())
        grants: dict[str, Any] = {
            "room": alias,
            "roomJoin": True,
            "canPublish": sources is None or bool(sources),
            "canSubscribe": can_hear,
            "canUpdateOwnMetadata": True,
        }
        if sources:
            grants["canPublishSources"] = list(sources)
        claims = {
            "iss": self._key,
            "sub": identity,
            "nbf": now,
            "exp": now + self._ttl_s,
            "video": grants,
        }
        return jws.serialize_compact(_HEADER, json.dumps(claims), self._secret)
