"""Chromium, LiveKit and the web client as it is built, all real; `make web-e2e`."""

from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from haos_voice_bridge.devstack.stack import Options, Stack
from tests.web.bridge import Bridge
from tests.web.visitor import Visitor

DIST = Path(__file__).parents[2] / "web" / "dist"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    # Few frames: two cores encode and decode for everybody here.
    "--use-fake-device-for-media-stream=fps=5",
    "--allow-loopback-in-peer-connection",
    "--auto-select-desktop-capture-source=Entire screen",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    "--mute-audio",
]

# Chromium and its driver close their pipes a little later than Python likes.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="session")
def livekit(tmp_path_factory):
    """The SFU alone."""
    options = Options(tmp_path_factory.mktemp("livekit"), with_bridge=False)
    stack = Stack.prepare(options)
    stack.livekit.start()
    yield stack
    stack.stop()


@pytest.fixture
async def bridge(livekit):
    if not (DIST / "index.html").is_file():
        pytest.fail("web/dist is missing: run `make web` first")
    info = livekit.info
    made = Bridge(info.livekit_url, info.livekit_api_key, info.livekit_api_secret, DIST)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def chromium():
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def visit(bridge, chromium):
    """`await visit("ana", room)`: somebody with a browser of their own, at the channel's door."""
    visitors = []

    async def made(name, room, *, device=None, may_moderate=False, **context):
        link = bridge.link(name, room, device=device, may_moderate=may_moderate)
        visitor = await Visitor.at(chromium, link, name, **context)
        visitors.append(visitor)
        return visitor

    yield made
    for visitor in visitors:
        await visitor.context.close()
        assert visitor.refused_by_policy == []
