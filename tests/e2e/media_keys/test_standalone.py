"""The client on its own in an encrypted call, with Element Call."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.e2e.element_call.caller import new_pictures
from tests.e2e.person import until
from tests.web.standalone.resident import Resident

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::ResourceWarning")]

SLOW = 30_000


@pytest.fixture
async def at_home(stack, chromium):
    """`await at_home("alice")`: logged in, in a browser of their own."""
    residents = []

    async def made(name):
        resident = await Resident.at(await chromium(), stack.info.web_url, name)
        residents.append(resident)
        user = await asyncio.to_thread(stack.user, name)
        await resident.log_in(name, user.password)
        return resident

    yield made
    for resident in residents:
        assert resident.refused_by_policy == []


async def test_each_opens_what_the_other_sends(device, sealed_channel, at_home, call):
    alice, bob = await device("alice"), await device("bob")
    room_id = await sealed_channel(bob)
    await alice.set_state(room_id, "m.room.name", {"name": "Vault"})
    ours = await at_home("alice")
    await expect(ours.channel("Vault")).to_be_visible(timeout=SLOW)
    await ours.pick("Vault")
    await ours.join()
    await ours.control("Camera").click()
    theirs = await call(bob, room_id)
    await theirs.joined()

    async def hears():
        return await ours.page.evaluate("window.loudness()") > 0.02

    sees = new_pictures(ours.tile("bob").locator("video"), 40)
    await asyncio.gather(theirs.sees("alice"), sees, theirs.hears(), until(hears, 40))
    await expect(ours.control("Encrypted from end to end")).to_be_visible()
    await theirs.hang_up()
    await ours.control("Leave").click()
