"""Whose a token is, asked of real servers with real certificates."""

import asyncio
import time

import pytest
from aiohttp import web as server

from haos_voice_bridge.adapters.federation.openid import FederationOpenId, LocalOpenId
from haos_voice_bridge.adapters.federation.web import BODY_LIMIT
from haos_voice_bridge.token_service.refused import NotVerified
from haos_voice_bridge.token_service.requests import OpenIdToken

USERINFO = "/_matrix/federation/v1/openid/userinfo"


@pytest.fixture
def openid(fetch, discovery):
    return FederationOpenId(fetch, discovery)


async def refused(openid, name, token="tok"):
    with pytest.raises(NotVerified) as caught:
        await openid.user_of(OpenIdToken(name, token))
    assert token not in str(caught.value) or len(token) < 4
    return str(caught.value)


async def test_a_server_names_its_user(openid, site):
    site.knows("tok+&/", f"@ana:localhost:{site.port}")
    user = await openid.user_of(OpenIdToken(f"localhost:{site.port}", "tok+&/"))
    assert user == f"@ana:localhost:{site.port}"


async def test_a_delegated_server_is_asked_by_its_name_and_certificate(
    openid, dns, srv, site, other
):
    dns["hs.test", 443] = [("127.0.0.1", site.port)]
    dns["pod.internal.test", 5000] = [("127.0.0.1", other.port)]
    site.delegates("matrix.hs.test")
    srv["_matrix-fed._tcp.matrix.hs.test"] = [("pod.internal.test", 5000)]
    other.knows("tok", "@ana:hs.test")
    assert await openid.user_of(OpenIdToken("hs.test", "tok")) == "@ana:hs.test"
    assert (other.hosts, other.tls_names) == (["matrix.hs.test"], ["matrix.hs.test"])


async def test_a_second_target_is_tried_where_the_first_is_down(openid, dns, srv, site, other):
    dns["hs.test", 443] = [("127.0.0.1", site.port)]
    dns["up.test", 5000] = [("127.0.0.1", other.port)]
    srv["_matrix-fed._tcp.hs.test"] = [("down.test", 5000), ("up.test", 5000)]
    other.knows("tok", "@ana:hs.test")
    assert await openid.user_of(OpenIdToken("hs.test", "tok")) == "@ana:hs.test"


async def test_connections_are_used_again(openid, site):
    site.knows("tok", f"@ana:localhost:{site.port}")
    for _ in range(10):
        await openid.user_of(OpenIdToken(f"localhost:{site.port}", "tok"))
    assert site.connections == 1


async def test_one_target_of_two_servers_is_two_connections(openid, dns, srv, site):
    """A certificate that was checked for one server says nothing of another."""
    dns["pod.test", 5000] = [("127.0.0.1", site.port)]
    for name in ("hs.test", "unknown.example"):
        srv[f"_matrix-fed._tcp.{name}"] = [("pod.test", 5000)]
    site.knows("tok", "@ana:hs.test")
    assert await openid.user_of(OpenIdToken("hs.test", "tok")) == "@ana:hs.test"
    assert "certificate" in (await refused(openid, "unknown.example")).lower()


async def test_a_certificate_of_another_name_is_refused(openid, dns, site):
    dns["wrong.example", 8448] = [("127.0.0.1", site.port)]
    assert "certificate" in (await refused(openid, "wrong.example")).lower()
    assert site.paths == []


async def test_a_token_of_nobody_is_refused(openid, site):
    site.knows("another", "@ana:hs")
    assert "M_UNKNOWN_TOKEN" in await refused(openid, f"localhost:{site.port}")


@pytest.mark.parametrize(
    "said",
    [
        {"sub": "@ana:hs.test"},
        {"sub": "@ana:localhost"},
        {"sub": "@ana:evil:localhost:{port}"},
        {"sub": "ana:localhost:{port}"},
        {"sub": "@a\nb:localhost:{port}"},
        {"sub": 5},
        {},
        [],
        "x",
    ],
)
async def test_a_server_speaks_for_its_own_users_only(openid, site, said):
    if isinstance(said, dict) and isinstance(said.get("sub"), str):
        said = {"sub": said["sub"].replace("{port}", str(site.port))}
    site.answers[USERINFO] = said
    await refused(openid, f"localhost:{site.port}")


async def test_an_answer_without_end_is_cut_off(openid, site):
    async def endless(request):
        response = server.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * BODY_LIMIT)
        except ConnectionError:
            pass
        return response

    site.answers[USERINFO] = endless
    assert str(BODY_LIMIT) in await refused(openid, f"localhost:{site.port}")


async def test_a_server_that_never_answers_is_not_waited_for(openid, site, monkeypatch):
    async def silent(_request):
        await asyncio.sleep(2)
        return server.Response()

    site.answers[USERINFO] = silent
    timeout = openid._web._session.timeout
    monkeypatch.setattr(openid._web._session, "_timeout", type(timeout)(total=0.3))
    began = time.monotonic()
    await refused(openid, f"localhost:{site.port}")
    assert time.monotonic() - began < 5
    assert timeout.total <= 10


async def test_a_redirected_answer_is_not_followed(openid, site, other):
    async def away(_request):
        raise server.HTTPFound(f"https://localhost:{other.port}{USERINFO}")

    site.answers[USERINFO] = away
    other.knows("tok", f"@ana:localhost:{site.port}")
    await refused(openid, f"localhost:{site.port}")
    assert other.paths == []


async def test_our_own_homeserver_is_asked_where_it_is_configured(fetch, openid, site, other):
    local = LocalOpenId("hs.test", f"https://localhost:{site.port}", fetch, openid)
    site.knows("tok", "@ana:hs.test")
    assert await local.user_of(OpenIdToken("hs.test", "tok")) == "@ana:hs.test"
    other.knows("tok", f"@ben:localhost:{other.port}")
    stranger = OpenIdToken(f"localhost:{other.port}", "tok")
    assert await local.user_of(stranger) == f"@ben:localhost:{other.port}"
    with pytest.raises(NotVerified):
        await local.user_of(OpenIdToken("hs.test", "wrong"))
