"""Who sends in clear, and whose key does not come: the call says so. And who is not let in."""

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.media_keys.listener import Listener, sealing
from tests.e2e.person import Refused
from tests.e2e.voice import in_call

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::ResourceWarning")]

SLOW = 20_000


async def admission(person, room_id):
    """Of a client that says that it encrypts."""
    return await person.admission(room_id, media_encryption=True)


async def test_the_call_says_what_is_not_encrypted(device, sealed_channel, widget):
    alice, bob, cleo = [await device(name) for name in ("alice", "bob", "cleo")]
    room_id = await sealed_channel(bob, cleo)
    with pytest.raises(Refused) as refused:
        await bob.admission(room_id)
    assert refused.value.code == "ENCRYPTED"

    ours = await widget(alice, room_id)
    await ours.join()
    await expect(ours.control("Encrypted from end to end")).to_be_visible()
    way = await admission(bob, room_id)
    assert way["media_encryption"] is True
    async with in_call(way, tone=440):
        await expect(ours.tile("Bob").get_by_text("Not encrypted")).to_be_visible(timeout=SLOW)
        assert await ours.hears() > 0
        await ours.control("Not all encrypted").click()
        await expect(ours.frame.get_by_role("dialog")).to_contain_text("In clear: Bob.")
        await shot(ours, "dialog")
        await ours.frame.get_by_role("dialog").get_by_role("button", name="Close").first.click()

        sealed = Listener()
        await sealed.connect(await admission(cleo, room_id), sealing())
        own = sealed.room.local_participant.identity
        sealed.room.e2ee_manager.key_provider.set_key(own, os.urandom(16), 0)
        try:
            await sealed.speak(880)
            waits = ours.tile("Cleo").get_by_text("Waiting for their key")
            await expect(waits).to_be_visible(timeout=SLOW)
            await looks(ours)
        finally:
            await sealed.leave()
    await expect(ours.control("Encrypted from end to end")).to_be_visible(timeout=SLOW)
    await ours.leave()


async def test_switched_off_it_lets_in_who_has_no_keys(device, sealed_channel, widget):
    alice, bob = await device("alice"), await device("bob")
    room_id = await sealed_channel(bob, media_encryption=False)
    ours = await widget(alice, room_id)
    await ours.join()
    await expect(ours.control("Not encrypted")).to_be_visible()
    way = await bob.admission(room_id)
    assert way["media_encryption"] is False
    async with in_call(way, tone=440) as his:
        assert await ours.hears() > 0

        identity = f"{alice.user_id}:{alice.device_id}"
        from tests.e2e.person import until

        async def heard():
            return identity in his.loud_at

        await until(heard, 20)
    await ours.leave()


async def shot(ours, name):
    """Into the folder SCREENSHOTS, if that is set."""
    if "SCREENSHOTS" in os.environ:
        await ours.page.screenshot(path=Path(os.environ["SCREENSHOTS"]) / f"seal-{name}.png")


async def looks(ours):
    if "SCREENSHOTS" not in os.environ:
        return
    for theme in ("dark", "light"):
        await ours.page.evaluate("theme => window.host.setTheme(theme)", theme)
        for name, size in (("desktop", (1100, 700)), ("phone", (390, 800))):
            await ours.page.set_viewport_size({"width": size[0], "height": size[1]})
            await ours.page.wait_for_timeout(600)
            await shot(ours, f"{theme}-{name}")
