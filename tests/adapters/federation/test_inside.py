"""Server names that are aimed at the inside: nothing there ever hears from us."""

import pytest
from aiohttp import web as server
from yarl import URL

from haos_voice_bridge.adapters.federation.client_api import ClientApis
from haos_voice_bridge.adapters.federation.delayed_events import HomeserverDelayedEvents
from haos_voice_bridge.adapters.federation.discovery import Discovery
from haos_voice_bridge.adapters.federation.guard import ForbiddenAddress
from haos_voice_bridge.adapters.federation.openid import FederationOpenId
from haos_voice_bridge.errors import EffectError, Rejected, Unavailable
from haos_voice_bridge.token_service.refused import NotVerified
from haos_voice_bridge.token_service.requests import OpenIdToken


@pytest.fixture
def openid(strict, srv):
    async def lookup(name):
        return srv.get(name, ())

    return FederationOpenId(strict, Discovery(strict, lookup))


async def nothing_heard(openid, name, *sites):
    with pytest.raises(NotVerified):
        await openid.user_of(OpenIdToken(name, "tok"))
    assert [site.connections for site in sites] == [0] * len(sites)


@pytest.mark.parametrize(
    "form", ["127.0.0.1:{port}", "localhost:{port}", "[::ffff:127.0.0.1]:{port}"]
)
async def test_loopback_by_address_and_by_name(openid, site, form):
    site.knows("tok", "@ana:hs")
    await nothing_heard(openid, form.format(port=site.port), site)


async def test_a_name_that_leads_inside(openid, dns, site):
    for port in (443, 8448):
        dns["hs.test", port] = [("127.0.0.1", site.port)]
    await nothing_heard(openid, "hs.test", site)


async def test_a_name_of_which_one_address_is_inside(openid, dns, site):
    # 192.0.2.1 (for documentation) is not public either, so none is left.
    dns["hs.test", 8448] = [("192.0.2.1", site.port), ("127.0.0.1", site.port)]
    await nothing_heard(openid, "hs.test", site)


async def test_srv_records_that_lead_inside(openid, dns, srv, site):
    srv["_matrix-fed._tcp.hs.test"] = [("127.0.0.1", site.port), ("localhost", site.port)]
    dns["localhost", site.port] = [("127.0.0.1", site.port)]
    await nothing_heard(openid, "hs.test", site)


async def test_a_name_that_leads_elsewhere_the_second_time(strict, dns, site, monkeypatch):
    """The address that was checked is the one that is connected to: nobody asks DNS in between."""
    times = []

    def answers():
        times.append(1)
        return [("1.1.1.1" if len(times) == 1 else "127.0.0.1", site.port)]

    dns["hs.test", 8448] = answers
    connected = []
    guard = strict._session.connector._socket_factory.__self__

    def check(address):
        connected.append(address)
        raise OSError("not in a test")

    monkeypatch.setattr(guard, "check", check)
    with pytest.raises(Unavailable):
        await strict.get(URL("https://hs.test:8448/"))
    assert (times, connected) == ([1], ["1.1.1.1"])


@pytest.mark.parametrize(
    "location",
    [
        "https://127.0.0.1:{port}/",
        "http://hs.test/plain",
        "https://localhost:{port}/x",
        "//[::1]:{port}/",
        "file:///etc/passwd",
        "https://u:p@[::1]:{port}/",
    ],
)
async def test_a_well_known_file_that_redirects_inside(  # noqa: PLR0917 (fixtures)
    fetch, discovery, dns, site, other, monkeypatch, location
):
    """The first server is one that may be reached; where it sends us is not."""
    target = location.format(port=other.port)

    async def away(_request):
        return server.Response(status=302, headers={"Location": target})

    site.answers["/.well-known/matrix/server"] = away
    dns["hs.test", 443] = [("127.0.0.1", site.port)]
    dns["localhost", other.port] = [("127.0.0.1", other.port)]
    guard = fetch._session.connector._socket_factory.__self__
    real = guard.make_socket

    def only_the_first(info):
        guard.check("127.0.0.1" if info[4][1] == site.port else "10.0.0.1")
        return real(info)

    monkeypatch.setattr(fetch._session.connector, "_socket_factory", only_the_first)
    (destination,) = await discovery.find("hs.test")
    assert destination.base == URL("https://hs.test:8448")
    assert (len(site.paths), other.connections) == (1, 0)


async def test_a_redirect_without_tls_is_not_followed_to_where_one_may_go(discovery, dns, site):
    async def away(_request):
        return server.Response(status=302, headers={"Location": "http://hs.test:81/plain"})

    site.answers["/.well-known/matrix/server"] = away
    dns["hs.test", 443] = dns["hs.test", 81] = [("127.0.0.1", site.port)]
    await discovery.find("hs.test")
    assert dns["asked"] == ["hs.test"], "for 443 alone"


async def test_of_a_names_addresses_those_inside_are_not_even_handed_on(strict, dns):
    dns["both.test", 8448] = [("1.1.1.1", 8448), ("127.0.0.1", 8448)]
    dns["inside.test", 8448] = [("10.0.0.1", 8448)]
    kept = await strict._resolver.resolve("both.test", 8448)
    assert [(one["hostname"], one["host"], one["port"]) for one in kept] == [
        ("both.test", "1.1.1.1", 8448)
    ]
    with pytest.raises(ForbiddenAddress):
        await strict._resolver.resolve("inside.test", 8448)


async def test_a_well_known_file_that_redirects_to_itself(discovery, dns, site):
    async def around(_request):
        return server.Response(status=302, headers={"Location": "/.well-known/matrix/server"})

    site.answers["/.well-known/matrix/server"] = around
    dns["hs.test", 443] = [("127.0.0.1", site.port)]
    await discovery.find("hs.test")
    assert len(site.paths) == 6


async def test_a_client_server_api_that_is_inside(fetch, strict, site, other):
    """`.well-known/matrix/client` may name any base; the delayed event's POST must not go there."""
    site.answers["/.well-known/matrix/client"] = {
        "m.homeserver": {"base_url": f"https://127.0.0.1:{other.port}"}
    }
    apis = ClientApis(fetch, fetch, {})
    base, _ = await apis.of(f"localhost:{site.port}")
    assert base == URL(f"https://127.0.0.1:{other.port}")
    apis._web = strict  # from here on as in the world
    with pytest.raises(Unavailable):
        await HomeserverDelayedEvents(apis).send(f"localhost:{site.port}", "syd_1")
    assert other.connections == 0
    strange = ClientApis(strict, strict, {})
    with pytest.raises(EffectError):
        await strange.of(f"localhost:{site.port}")


@pytest.mark.parametrize(
    "base",
    ["", "hs.test", "ftp://hs.test", "https://", "https://a:b@hs.test", "https://hs.test/?x=", 5],
)
async def test_a_base_that_is_none_is_not_used(fetch, dns, site, base):
    dns["hs.test", 443] = [("127.0.0.1", site.port)]
    site.answers["/.well-known/matrix/client"] = {"m.homeserver": {"base_url": base}}
    with pytest.raises(Rejected):
        await ClientApis(fetch, fetch, {}).of("hs.test")


async def test_what_an_admin_overrides_may_be_inside(fetch, strict, other):
    answered = []

    async def restart(request):
        answered.append((request.method, request.raw_path, await request.read()))
        return server.json_response({})

    prefix = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events"
    other.answers[f"{prefix}/a/../b/restart"] = restart
    apis = ClientApis(strict, fetch, {"hs.test": f"https://127.0.0.1:{other.port}/"})
    await HomeserverDelayedEvents(apis).restart("hs.test", "a/../b")
    assert answered == [("POST", f"{prefix}/a%2F..%2Fb/restart", b"{}")]
