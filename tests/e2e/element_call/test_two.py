"""Two people with Element Call, by the bridge's token service."""

import asyncio
from contextlib import suppress

import pytest

from tests.e2e.element_call.told import call_is_over, roster_is
from tests.e2e.person import until

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::ResourceWarning")]


async def comes_back(muted, hearer):
    """Who was muted by a moderator presses the button, as soon as it helps, and is heard."""

    async def heard():
        await muted.press_mute()
        with suppress(AssertionError):
            return await hearer.hears(timeout_s=3)

    await until(heard, 10)


@pytest.mark.parametrize("mode", ["compatibility", "matrix_2_0"])
async def test_two_see_and_hear_each_other_and_the_room_tells_it(
    stack, alice, bob, channel, call, mode
):
    room_id = await channel()
    hers = await call(alice, room_id, mode)
    await hers.joined()
    his = await call(bob, room_id, mode)
    await his.joined()
    await asyncio.gather(hers.sees("Bob"), his.sees("Alice"))
    await asyncio.gather(hers.hears(), his.hears())
    for caller in (hers, his):
        await caller.screenshot()
    await roster_is(alice, room_id, alice, bob, muted=False, video=True)
    if mode == "matrix_2_0":  # under a hash, a moderator's word counts as well
        await alice.say(room_id, f"!voice mute {bob.user_id}")
        await hers.hears_nothing()
        await alice.say(room_id, f"!voice unmute {bob.user_id}")
        await comes_back(his, hers)
    await his.hang_up()
    await roster_is(alice, room_id, alice)
    await hers.hang_up()
    await call_is_over(stack, alice, room_id, alice, bob)
