"""The web client's files over HTTP."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from haos_voice_bridge.adapters.http import web_client
from haos_voice_bridge.adapters.http.login import Login, LoginOptions
from haos_voice_bridge.adapters.http.web_client import WebClient, built

AUTH = {
    "issuer": "https://account.hs/",
    "token_endpoint": "https://account.hs/oauth2/token",
    "registration_endpoint": "https://account.hs/oauth2/registration",
    "revocation_endpoint": "https://evil.hs; script-src *",
}


@pytest.fixture
async def homeserver():
    """One whose users log in elsewhere."""
    app = web.Application()

    async def metadata(_):
        return web.json_response(AUTH)

    app.router.add_get("/_matrix/client/v1/auth_metadata", metadata)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.fixture
async def browser(tmp_path, homeserver):
    (tmp_path / "secret.txt").write_text("no")
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html><title>Voice</title>")
    (dist / "icon.svg").write_text("<svg/>")
    (dist / "assets" / "index-abc123.js").write_text("export {}")
    app = web.Application()
    options = LoginOptions(
        address=homeserver,
        homeservers=("https://matrix.hs/base", "https://other.hs"),
        server_name="hs",
        bot_user_id="@voice:hs",
        shows_status=True,
        livekit_service_url="https://voice.hs/livekit/jwt",
    )
    async with aiohttp.ClientSession() as http:
        login = Login(http, options)
        page = WebClient(dist, "wss://livekit.hs:7880/rtc", login, ["https:", "vector:"])
        page.add_routes(app.router)
        async with TestClient(TestServer(app)) as client:
            yield client


async def test_the_page_may_call_the_bridge_livekit_and_where_people_log_in(browser):
    answer = await browser.get("/")
    assert answer.status == 200
    assert answer.content_type == "text/html"
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert (
        "connect-src 'self' wss://livekit.hs:7880 https://livekit.hs:7880"
        " https://matrix.hs https://other.hs https://account.hs"
    ) in policy
    assert not any("unsafe-inline" in part or "unsafe-eval" in part.split() for part in policy)
    assert "frame-ancestors 'self' https: vector:" in policy, "Matrix clients show it as a widget"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-cache", "a new build must be seen"


async def test_the_page_is_told_where_to_log_in_and_whom_to_believe(browser):
    answer = await browser.get("/config.json")
    assert await answer.json() == {
        "server_name": "hs",
        "homeservers": ["https://matrix.hs/base", "https://other.hs"],
        "bot_user_id": "@voice:hs",
        "shows_status": True,
        "livekit_service_url": "https://voice.hs/livekit/jwt",
    }


async def test_files_are_kept_as_their_names_change_with_them(browser):
    answer = await browser.get("/assets/index-abc123.js")
    assert answer.status == 200
    assert answer.content_type in ("text/javascript", "application/javascript")
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/assets/none.js", "/assets/..%2f..%2fsecret.txt", "/index.php"])
async def test_there_is_nothing_else(browser, path):
    assert (await browser.get(path)).status == 404


def test_the_source_trees_build_counts_before_the_packed_one(tmp_path, monkeypatch):
    source, packed = tmp_path / "source", tmp_path / "packed"
    monkeypatch.setattr(web_client, "BUILT", source)
    monkeypatch.setattr(web_client, "PACKED", packed)
    assert built() is None
    packed.mkdir()
    assert built() is None, "an empty folder is no client"
    (packed / "index.html").touch()
    assert built() == packed
    source.mkdir()
    (source / "index.html").touch()
    assert built() == source
