"""What MatrixRTC clients find: served by the bridge, and looked at by the doctor.

Failures here are those of proxies and web servers; those of the homeserver are provoked on a real
one in tests/e2e/test_discovery.py.
"""

from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from haos_voice_bridge.adapters.http.well_known import PATH, WellKnown, document
from haos_voice_bridge.adapters.matrix.client import MatrixClient
from haos_voice_bridge.adapters.matrix.discovery_checkup import DiscoveryCheckup, Places

FOCI = "org.matrix.msc4143.rtc_foci"
OURS = "https://voice.hs/livekit/jwt"
ANYBODY = {"Access-Control-Allow-Origin": "*"}


async def test_the_bridge_serves_the_document_to_any_page():
    app = web.Application()
    more = {"m.identity_server": {"base_url": "https://id.hs"}}
    WellKnown(document("https://hs", OURS, more)).add_routes(app.router)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get(PATH)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.content_type == "application/json"
        assert await answer.json() == {
            "m.homeserver": {"base_url": "https://hs"},
            FOCI: [{"type": "livekit", "livekit_service_url": OURS}],
            **more,
        }
        preflight = await client.options(PATH)
        assert (preflight.status, preflight.headers["Access-Control-Allow-Origin"]) == (204, "*")


def test_without_a_token_service_none_is_named():
    assert document("https://hs", "", {}) == {"m.homeserver": {"base_url": "https://hs"}}


@asynccontextmanager
async def looking(app, service="", well_known="/wk", homeserver=""):
    """A checkup whose everything is this server."""
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        base = str(server.make_url("")).rstrip("/")
        client = MatrixClient(session, base, "token", "@voice:hs")
        places = Places(base + homeserver, base + well_known, service or f"{base}/jwt")
        yield DiscoveryCheckup(session, client, places)


def served(content, *, status=200, headers=ANYBODY):
    async def answer(_):
        return web.json_response(content, status=status, headers=headers)

    app = web.Application()
    app.router.add_get("/wk", answer)
    return app


def naming(url):
    focus = {"type": "livekit", "livekit_service_url": url}
    return {"m.homeserver": {"base_url": "https://hs"}, FOCI: [focus]}


async def of_well_known(app):
    async with looking(app, service=OURS) as checkup:
        (finding,) = await checkup.well_known()
    return finding


async def test_a_document_that_names_the_bridge_is_fine():
    finding = await of_well_known(served(naming(OURS)))
    assert (finding.level, finding.advice) == ("ok", "")


@pytest.mark.parametrize("app", [web.Application(), served([]), served(naming(OURS), status=404)])
async def test_no_document_at_all(app):
    finding = await of_well_known(app)
    assert finding.level == "warning"
    assert "is not there" in finding.text
    assert f'"livekit_service_url": "{OURS}"' in finding.advice


async def test_nobody_answers_for_the_servers_name():
    async with aiohttp.ClientSession() as session:
        client = MatrixClient(session, "http://127.0.0.1:9", "token", "@voice:hs")
        places = Places("http://127.0.0.1:9", "http://127.0.0.1:9/wk", "http://127.0.0.1:9/jwt")
        checkup = DiscoveryCheckup(session, client, places)
        (document_,), (service,) = await checkup.well_known(), await checkup.service()
    assert "cannot be reached" in document_.text
    assert service.level == "error"
    assert "127.0.0.1" not in service.text + service.advice
    assert "127.0.0.1:9" in service.detail


async def test_a_document_that_web_clients_cannot_read():
    finding = await of_well_known(served(naming(OURS), headers={}))
    assert finding.level == "error"
    assert finding.advice.endswith("Access-Control-Allow-Origin: *")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (OURS + "/", "spells the bridge's address another way"),
        (OURS.replace("voice", "Voice"), "spells the bridge's address another way"),
        ("https://rtc.elsewhere/jwt", "names another call server"),
    ],
)
async def test_another_spelling_is_another_call(url, words):
    finding = await of_well_known(served(naming(url)))
    assert finding.level == "error"
    assert words in finding.text
    assert finding.detail == f"It says {url}"


async def test_the_first_one_counts():
    both = naming("https://rtc.elsewhere/jwt")
    both[FOCI].append({"type": "livekit", "livekit_service_url": OURS})
    finding = await of_well_known(served(both))
    assert "names the bridge, but not first" in finding.text


@pytest.mark.parametrize("foci", [None, [], "x", [1], [{"type": "other"}]])
async def test_a_document_without_a_call_server(foci):
    finding = await of_well_known(served(naming(OURS) | {FOCI: foci}))
    assert (finding.level, "names no call server" in finding.text) == ("warning", True)


async def test_a_document_without_a_homeserver():
    finding = await of_well_known(served({FOCI: []}))
    assert "does not name the homeserver" in finding.text


def token_service(paths, *, allowed=("*",)):
    """As behind a proxy that forwards these paths, and adds CORS headers of its own."""

    def with_cors(answer):
        for one in allowed:
            answer.headers.add("Access-Control-Allow-Origin", one)
        return answer

    async def refuse(_):
        return with_cors(web.json_response({"errcode": "M_BAD_JSON"}, status=400))

    async def preflight(_):
        return with_cors(web.Response())

    async def health(_):
        return web.Response()

    app = web.Application()
    app.router.add_get("/jwt/healthz", health)
    for path in paths:
        app.router.add_post(f"/jwt{path}", refuse)
        app.router.add_route("OPTIONS", f"/jwt{path}", preflight)
    return app


ALL = ("/sfu/get", "/get_token", "/delegate_delayed_leave")


async def of_service(app):
    async with looking(app) as checkup:
        (finding,) = await checkup.service()
    return finding


async def test_the_token_service_is_reached():
    assert (await of_service(token_service(ALL))).level == "ok"


async def test_a_proxy_that_forwards_the_old_path_alone():
    finding = await of_service(token_service(["/sfu/get"]))
    assert finding.level == "error"
    assert "/get_token, /delegate_delayed_leave" in finding.text
    assert "/sfu/get" not in finding.text


@pytest.mark.parametrize("allowed", [(), ("*", "*"), ("https://one.page",)])
async def test_a_proxy_that_spoils_the_cors_headers(allowed):
    finding = await of_service(token_service(ALL, allowed=allowed))
    assert "not with CORS" in finding.text


async def test_nothing_is_there():
    finding = await of_service(web.Application())
    assert "cannot be reached" in finding.text
    assert "/jwt/healthz answers HTTP 404" in finding.detail
