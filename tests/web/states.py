"""Every state of the client, one after the other: for axe, for measuring and for pictures."""

import re

from playwright.async_api import expect

from tests.web.test_call import QUIET

TABS = ("Voice", "Video", "Sounds", "Keys", "Look")
LOCKED = {
    "errcode": "M_FORBIDDEN",
    "io.haos.voice.code": "LOCKED",
    "error": "Lounge is locked by a moderator.",
}


async def button(page, name):
    await page.get_by_role("button", name=name, exact=True).first.click()


async def lobby(ana):
    await expect(ana.page.get_by_role("button", name="Join voice")).to_be_visible()
    yield "lobby"


async def call(ana):
    await ana.settings(**QUIET)
    await ana.join()
    await expect(ana.page.locator("[data-tile]")).to_have_count(2)
    yield "call"


async def dialogs(ana):
    page = ana.page
    await ana.control("Settings").click()
    for tab in TABS:
        await page.get_by_role("tab", name=tab).click()
        await expect(page.get_by_role("tabpanel", name=tab)).to_be_visible()
        yield f"settings-{tab.lower()}"
    await page.keyboard.press("Escape")
    await ana.control("Keyboard shortcuts").click()
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    yield "keys"
    await page.keyboard.press("Escape")
    await ana.control("Past calls").click()
    await expect(page.get_by_role("dialog", name="Past calls")).to_be_visible()
    yield "history"
    await page.keyboard.press("Escape")
    await page.get_by_text("Voice connected").click()
    await expect(page.get_by_role("dialog", name="Connection")).to_be_visible()
    yield "connection"
    await page.keyboard.press("Escape")


async def moderation(ana):
    page = ana.page
    options = ana.tile("Ben").get_by_role("button", name="Options for Ben")
    for action, title in (
        ("Remove from the call", "Remove Ben"),
        ("Move to another channel…", "Move Ben"),
    ):
        await options.click()
        if title == "Remove Ben":
            await expect(page.get_by_role("slider", name="Volume")).to_be_visible()
            yield "menu"
        await page.get_by_role("button", name=action).click()
        await expect(page.get_by_role("dialog", name=re.compile(title))).to_be_visible()
        yield title.lower().replace(" ", "-")
        await page.keyboard.press("Escape")


async def stopped(ana):
    page = ana.page
    await ana.control("Leave").click()
    await page.route("**/token", lambda route: route.fulfill(status=403, json=LOCKED))
    await page.get_by_role("button", name="Join voice").click()
    await expect(page.get_by_role("heading", name="This channel is locked")).to_be_visible()
    yield "locked"
    await page.unroute("**/token")
    await button(page, "Back")


async def every(ana):
    for part in (lobby, call, dialogs, moderation, stopped):
        async for name in part(ana):
            yield name
