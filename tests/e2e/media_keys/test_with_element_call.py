"""Our widget and the real Element Call in an encrypted room: keys both ways, and none for others."""

import asyncio

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::ResourceWarning")]


async def test_each_opens_what_the_other_sends(device, sealed_channel, widget, call):
    alice, bob = await device("alice"), await device("bob")
    room_id = await sealed_channel(bob)
    ours = await widget(alice, room_id)
    await ours.join()
    await ours.control("Camera").click()
    theirs = await call(bob, room_id)
    await theirs.joined()
    try:
        await asyncio.gather(theirs.sees("Alice"), ours.sees("Bob"))
        await asyncio.gather(theirs.hears(), ours.hears())
        await expect(ours.control("Encrypted from end to end")).to_be_visible()
    finally:
        await ours.screenshot()
        await theirs.screenshot()
        import pathlib
        pathlib.Path("/tmp/mk_ours.log").write_text("\n".join(ours.log))
        pathlib.Path("/tmp/mk_theirs.log").write_text("\n".join(theirs.log))
    await theirs.hang_up()
    await ours.leave()
