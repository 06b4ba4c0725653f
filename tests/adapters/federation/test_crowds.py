"""Strangers in numbers, and servers that let us wait: whoever is served otherwise still is."""

import asyncio
import socket
import threading
import time

import pytest
from aiohttp import web as server

from haos_voice_bridge.adapters.federation import discovery as discovery_module
from haos_voice_bridge.adapters.federation import openid as module
from haos_voice_bridge.adapters.federation.discovery import Discovery
from haos_voice_bridge.adapters.federation.guard import AddressGuard, networks
from haos_voice_bridge.adapters.federation.openid import Apart, FederationOpenId
from haos_voice_bridge.adapters.federation.web import LOOKUPS, Web
from haos_voice_bridge.errors import Unavailable
from haos_voice_bridge.token_service.refused import NotVerified
from haos_voice_bridge.token_service.requests import OpenIdToken


async def nobody(_name):
    return ()


@pytest.fixture
def openid(fetch, discovery):
    return FederationOpenId(fetch, discovery)


@pytest.fixture
def silent_dns(dns, monkeypatch):
    """Names below slow.test: nobody answers for them. How many are looked up now, at the most."""
    answers, inner = threading.Event(), socket.getaddrinfo
    at_once = [0, 0]

    def getaddrinfo(host, *args, **options):
        if not host.endswith(".slow.test"):
            return inner(host, *args, **options)
        at_once[0] += 1
        at_once[1] = max(at_once)
        answers.wait(20)
        at_once[0] -= 1
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield at_once
    answers.set()


async def test_name_servers_that_do_not_answer_hold_up_no_other_name(silent_dns, dns, site):
    strange, known = (Web(AddressGuard(networks("127.0.0.0/8"))) for _ in range(2))
    dns["hs.test", 8448] = [("127.0.0.1", site.port)]
    site.knows("tok", "@ana:hs.test")
    ways = [FederationOpenId(web, Discovery(web, nobody)) for web in (known, strange)]
    openid = Apart(["hs.test"], *ways)
    crowd = [
        asyncio.ensure_future(openid.user_of(OpenIdToken(f"n{number}.slow.test:1", "x")))
        for number in range(4 * LOOKUPS)
    ]
    async with asyncio.timeout(15):
        while silent_dns[0] < LOOKUPS:
            await asyncio.sleep(0.01)
    async with asyncio.timeout(3):  # much less than anybody among the crowd is looked up for
        assert await openid.user_of(OpenIdToken("hs.test", "tok")) == "@ana:hs.test"
        # What everything else in the process finds names with: LiveKit's, say.
        await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 1)
    refused = await asyncio.gather(*crowd, return_exceptions=True)
    assert {type(one) for one in refused} == {NotVerified}
    assert silent_dns[1] == LOOKUPS
    for web in (strange, known):
        await web.close()


async def test_a_server_that_is_slow_at_each_step_is_not_waited_for_at_all_of_them(
    openid, dns, site, monkeypatch
):
    async def slowly_on(_request):
        await asyncio.sleep(0.3)
        return server.Response(status=302, headers={"Location": "/.well-known/matrix/server"})

    monkeypatch.setattr(discovery_module, "LONGEST_S", 0.5)
    site.answers["/.well-known/matrix/server"] = slowly_on
    dns["hs.test", 443] = [("127.0.0.1", site.port)]
    began = time.monotonic()
    with pytest.raises(NotVerified):
        await openid.user_of(OpenIdToken("hs.test", "tok"))
    assert time.monotonic() - began < 5
    assert len(site.paths) <= 2
    dns["localhost", site.port] = [("127.0.0.1", site.port)]
    monkeypatch.setattr(module, "LONGEST_S", 0.2)

    async def silent(_request):
        await asyncio.sleep(2)

    site.answers[module.PATH] = silent
    with pytest.raises(NotVerified, match="too long"):
        await openid.user_of(OpenIdToken(f"localhost:{site.port}", "tok"))


async def test_only_so_many_tokens_are_checked_at_once(openid, site, monkeypatch):
    monkeypatch.setattr(module, "MOST", 5)
    go_on = asyncio.Event()
    name = f"localhost:{site.port}"

    async def userinfo(_request):
        await go_on.wait()
        return server.json_response({"sub": f"@ana:{name}"})

    site.answers[module.PATH] = userinfo
    five = [asyncio.ensure_future(openid.user_of(OpenIdToken(name, str(n)))) for n in range(5)]
    await asyncio.sleep(0.1)
    with pytest.raises(Unavailable):
        await openid.user_of(OpenIdToken(name, "6"))
    five.pop().cancel()
    await asyncio.sleep(0)
    go_on.set()
    assert await openid.user_of(OpenIdToken(name, "7")) == f"@ana:{name}"
    assert await asyncio.gather(*five) == [f"@ana:{name}"] * 4
    assert openid._asking == 0


async def test_a_server_that_is_asked_for_is_not_forgotten_for_names_of_strangers(
    discovery, dns, site, monkeypatch
):
    monkeypatch.setattr(discovery_module, "KNOWN", 10)
    dns["hs.test", 443] = [("127.0.0.1", site.port)]
    site.delegates("a.hs.test:1")
    for number in range(40):
        await discovery.find("hs.test")
        await discovery.find(f"stranger{number}.test:1")
    assert len(site.paths) == 1
