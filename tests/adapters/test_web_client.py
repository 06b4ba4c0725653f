"""The web client's files over HTTP."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from haos_voice_bridge.adapters.http import web_client
from haos_voice_bridge.adapters.http.web_client import WebClient, built


@pytest.fixture
async def browser(tmp_path):
    (tmp_path / "secret.txt").write_text("no")
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html><title>Voice</title>")
    (dist / "icon.svg").write_text("<svg/>")
    (dist / "assets" / "index-abc123.js").write_text("export {}")
    app = web.Application()
    WebClient(dist, "wss://livekit.hs:7880/rtc", ["https:", "vector:"]).add_routes(app.router)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_the_page_may_load_from_the_bridge_and_livekit_alone(browser):
    answer = await browser.get("/")
    assert answer.status == 200
    assert answer.content_type == "text/html"
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "connect-src 'self' wss://livekit.hs:7880 https://livekit.hs:7880" in policy
    assert not any("unsafe-inline" in part or "unsafe-eval" in part.split() for part in policy)
    assert "frame-ancestors 'self' https: vector:" in policy, "Matrix clients show it as a widget"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-cache", "a new build must be seen"


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
