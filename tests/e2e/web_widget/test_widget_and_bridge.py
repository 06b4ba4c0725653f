"""What the widget does by the bridge's API: past calls, moderation; and a move by a moderator."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.e2e.element_call.membership import Membership
from tests.e2e.element_call.told import roster_is
from tests.e2e.person import until
from tests.e2e.voice import in_call
from tests.png import png

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::ResourceWarning")]


async def test_a_moderator_mutes_and_removes_and_finds_the_call_among_the_past_ones(
    alice, bob, channel, widget
):
    # Of a room of version 12, Synapse leaves out the create event where /sync is filtered by rooms,
    # as the host page does: nobody would know that she made it.
    room_id = await channel(room_version="11")
    await bob.show_picture(png(300, 200, (200, 30, 30)))
    hers = await widget(alice, room_id)
    async with in_call(await bob.admission(room_id), tone=1000) as his:
        await hers.join()
        # By the client around it (MSC4039), not by the bridge.
        await expect(hers.tile("Bob").locator("img")).to_be_visible(timeout=10_000)
        menu = hers.frame.get_by_role("button", name="Options for Bob").first
        await menu.click()
        await hers.frame.get_by_role("button", name="Mute for everyone").click()

        async def is_muted():
            roster = await alice.state(room_id, "io.haos.voice.call")
            return [p["user_id"] for p in roster["participants"] if p.get("server_muted")]

        assert await until(is_muted) == [bob.user_id]
        await menu.click()
        await hers.frame.get_by_role("button", name="Remove from the call").click()
        await hers.frame.get_by_role("button", name="Remove", exact=True).click()
        async with asyncio.timeout(10):
            await his.disconnected.wait()
    await roster_is(alice, room_id, alice)
    await hers.leave()
    await hers.frame.get_by_role("button", name="Past calls").click()
    past = hers.frame.get_by_role("dialog", name="Past calls")
    await expect(past.get_by_text("Bob", exact=True)).to_be_visible()
    await hers.screenshot()


async def test_who_is_moved_sees_where_and_is_told_who_does_not_see_them(
    alice, bob, channel, widget
):
    lounge = await channel()
    studio = await channel(name="Studio")
    his = await widget(bob, lounge)
    await his.join()

    async def is_told():
        return not await Membership(bob, lounge).is_gone()

    await until(is_told)
    await alice.say(lounge, f"!voice move {bob.user_id} to {studio}")
    await roster_is(alice, studio, bob)
    await his.connected()
    await expect(his.frame.get_by_role("heading", name="Studio")).to_be_visible()
    await until(Membership(bob, lounge).is_gone, 5)
    await his.frame.get_by_role("button", name="Voice connected").click()
    await expect(his.frame.get_by_text("you were moved")).to_be_visible()
    await his.screenshot()
