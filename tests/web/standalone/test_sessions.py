"""The homeserver ends the session in the middle of a call: for now, or for good."""

import asyncio
import sqlite3
from contextlib import closing

from playwright.async_api import expect

from tests.e2e.person import until
from tests.web.axe import faults
from tests.web.standalone.test_home import ENCRYPTED, SLOW, devices, has_members


async def test_one_that_lapses_goes_on_after_the_login_and_one_that_ends_leaves_nothing(
    stack, person, channel, at_home
):
    alice, bob = await person("alice"), await person("bob")
    await alice.create_room(name="Diary", initial_state=[ENCRYPTED])
    cellar = await channel("Cellar", [bob])
    before = ids(stack)
    home = await at_home("alice")
    page = home.page
    (mine,) = ids(stack) - before
    await page.get_by_role("button", name="Diary").click(timeout=SLOW)
    await home.write("Diary", "Dear diary")
    await expect(home.messages).to_contain_text("Dear diary")
    await home.pick("Cellar")
    await home.join()
    await until(has_members(bob, cellar, 1))

    # A soft logout: the token is over, the device and its keys are not.
    await asyncio.to_thread(let_lapse, stack, mine)
    told = page.get_by_role("alert").filter(has_text="Your session has expired")
    await expect(told).to_be_visible(timeout=60_000)
    assert await faults(page) == []
    await home.picture("lapsed")
    await until(has_members(bob, cellar, 0), 30)
    await page.reload()
    await expect(told).to_be_visible(timeout=SLOW)
    await expect(page.get_by_label("User name")).to_have_value(alice.user_id)
    await page.get_by_label("Password", exact=True).fill(stack.user("alice").password)
    await page.get_by_role("button", name="Log in", exact=True).click()
    await expect(home.channel("Cellar")).to_be_visible(timeout=SLOW)
    assert ids(stack) - before == {mine}
    await page.get_by_role("button", name="Diary").click()
    await expect(home.messages).to_contain_text("Dear diary", timeout=SLOW)

    # Logged out from elsewhere: all of it goes.
    await home.pick("Cellar")
    await home.join()
    await until(has_members(bob, cellar, 1))
    await asyncio.to_thread(log_out, stack, mine)
    told = page.get_by_role("alert").filter(has_text="You were logged out")
    await expect(told).to_be_visible(timeout=60_000)
    await expect(page.get_by_label("User name")).to_have_value("")
    assert await page.evaluate("indexedDB.databases().then((all) => all.length)") <= 1
    await until(has_members(bob, cellar, 0), 30)


def ids(stack):
    return {device["device_id"] for device in devices(stack, "alice")}


def let_lapse(stack, device_id):
    """As if the device's access token were older than the homeserver lets one be."""
    stack.synapse.stop()  # it remembers tokens
    with closing(sqlite3.connect(stack.data / "synapse" / "homeserver.db")) as db, db:
        db.execute("UPDATE access_tokens SET valid_until_ms = 1 WHERE device_id = ?", [device_id])
    stack.synapse.start()


def log_out(stack, device_id):
    """As one does in another client's list of devices."""
    user = stack.user("alice")
    auth = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user.user_id},
        "password": user.password,
    }
    path, content = ("delete_devices",), {"devices": [device_id], "auth": auth}
    stack.session("alice").client("POST", *path, content=content)
