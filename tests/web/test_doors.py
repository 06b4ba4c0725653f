"""Why somebody does not get in, or is heard by nobody: each is told with what to do."""

from playwright.async_api import expect

from tests.web.conftest import CHROMIUM, FLAGS
from tests.web.test_call import AUDIBLE, QUIET
from tests.web.visitor import Visitor

FAKES = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


async def test_a_locked_channel_says_so_and_lets_in_once_it_is_open(bridge, visit):
    room = bridge.room()
    ana = await visit("ana", room)
    body = {"errcode": "M_FORBIDDEN", "io.haos.voice.code": "LOCKED", "error": "Lounge is locked."}
    await ana.page.route("**/token", lambda route: route.fulfill(status=403, json=body))
    await ana.page.get_by_role("button", name="Join voice").click()
    await expect(ana.page.get_by_role("heading", name="This channel is locked")).to_be_visible()
    await expect(ana.page.get_by_text("A moderator lets nobody new in")).to_be_visible()
    await ana.page.unroute("**/token")
    await ana.page.get_by_role("button", name="Try again").click()
    await expect(ana.page.get_by_text("Voice connected")).to_be_visible()


async def test_no_microphone_at_all(bridge, visit, chromium):
    """A Chromium without devices: the machine that runs this has none."""
    room = bridge.room()
    ben = await visit("ben", room)
    await ben.settings(**QUIET)
    await ben.join()
    async with bare(chromium, FAKES[1]) as browser:
        ana = await arrives(browser, bridge, room)
        await expect(ana.page.get_by_role("group", name="No microphone found")).to_be_visible()
        await expect(ana.page.get_by_text("Plug one in and try again")).to_be_visible()
        assert await ana.hears() > AUDIBLE
        await ana.page.get_by_role("button", name="Open settings").click()
        await expect(ana.page.get_by_role("combobox", name="Microphone")).to_be_visible()
        await ana.context.close()


async def test_permission_refused_by_the_browser_itself_and_given_later(bridge, visit, chromium):
    room = bridge.room()
    ben = await visit("ben", room)
    await ben.settings(**QUIET)
    await ben.join()
    async with bare(chromium, FAKES[0]) as browser:
        ana = await arrives(browser, bridge, room)
        refused = ana.page.get_by_role("group", name="does not let this page use the microphone")
        await expect(refused).to_be_visible()
        await expect(refused).to_contain_text("Click the icon at the left of the address")
        assert await ana.hears() > AUDIBLE
        await ana.context.grant_permissions(["microphone"])
        await refused.get_by_role("button", name="Try again").click()
        await expect(refused).to_have_count(0)
        assert await ben.hears() > AUDIBLE
        await ana.context.close()


def bare(chromium, without):
    """A browser without one of the two helps that tests give it."""
    flags = [flag for flag in FLAGS if not flag.startswith(without)]
    return Launched(chromium.browser_type, flags)


class Launched:
    def __init__(self, kind, flags):
        self._kind, self._flags = kind, flags

    async def __aenter__(self):
        self._browser = await self._kind.launch(executable_path=CHROMIUM, args=self._flags)
        return self._browser

    async def __aexit__(self, *_):
        await self._browser.close()


async def arrives(browser, bridge, room):
    ana = await Visitor.at(browser, bridge.link("ana", room), "ana")
    # The link is spent by now; a reload before would lose it.
    await expect(ana.page.get_by_role("button", name="Join voice")).to_be_visible()
    await ana.settings(**QUIET)
    await ana.join()
    return ana
