"""Element Call as npm has it, in Chromium, in a page that hosts it as Element Web does."""

import sys

import pytest
from playwright.async_api import async_playwright

from tests.e2e.element_call.caller import Caller
from tests.web.conftest import CHROMIUM, FLAGS
from tests.widgets.site import ELEMENT_CALL, HOST_PAGE, Site

# Small pictures: two cores encode and decode for everybody.
CONFIG = {
    "matrix_rtc_session": {"wait_for_key_rotation_ms": 5000},
    "media_quality": {"video": {"max_resolution": 180, "max_framerate": 10}},
}


@pytest.fixture
async def host_url():
    site = Site()
    await site.start()
    yield site.mount("/host", HOST_PAGE)
    await site.stop()


@pytest.fixture
async def element_call():
    """`element_call("matrix_2_0")`: where Element Call is, set to that mode."""
    site = Site()
    await site.start()

    def mounted(mode):
        config = {**CONFIG, "matrix_rtc_mode": mode}
        return site.mount(f"/{mode}/element-call", ELEMENT_CALL, {"config.json": config})

    yield mounted
    await site.stop()


@pytest.fixture
async def chromium():
    """`await chromium()`: a browser of its own."""
    browsers = []
    async with async_playwright() as driver:

        async def launched():
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            browsers.append(browser)
            return browser

        yield launched
        for browser in browsers:
            await browser.close()


@pytest.fixture
async def call(chromium, host_url, element_call, request):
    """`await call(alice, room_id)`: their Element Call, not joined yet."""
    shared, callers = [], []

    async def opened(person, room_id, mode="compatibility", *, browser=None, **parameters):
        if not shared:
            shared.append(await chromium())
        context = await (browser or shared[0]).new_context(viewport={"width": 900, "height": 700})
        address = element_call(mode)
        caller = await Caller.open(context, host_url, person, room_id, address, parameters)
        caller.test = request.node.name
        callers.append(caller)
        return caller

    yield opened
    for caller in callers:  # shown where the test has failed
        lines = (f"{caller.person.user_id}'s console:", *caller.log[-60:])
        sys.stdout.write("\n  ".join(lines) + "\n")
