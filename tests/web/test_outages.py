"""The connection is lost in each way that it can be: the person sees it, waits, and is back."""

import os
import re
import signal
import time
from datetime import timedelta

import jwt as pyjwt
from playwright.async_api import expect

from tests.web.test_call import AUDIBLE, together

COUNTDOWN = re.compile(r"Trying again in \d+ s")


async def is_back(*people):
    for person in people:
        await expect(person.page.get_by_text("Voice connected")).to_be_visible(timeout=60_000)
        await expect(person.page.locator("[data-tile]")).to_have_count(len(people), timeout=60_000)
        assert await person.hears(1.2) > AUDIBLE


async def test_offline_is_told_at_once_and_online_does_not_wait_for_the_countdown(bridge, visit):
    _room, ana, ben = await together(bridge, visit, "ana", "ben")
    await ana.context.set_offline(True)
    told = ana.page.get_by_role("group", name="This device is offline")
    await expect(told).to_be_visible(timeout=2_000)
    await expect(ana.page.get_by_text(COUNTDOWN)).to_be_visible(timeout=60_000)
    await expect(ana.page.get_by_role("button", name="Try now")).to_be_visible()
    await expect(ana.control("Leave")).to_be_visible()
    await ana.context.set_offline(False)
    await expect(told).to_have_count(0)
    await is_back(ana, ben)


async def test_a_token_that_is_too_old_is_replaced_by_a_new_one(bridge, visit, livekit):
    room = bridge.room()
    ana = await visit("ana", room)
    given = []

    async def stale(route):
        answer = await route.fetch()
        body = await answer.json()
        given.append(body["jwt"])
        if len(given) == 1:
            body["jwt"] = expired(body["jwt"], livekit.info.livekit_api_secret)
        await route.fulfill(response=answer, json=body)

    await ana.page.route("**/token", stale)
    await ana.page.get_by_role("button", name="Join voice").click()
    await expect(ana.page.get_by_text("Voice connected")).to_be_visible(timeout=15_000)
    assert len(given) == 2


def expired(token, secret):
    claims = pyjwt.decode(token, options={"verify_signature": False})
    past = int(time.time() - timedelta(hours=1).total_seconds())
    return pyjwt.encode({**claims, "nbf": past - 60, "exp": past}, secret, algorithm="HS256")


async def test_a_page_that_is_frozen_leaves_and_comes_back(bridge, visit):
    """What phones do to pages at the back: LiveKit's client leaves at that event."""
    _room, ana, ben = await together(bridge, visit, "ana", "ben")
    await ana.page.evaluate("window.dispatchEvent(new Event('freeze'))")
    await expect(ana.page.get_by_text("Voice connected")).to_have_count(0)
    await ana.page.evaluate("document.dispatchEvent(new Event('resume'))")
    await is_back(ana, ben)


async def test_a_laptop_that_slept_comes_back(bridge, visit, chromium):
    """Everything of the page stands still, as in sleep, until the others see the person gone."""
    _room, ana, ben = await together(bridge, visit, "ana", "ben")
    renderer = await renderer_of(chromium, ana)
    os.kill(renderer, signal.SIGSTOP)
    try:
        await expect(ben.page.locator("[data-tile]")).to_have_count(1, timeout=60_000)
    finally:
        os.kill(renderer, signal.SIGCONT)
    await is_back(ana, ben)


async def renderer_of(chromium, visitor):
    """The process of somebody's page: the one that works while the page does."""
    devtools = await chromium.new_browser_cdp_session()

    async def worked():
        found = (await devtools.send("SystemInfo.getProcessInfo"))["processInfo"]
        return {p["id"]: p["cpuTime"] for p in found if p["type"] == "renderer"}

    before = await worked()
    await visitor.page.evaluate(
        "() => { const until = performance.now() + 1500; while (performance.now() < until); }"
    )
    after = await worked()
    return max(after, key=lambda pid: after[pid] - before.get(pid, 0.0))
