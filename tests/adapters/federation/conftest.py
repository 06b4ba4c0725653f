"""Servers with TLS on loopback, and names that lead to them.

Names and the ports 443 and 8448 cannot be had on a machine that is not ours: what `getaddrinfo`
says is made up, ports included. Everything from the socket on is real.
"""

import asyncio
import socket
import ssl

import pytest
from aiohttp import web

from haos_voice_bridge.adapters.federation.discovery import Discovery
from haos_voice_bridge.adapters.federation.guard import AddressGuard, networks
from haos_voice_bridge.adapters.federation.web import Web
from tests import certificates


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return certificates.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True)
def _trusted(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))


@pytest.fixture
def dns(monkeypatch):
    """`dns["hs.test", 443] = [("127.0.0.1", 12345)]`; what is not in it does not resolve."""
    table = {}
    real = socket.getaddrinfo
    asked = []

    def getaddrinfo(host, port, *args, **options):
        if host == "127.0.0.1":
            return real(host, port, *args, **options)
        asked.append(host)
        answers = table.get((host, port))
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if callable(answers):
            answers = answers()
        kind = socket.SOCK_STREAM
        return [
            (socket.AF_INET6 if ":" in ip else socket.AF_INET, kind, 6, "", (ip, to))
            for ip, to in answers
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    table["asked"] = asked
    return table


class Site:
    """A server that remembers how it was asked."""

    def __init__(self, certificate):
        self.answers = {}
        self.hosts, self.paths, self.tls_names = [], [], []
        self.connections = 0
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
        context.sni_callback = self._named
        self._context = context
        self.port = 0

    def _named(self, _socket, name, _context):
        self.connections += 1
        self.tls_names.append(name)

    async def start(self):
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._context)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]

    async def stop(self):
        await self._runner.cleanup()

    async def _answer(self, request):
        self.hosts.append(request.headers["Host"])
        self.paths.append(request.path)
        answer = self.answers.get(request.path)
        if answer is None:
            return web.json_response({}, status=404)
        return await answer(request) if callable(answer) else web.json_response(answer)

    def knows(self, token, user_id):
        """Vouch for a token."""

        async def userinfo(request):
            if request.query.get("access_token") != token:
                return web.json_response({"errcode": "M_UNKNOWN_TOKEN"}, status=401)
            return web.json_response({"sub": user_id})

        self.answers["/_matrix/federation/v1/openid/userinfo"] = userinfo

    def delegates(self, to, headers=None):
        """Have a well-known file."""

        async def well_known(_request):
            return web.json_response({"m.server": to}, headers=headers)

        self.answers["/.well-known/matrix/server"] = well_known


@pytest.fixture
async def site(certificate):
    site = Site(certificate)
    await site.start()
    yield site
    await site.stop()


@pytest.fixture
async def other(certificate):
    site = Site(certificate)
    await site.start()
    yield site
    await site.stop()


@pytest.fixture
async def fetch():
    """A session that may go to loopback."""
    made = Web(AddressGuard(networks("127.0.0.0/8")))
    yield made
    await made.close()


@pytest.fixture
async def strict():
    """A session as it is in the world."""
    made = Web(AddressGuard())
    yield made
    await made.close()


@pytest.fixture
def srv():
    """`srv["_matrix-fed._tcp.hs.test"] = [("matrix.hs.test", 443)]`."""
    return {}


@pytest.fixture
def now():
    return [1000.0]


@pytest.fixture
def discovery(fetch, srv, now):
    async def lookup(name):
        await asyncio.sleep(0)
        return srv.get(name, ())

    return Discovery(fetch, lookup, lambda: now[0])
