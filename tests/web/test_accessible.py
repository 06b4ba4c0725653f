"""Everybody can use it: axe, forced colours, twice the size, a phone, and a keyboard alone."""

import pytest
from playwright.async_api import expect

from tests.web.axe import cut_off, faults, small_targets
from tests.web.states import every
from tests.web.test_call import QUIET

LOOKS = {
    "dark": {"color_scheme": "dark"},
    "light": {"color_scheme": "light"},
    "forced": {"forced_colors": "active", "color_scheme": "dark"},
}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# 200 % of a screen of 1280 by 800.
TWICE = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}


async def two(bridge, visit, **context):
    room = bridge.room(status="Friday talk", user_limit=8)
    ben = await visit("ben", room)
    await expect(ben.page.get_by_role("button", name="Join voice")).to_be_visible()
    await ben.settings(**QUIET)
    await ben.join()
    ana = await visit("ana", room, may_moderate=True, **context)
    await expect(ana.page.get_by_role("button", name="Join voice")).to_be_visible()
    return ana, ben


@pytest.mark.parametrize("look", LOOKS)
async def test_axe_finds_nothing_in_any_state(bridge, visit, look):
    ana, _ben = await two(bridge, visit, reduced_motion="reduce", **LOOKS[look])
    found = {}
    async for state in every(ana):
        if wrong := await faults(ana.page):
            found[state] = wrong
    assert found == {}


@pytest.mark.parametrize("size", ["phone", "twice"])
async def test_nothing_is_cut_off_or_too_small_to_hit(bridge, visit, size):
    ana, _ben = await two(bridge, visit, **(PHONE if size == "phone" else TWICE))
    found = {}
    async for state in every(ana):
        wrong = await cut_off(ana.page) + await small_targets(ana.page)
        if wrong:
            found[state] = wrong
    assert found == {}


# How many movements went on at once, at most, in two seconds of looking.
MOVING = """async () => {
  let most = 0;
  for (let look = 0; look < 40; look++) {
    const lasting = document.getAnimations().filter(
      animation => animation.effect.getComputedTiming().activeDuration > 50
    );
    most = Math.max(most, lasting.length);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return most;
}"""


@pytest.mark.parametrize("wish", ["reduce", "no-preference"])
async def test_whoever_wants_no_motion_sees_the_ring_stand_still(bridge, visit, wish):
    ana, _ben = await two(bridge, visit, reduced_motion=wish)
    await ana.settings(**QUIET)
    await ana.join()
    await expect(ana.ring("Ben")).to_have_attribute("data-speaking", "true")
    moving = await ana.page.evaluate(MOVING)
    assert moving == 0 if wish == "reduce" else moving > 0
    await expect(ana.ring("Ben")).to_have_attribute("data-speaking", "true")


async def test_a_keyboard_alone_is_enough(bridge, visit):
    """Lobby, join, mute, settings, leave: without a pointer, and the focus is never lost."""
    ana, ben = await two(bridge, visit)
    await ana.settings(**QUIET)
    page = ana.page
    await expect(page.get_by_role("button", name="Join voice")).to_be_visible()
    await reach(page, "Join voice")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Voice connected")).to_be_visible(timeout=15_000)
    # The focus has moved to the channel's name: what comes next is the call.
    assert await page.evaluate("document.activeElement.id") == "channel-name"
    await reach(page, "Mute")
    await page.keyboard.press("Space")
    await expect(ben.tile("Ana").get_by_title("muted")).to_be_visible()
    assert await focused(page) == "Mute"
    await page.keyboard.press("m")
    await expect(ana.control("Mute")).to_have_attribute("aria-pressed", "false")
    await reach(page, "Settings")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Settings")
    await expect(dialog).to_be_visible()
    await page.get_by_role("tab", name="Voice").focus()
    for tab in ("Video", "Sounds", "Keys"):
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_role("tabpanel", name=tab)).to_be_visible()
    # Tab goes round inside the dialog, and Escape gives the focus back.
    for _ in range(30):
        await page.keyboard.press("Tab")
        assert await dialog.evaluate("d => d.contains(document.activeElement)")
    await page.keyboard.press("Escape")
    await expect(ana.control("Settings")).to_be_focused()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    await page.keyboard.press("Escape")
    await reach(page, "Leave")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Join voice")).to_be_focused()
    await expect(ben.page.locator("[data-tile]")).to_have_count(1)


async def test_keys_are_chosen_anew_taken_away_and_switched_off(bridge, visit):
    ana, _ben = await two(bridge, visit)
    await ana.settings(**QUIET)
    await ana.join()
    page, mute = ana.page, ana.control("Mute")
    await page.keyboard.press(",")
    await page.get_by_role("tab", name="Keys").click()
    for action in ("Mute or unmute", "Deafen or undeafen", "Camera on or off"):
        await expect(
            page.get_by_role("button", name=f"Change the key: {action}", exact=False)
        ).to_be_visible()
    await page.get_by_role("button", name="Change the key: Mute or unmute").click()
    await page.keyboard.press("d")
    await expect(page.get_by_text("That key was taken from: Deafen or undeafen")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("d")
    await expect(mute).to_have_attribute("aria-pressed", "true")
    await expect(ana.control("Deafen")).to_have_attribute("aria-pressed", "false")
    await page.keyboard.press(",")
    await page.get_by_role("tab", name="Keys").click()
    await page.get_by_role("switch", name="Keyboard shortcuts").click()
    await page.keyboard.press("Escape")
    for key in ("d", "m", ",", "?"):
        await page.keyboard.press(key)
    await expect(mute).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_ten_who_come_at_once_are_one_announcement_in_the_one_polite_region(bridge, visit):
    room = bridge.room()
    ana = await visit("ana", room)
    await ana.settings(**QUIET)
    await ana.join()
    polite = ana.page.locator("[aria-live=polite]")
    await expect(polite).to_have_count(1)
    await expect(polite).to_have_text("You joined Lounge.")
    await ana.page.evaluate(
        "() => { window.said = []; new MutationObserver((m) => m.forEach("
        "() => window.said.push(document.querySelector('[aria-live=polite]').textContent)))"
        ".observe(document.querySelector('[aria-live=polite]'),"
        " { childList: true, characterData: true, subtree: true }); }"
    )
    ben, cleo = await visit("ben", room), await visit("cleo", room)
    for person in (ben, cleo):
        await person.page.get_by_role("button", name="Join voice").click()
    await expect(polite).to_contain_text("joined.", timeout=10_000)
    await expect(polite).to_contain_text("Ben")
    said = await ana.page.evaluate("window.said")
    assert len(said) <= 2, said


async def reach(page, name):
    """Presses Tab until the control of that name has the focus."""
    for _ in range(40):
        if await focused(page) == name:
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {name}")


async def focused(page):
    return await page.evaluate(
        "() => document.activeElement.ariaLabel ?? document.activeElement.textContent"
    )
