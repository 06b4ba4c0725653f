"""A browser that dies in a call: nobody stays behind as a ghost."""

import asyncio
import os
import signal
import time

import pytest
from playwright.async_api import expect

from tests.e2e.element_call.membership import Membership
from tests.e2e.element_call.told import roster_is
from tests.e2e.person import until

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::ResourceWarning")]

WITHIN_S = 30


async def process_of(browser):
    session = await browser.new_browser_cdp_session()
    processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
    return next(process["id"] for process in processes if process["type"] == "browser")


async def test_tiles_and_memberships_go_in_both_modes(person, channel, call, chromium, figure):
    alice, bob, cleo = [await person(name) for name in ("alice", "bob", "cleo")]
    room_id = await channel(members=(bob, cleo))
    doomed = await chromium()
    hers = await call(alice, room_id)
    modes = {"Bob": (bob, "compatibility"), "Cleo": (cleo, "matrix_2_0")}
    for someone, mode in modes.values():
        theirs = await call(someone, room_id, mode, browser=doomed)
        await theirs.joined()
    await asyncio.gather(*(hers.sees(name) for name in modes))
    await hers.screenshot()
    os.kill(await process_of(doomed), signal.SIGKILL)
    killed = time.monotonic()

    async def tile_goes(name):
        await expect(hers.tile(name)).to_have_count(0, timeout=WITHIN_S * 1000)
        return time.monotonic() - killed

    async def membership_goes(someone):
        membership = Membership(someone, room_id)
        await until(membership.is_gone, WITHIN_S)
        return time.monotonic() - killed

    async def goes(name, someone, mode):
        assert not await Membership(someone, room_id).is_gone()
        tile, membership = await asyncio.gather(tile_goes(name), membership_goes(someone))
        figure(f"{mode}: killed; tile gone after {tile:.1f} s, membership after {membership:.1f} s")

    await asyncio.gather(*(goes(name, *about) for name, about in modes.items()))
    await roster_is(alice, room_id, alice)
    await hers.hang_up()
