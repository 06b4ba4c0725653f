"""Our widget and the real Element Call in one room: one call for both."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.e2e.element_call.membership import MEMBER, Membership
from tests.e2e.element_call.told import roster_is
from tests.e2e.person import until
from tests.e2e.web_widget.test_widget_call import expected

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.mark.parametrize("mode", ["compatibility", "matrix_2_0"])
async def test_each_gets_the_others_picture_and_voice(alice, bob, channel, widget, call, mode):
    room_id = await channel()
    ours = await widget(alice, room_id)
    await ours.join()
    await ours.control("Camera").click()
    theirs = await call(bob, room_id, mode)
    await theirs.joined()
    # Names are Matrix's, on both sides; each sees the other's moving picture.
    await asyncio.gather(theirs.sees("Alice"), ours.sees("Bob"))
    await asyncio.gather(theirs.hears(), ours.hears())
    await roster_is(alice, room_id, alice, bob, video=True)
    membership = Membership(alice, room_id)

    async def says_video():
        content = dict(await alice.state(room_id, MEMBER, membership.key))
        content.pop("created_ts", None)
        return content == await expected(alice, room_id, "video")

    await until(says_video)
    await ours.screenshot()
    if mode == "compatibility":
        await ours.leave()
    else:  # the client takes the widget away, in the middle of the call
        await ours.close()
    # Taken away, it cannot say so: its leave is sent 18 s after it was last put off.
    await expect(theirs.tile("Alice")).to_have_count(0, timeout=25_000)
    await until(membership.is_gone, 25)
    await theirs.hang_up()
