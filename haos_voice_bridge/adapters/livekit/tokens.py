"""Tokens that open a connection to the SFU, sealed so that only the asking device can read them.

Room state is readable by every member and kept for ever, and a LiveKit token is a bearer token.
"""

import json
from collections.abc import Mapping
from datetime import timedelta

from joserfc import jwe
from joserfc.jwk import ECKey
from livekit import api

from haos_voice_bridge.core.admission import TOKEN_MS
from haos_voice_bridge.core.grants import Grant
from haos_voice_bridge.core.ids import livekit_room
from haos_voice_bridge.ports import Access, Clock, SealedToken

TOKEN_TTL = timedelta(milliseconds=TOKEN_MS)
"""Time to connect. LiveKit renews the token for as long as the connection lives."""


class Tokens:
    """Mints with the least grants and seals (RFC 7516: ECDH-ES, A256GCM, compact)."""

    def __init__(self, livekit_url: str, api_key: str, api_secret: str, clock: Clock) -> None:
        """`livekit_url` is where clients connect."""
        self._url = livekit_url
        self._key = api_key
        self._secret = api_secret
        self._clock = clock

    def sealed_token(self, access: Access, public_key: Mapping[str, str]) -> SealedToken:
        """Mint a token with the least grants and seal it to the key."""
        secret = {**self.open_token(access), "livekit_room": livekit_room(access.room_id)}
        return SealedToken(_sealed(secret, public_key), self._clock.now_ms() + TOKEN_MS)

    def open_token(self, access: Access) -> Mapping[str, object]:
        """The same, not sealed: for a way that only the device reads."""
        room = livekit_room(access.room_id)
        return {
            "livekit_url": self._url,
            "jwt": self._mint(room, access.identity, access.name, access.grant),
            "identity": access.identity,
            "call_id": access.call_id,
            "media_encryption": access.media_encryption,
        }

    def echo_token(self, room_id: str, identity: str) -> str:
        """A token for an echo test: an agent, which counts nowhere as a person."""
        grants = api.VideoGrants(
            room_join=True,
            room=livekit_room(room_id),
            can_publish=True,
            can_publish_sources=["microphone"],
            can_subscribe=True,
            can_publish_data=False,
            can_update_own_metadata=False,
        )
        return (
            api.AccessToken(self._key, self._secret)
            .with_identity(identity)
            .with_name("Echo test")
            .with_kind("agent")
            .with_ttl(TOKEN_TTL)
            .with_grants(grants)
            .to_jwt()
        )

    def _mint(self, room: str, identity: str, name: str, grant: Grant) -> str:
        grants = api.VideoGrants(
            room_join=True,
            room=room,
            can_publish=bool(grant.sources),
            can_publish_sources=list(grant.sources),
            can_subscribe=grant.can_hear,
            can_publish_data=True,
            # Its own attributes tell others that it is deafened or raised a hand.
            can_update_own_metadata=True,
        )
        return (
            api.AccessToken(self._key, self._secret)
            .with_identity(identity)
            .with_name(name)
            .with_ttl(TOKEN_TTL)
            .with_grants(grants)
            .to_jwt()
        )


def _sealed(secret: Mapping[str, object], public_key: Mapping[str, str]) -> str:
    key = ECKey.import_key(dict(public_key))
    protected = {"alg": "ECDH-ES", "enc": "A256GCM"}
    return jwe.encrypt_compact(protected, json.dumps(secret).encode(), key)
