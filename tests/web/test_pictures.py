"""A picture of every state, to look at.

PICTURES=/tmp/pictures .venv/bin/pytest tests/web/test_pictures.py
"""

import asyncio
import os
import re
import time
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.web.crowd import NAMES, arrives
from tests.web.states import every
from tests.web.test_call import QUIET
from tests.web.test_rings import Bell

WHERE = os.environ.get("PICTURES")
pytestmark = pytest.mark.skipif(not WHERE, reason="pictures are for people: PICTURES says where")

SIZES = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
LOOKS = [(size, colours) for size in SIZES for colours in ("dark", "light")]
HOUR_MS = 3_600_000


@pytest.mark.parametrize(("size", "colours"), LOOKS)
async def test_pictures(bridge, visit, chromium, size, colours):
    room = bridge.room("Lounge", status="Friday talk")
    room_of_one = bridge.room("Quiet corner")
    if hasattr(room, "calls"):
        room.calls = history()
    context = {**SIZES[size], "color_scheme": colours, "reduced_motion": "reduce"}
    ana = await visit("ana", room, may_moderate=True, **context)
    page = ana.page

    async def take(state):
        Path(WHERE).mkdir(parents=True, exist_ok=True)
        await page.wait_for_timeout(250)
        await page.screenshot(path=f"{WHERE}/{size}-{colours}-{state}.png")

    bell = await Bell.of(page)
    await ana.settings(**QUIET)
    await take("lobby-empty")
    crowd = [await arrives(bridge.link("ben", room))]
    await crowd[0].speak(330)
    await expect(ana.row("Ben")).to_be_visible() if size == "desktop" else None
    async for state in every(ana):
        await take(state)
    await ana.join()
    await ana.control("Camera").click()
    await page.wait_for_timeout(700)
    await take("2-camera")
    await ana.control("Camera").click()
    for count in (5, 12):
        while len(crowd) < count - 1:
            crowd.append(await arrives(bridge.link(NAMES[len(crowd)].lower(), room)))
        await expect(page.locator("[data-tile]")).to_have_count(count)
        await take(f"{count}-people")
    if size == "phone":
        await page.get_by_role("button", name="People in this channel").click()
        await take("people")
        await page.get_by_role("button", name="People in this channel").click()
    sharer = await visit("sam", room)
    await expect(sharer.page.get_by_role("button", name="Join voice")).to_be_visible()
    await sharer.settings(**QUIET)
    await sharer.join()
    await sharer.control("Share screen").click()
    await expect(page.get_by_role("group", name=re.compile("Sam.s screen"))).to_be_visible(
        timeout=30_000
    )
    await page.wait_for_timeout(1500)
    await take("screen")
    await sharer.control("Leave").click()
    await rung(ana, bell, room, room_of_one, take)
    for voice in crowd:
        await voice.room.disconnect()
    await stopped(ana, take)


async def rung(ana, bell, room, other, take):
    page = ana.page
    bell.ring(other, "Cleo")
    await expect(page.get_by_role("region", name="Incoming call")).to_be_visible()
    await take("ring-in-call")
    await page.get_by_role("button", name="Decline").click()
    await ana.control("Leave").click()
    bell.ring(room)
    await expect(page.get_by_role("region", name="Incoming call")).to_be_visible()
    await take("ring")
    (ring,) = bell.rings
    await page.get_by_role("button", name="Decline").click()
    bell.missed = [{**ring, "ts": ring["started_ts"]}]
    await page.wait_for_timeout(1500)
    await page.get_by_role("button", name="Past calls").click()
    await take("missed")
    await page.keyboard.press("Escape")


async def stopped(ana, take):
    page = ana.page
    for code in ("FULL", "FORBIDDEN", "NOT_A_MEMBER"):
        await page.route("**/token", refusal(code))
        await page.get_by_role("button", name="Join voice").click()
        await expect(page.get_by_role("button", name="Back")).to_be_visible()
        await take(f"stopped-{code.lower()}")
        await page.get_by_role("button", name="Back").click()
        await page.unroute("**/token")
    await page.route("**/token", hangs)
    await page.get_by_role("button", name="Join voice").click()
    await expect(page.get_by_text("Connecting…").first).to_be_visible()
    await take("connecting")
    await page.unroute("**/token")
    await page.reload()
    await page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = async () => {"
        " throw new DOMException('no', 'NotAllowedError'); } }"
    )
    await ana.join()
    await take("denied")
    await page.route("**/token", lambda route: route.abort())
    await ana.context.set_offline(True)
    await take("offline")
    await page.evaluate("window.dispatchEvent(new Event('freeze'))")
    await expect(page.get_by_role("button", name="Try now")).to_be_visible()
    await take("reconnecting")
    await ana.context.set_offline(False)


def refusal(code):
    body = {"errcode": "M_FORBIDDEN", "io.haos.voice.code": code, "error": ""}

    async def refuse(route):
        await route.fulfill(status=403, json=body)

    return refuse


async def hangs(_route):
    await asyncio.sleep(0)


def history():
    now = round(time.time() * 1000)
    people = [("ana", "Ana", 3100), ("ben", "Ben", 2980), ("cleo", "Cleo Marchetti", 610)]
    return [
        {
            "call_id": f"H{age}",
            "started_ts": now - age * HOUR_MS,
            "ended_ts": None if age == 0 else now - age * HOUR_MS + 3_140_000,
            "started_by": "@ana:hs",
            "peak": 3,
            "participants": [
                {"user_id": f"@{user}:hs", "name": name, "seconds": seconds}
                for user, name, seconds in people[: 3 - age % 2]
            ],
        }
        for age in (2, 27, 75)
    ]
