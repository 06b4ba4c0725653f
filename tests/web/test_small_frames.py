"""The page in the frames that Matrix clients give to widgets."""

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

OUTSIDE = """() => {
  const seen = element => element.checkVisibility() && element.getBoundingClientRect();
  const isOut = box =>
    box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight;
  return [...document.querySelectorAll("button, [data-tile]")]
    .filter(element => seen(element) && isOut(seen(element)))
    .map(element => element.ariaLabel ?? element.textContent);
}"""
# Element: the right panel, the corner while another room is looked at, the top of a room.
FRAMES = {"panel": (320, 640), "corner": (320, 220), "top": (520, 240), "wide top": (900, 240)}


@pytest.fixture
def shot(request):
    async def taken(page, name):
        if "PICTURES" in os.environ:
            path = Path(os.environ["PICTURES"]) / f"frame-{name.replace(' ', '-')}.png"
            await page.screenshot(path=path)

    return taken


async def test_all_that_matters_fits(bridge, visit, shot):
    room = bridge.room(status="Friday talk")
    ana, ben = await visit("ana", room), await visit("ben", room)
    await ben.join()
    await expect(ana.row("Ben")).to_be_visible()
    for name, (width, height) in FRAMES.items():
        await ana.page.set_viewport_size({"width": width, "height": height})
        await shot(ana.page, f"{name} before")
        await expect(ana.page.get_by_role("button", name="Join voice")).to_be_in_viewport(ratio=1)
        assert await ana.page.evaluate(OUTSIDE) == [], name
    await ana.join()
    await ben.control("Camera").click()
    await expect(ana.tile("Ben").locator("video")).to_be_visible()
    for name, (width, height) in FRAMES.items():
        await ana.page.set_viewport_size({"width": width, "height": height})
        await expect(ana.control("Leave")).to_be_in_viewport(ratio=1)
        await expect(ana.control("Mute")).to_be_in_viewport(ratio=1)
        await shot(ana.page, name)
        assert await ana.page.evaluate(OUTSIDE) == [], name
        assert await ana.page.evaluate("document.documentElement.scrollWidth") == width, name
        box = await ana.tile("Ben").bounding_box()
        assert box["height"] >= 80, name
