"""Chromium, Synapse, LiveKit, the bridge and the web client as it is built: all real."""

import asyncio

import pytest
from playwright.async_api import async_playwright, expect

from haos_voice_bridge.adapters.http import web_client
from haos_voice_bridge.devstack.stack import Options, Stack
from tests.web.bridge import Bridge
from tests.web.visitor import Visitor

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

# What must be seen is waited for longer than Playwright's 5 s: two cores do everybody's video here.
expect.set_options(timeout=15_000)

# Chromium and its driver close their pipes a little later than Python likes.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="session")
def livekit(tmp_path_factory):
    """The whole stack; its part `livekit` is the SFU."""
    if web_client.built() is None:
        pytest.fail("the web client is not built: run `make web` first")
    with Stack.prepare(Options(tmp_path_factory.mktemp("web"))) as stack:
        yield stack


@pytest.fixture
def bridge(livekit):
    return Bridge(livekit)


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

    async def made(name, room, *, may_moderate=False, **context):
        link = await asyncio.to_thread(bridge.link, name, room, may_moderate=may_moderate)
        visitor = await Visitor.at(chromium, link, name, **context)
        visitors.append(visitor)
        # The link is spent now; a reload before would lose it.
        await expect(visitor.page.get_by_role("button", name="Join voice")).to_be_visible(
            timeout=15_000
        )
        return visitor

    yield made
    for visitor in visitors:
        await visitor.context.close()
        assert visitor.refused_by_policy == []
