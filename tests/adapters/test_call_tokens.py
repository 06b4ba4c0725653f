"""Tokens of the token service, as LiveKit's own SDK reads them."""

from livekit import api

from haos_voice_bridge.adapters.livekit.call_tokens import TOKEN_TTL_S, CallTokens

SECRET = "s" * 40


def read(jwt):
    return api.TokenVerifier("key", SECRET).verify(jwt)


def test_the_sdk_takes_a_token_and_sees_the_least_grants():
    said = read(CallTokens("key", SECRET).mint("A/b+c", "@ana:hs:DEV", None))
    assert said.identity == "@ana:hs:DEV"
    grants = said.video
    assert (grants.room, grants.room_join, grants.can_publish) == ("A/b+c", True, True)
    assert (grants.can_subscribe, grants.can_update_own_metadata) == (True, True)
    assert grants.can_publish_sources in (None, [])
    assert not any((grants.room_create, grants.room_admin, grants.room_list, grants.hidden))


def test_what_may_be_published_is_in_it():
    tokens = CallTokens("key", SECRET)
    some = read(tokens.mint("A", "@ana:hs:DEV", ("microphone",)))
    assert (some.video.can_publish, some.video.can_publish_sources) == (True, ["microphone"])
    assert not read(tokens.mint("A", "@ana:hs:DEV", ())).video.can_publish
    assert some.video.can_subscribe
    assert not read(tokens.mint("A", "@ana:hs:DEV", (), can_hear=False)).video.can_subscribe


def test_it_opens_a_connection_for_minutes_not_hours():
    assert 60 <= TOKEN_TTL_S <= 600
