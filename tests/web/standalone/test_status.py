"""“In voice: …” as one's status, and what was there before: whatever ends the call."""

import asyncio
from contextlib import suppress

from playwright.async_api import Error

from tests.e2e.person import until
from tests.web.standalone.test_home import SLOW, has_members, shows, status


async def test_it_is_restored_by_the_next_page_after_a_crash_and_by_a_logout_in_the_call(
    person, channel, at_home
):
    alice, bob = await person("alice"), await person("bob")
    await alice.request("PUT", "presence", alice.user_id, "status", content=status("gardening"))
    barn = await channel("Barn", [bob])
    home = await at_home("alice")
    await home.channel("Barn").wait_for(timeout=SLOW)
    await home.pick("Barn")
    await home.join()
    await until(shows(bob, alice, "In voice: Barn"))

    # Nobody is left who could restore it: it stays until the client is opened again.
    await crash(home)
    assert await shows(bob, alice, "In voice: Barn")()
    home.page = await home.context.new_page()
    await home.page.goto(home.address)
    await until(shows(bob, alice, "gardening"), 20)

    await home.channel("Barn").wait_for(timeout=SLOW)
    await home.pick("Barn")
    await home.join()
    await until(shows(bob, alice, "In voice: Barn"))
    await until(has_members(bob, barn, 1))
    await home.page.get_by_role("button", name="Log out").click()
    await home.page.get_by_role("dialog").get_by_role("button", name="Log out").click()
    await until(shows(bob, alice, "gardening"))
    await until(has_members(bob, barn, 0))


async def crash(home):
    """The page's process ends, as if the browser had run out of memory."""
    crashed = asyncio.Event()
    home.page.on("crash", lambda _: crashed.set())
    session = await home.context.new_cdp_session(home.page)
    sending = asyncio.ensure_future(session.send("Page.crash"))
    await asyncio.wait_for(crashed.wait(), 10)
    sending.cancel()
    with suppress(asyncio.CancelledError, Error):
        await sending
