"""Tokens: the least rights, for a minute, for one device's eyes."""

import base64
import json

import jwt
import pytest
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from livekit import api

from haos_voice_bridge.adapters.livekit.tokens import Tokens
from haos_voice_bridge.core.grants import Grant
from haos_voice_bridge.core.ids import livekit_room
from haos_voice_bridge.ports import Access
from tests.fakes.people import ANA, NOW, ROOM

KEY, SECRET = "key", "a secret that is long enough for HS256"
IDENTITY = f"{ANA}:DEV"
ALL = ("microphone", "camera", "screen_share", "screen_share_audio")


class Clock:
    def now_ms(self):
        return NOW


@pytest.fixture
def device():
    return ECKey.generate_key("P-256")


@pytest.fixture
def sealed(device):
    def make(sources=ALL, public=None, *, can_hear=True):
        access = Access(
            room_id=ROOM,
            identity=IDENTITY,
            name="Ana",
            grant=Grant(sources, can_hear),
            call_id="C1",
            media_encryption=True,
        )
        public_key = public or device.as_dict(private=False)
        return Tokens("wss://lk.hs", KEY, SECRET, Clock()).sealed_token(access, public_key)

    return make


def opened(token, key):
    return json.loads(jwe.decrypt_compact(token.jwe, key).plaintext)


def claims(token, key):
    return jwt.decode(opened(token, key)["jwt"], options={"verify_signature": False})


def test_the_device_reads_all_it_needs_to_connect(sealed, device):
    token = sealed()
    secret = opened(token, device)
    assert secret.pop("jwt").count(".") == 2
    assert secret == {
        "livekit_url": "wss://lk.hs",
        "livekit_room": livekit_room(ROOM),
        "identity": IDENTITY,
        "call_id": "C1",
        "media_encryption": True,
    }
    assert token.expires_ts == NOW + 60_000


def test_nobody_else_can_read_it(sealed):
    token = sealed()
    with pytest.raises((JoseError, ValueError)):
        opened(token, ECKey.generate_key("P-256"))
    header, *rest = token.jwe.split(".")
    assert len(rest) == 4
    assert IDENTITY not in token.jwe
    assert "eyJhbGciOiJIUzI1NiI" not in token.jwe[len(header) :], "the LiveKit token in the clear"


def test_it_is_sealed_the_way_the_protocol_says(sealed):
    header = sealed().jwe.partition(".")[0]
    protected = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    assert (protected["alg"], protected["enc"]) == ("ECDH-ES", "A256GCM")
    assert protected["epk"]["crv"] == "P-256"


def test_no_two_tokens_are_sealed_alike(sealed):
    assert sealed().jwe != sealed().jwe


def test_the_token_has_exactly_the_least_rights(sealed, device):
    said = claims(sealed(), device)
    assert said["video"] == {
        "roomJoin": True,
        "room": livekit_room(ROOM),
        "canPublish": True,
        "canPublishSources": list(ALL),
        "canSubscribe": True,
        "canPublishData": True,
        "canUpdateOwnMetadata": True,
    }
    assert set(said) <= {"video", "sub", "name", "iss", "nbf", "exp", "iat", "jti", "kind"}
    verified = api.TokenVerifier(KEY, SECRET).verify(opened(sealed(), device)["jwt"])
    assert (verified.identity, verified.name) == (IDENTITY, "Ana")
    for right in ("room_create", "room_list", "room_record", "room_admin", "hidden", "recorder"):
        assert not getattr(verified.video, right)


def test_the_token_lives_for_a_minute(sealed, device):
    said = claims(sealed(), device)
    assert 0 < said["exp"] - said["nbf"] <= 60


@pytest.mark.parametrize("sources", [("microphone",), ("camera", "screen_share")])
def test_only_the_allowed_sources_may_be_published(sealed, device, sources):
    video = claims(sealed(sources), device)["video"]
    assert video["canPublish"] is True
    assert video["canPublishSources"] == list(sources)


def test_who_may_publish_nothing_only_listens(sealed, device):
    """An empty list of sources means all of them to LiveKit: the flag must say no."""
    video = claims(sealed(()), device)["video"]
    assert video["canPublish"] is False
    assert video["canSubscribe"] is True


def test_who_is_deafened_receives_nothing(sealed, device):
    assert claims(sealed(can_hear=False), device)["video"]["canSubscribe"] is False


def test_an_open_token_is_the_same_unsealed():
    tokens = Tokens("wss://lk.hs", KEY, SECRET, Clock())
    access = Access(
        room_id=ROOM,
        identity=IDENTITY,
        name="Ana",
        grant=Grant((), can_hear=False),
        call_id="",
        media_encryption=False,
    )
    found = tokens.open_token(access)
    assert found.keys() == {"livekit_url", "jwt", "identity", "call_id", "media_encryption"}
    said = jwt.decode(found["jwt"], options={"verify_signature": False})
    assert (said["sub"], said["video"]["room"]) == (IDENTITY, livekit_room(ROOM))
    assert said["video"]["canSubscribe"] is False
