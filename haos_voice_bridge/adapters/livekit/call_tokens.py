"""Tokens for MatrixRTC clients, which come over TLS to who asked: they are not sealed."""

from collections.abc import Sequence
from datetime import timedelta

from livekit import api

TOKEN_TTL = timedelta(minutes=5)
"""Time to connect, with some for a slow network and a client's own retries. lk-jwt-service gives an
hour. But LiveKit renews the token for as long as the connection lives, so an hour serves only who
stole a token, or was thrown out of the room meanwhile."""


class CallTokens:
    """Mints with the least grants: one room, one identity, no creating of rooms."""

    def __init__(self, api_key: str, api_secret: str) -> None:
        self._key = api_key
        self._secret = api_secret

    def mint(self, alias: str, identity: str, sources: Sequence[str] | None) -> str:
        """A JWT that opens one connection; `sources` None: anything may be published."""
        grants = api.VideoGrants(
            room_join=True,
            room=alias,
            can_publish=sources is None or bool(sources),
            can_publish_sources=list(sources or ()),
            can_subscribe=True,
            can_update_own_metadata=True,
        )
        return (
            api.AccessToken(self._key, self._secret)
            .with_identity(identity)
            .with_ttl(TOKEN_TTL)
            .with_grants(grants)
            .to_jwt()
        )
