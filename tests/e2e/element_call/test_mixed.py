"""One person with Element Call, one with the bridge's own way in: one call."""

import asyncio

import pytest

from tests.e2e.element_call.membership import Membership
from tests.e2e.element_call.told import call_is_over, roster_is
from tests.e2e.person import until
from tests.e2e.voice import in_call

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::ResourceWarning")]


async def test_each_gets_the_others_picture_and_voice(stack, alice, bob, channel, call):
    room_id = await channel()
    hers = await call(alice, room_id)
    await hers.joined()
    await roster_is(alice, room_id, alice)
    admission = await bob.admission(room_id)
    async with in_call(admission, tone=1000) as his:
        await his.show()
        membership = Membership(bob, room_id)
        await membership.publish()
        identity = f"{alice.user_id}:{alice.device_id}"

        async def he_gets_hers():
            loud = his.tone_from(identity)[1] > 0
            return his.pictures.get(identity, 0) > 5 and loud

        await asyncio.gather(hers.sees("Bob"), until(he_gets_hers, 20))
        hertz, _ = await hers.hears()
        assert hertz == pytest.approx(1000, abs=10)
        await hers.screenshot()
        await roster_is(alice, room_id, alice, bob, muted=False, video=True)
        await membership.clear()
    await roster_is(alice, room_id, alice)
    await hers.hang_up()
    await call_is_over(stack, alice, room_id, alice, bob)
