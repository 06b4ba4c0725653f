"""Somebody who came by a link, as a user of Element Call has them: a tile, a name, a voice."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.e2e.element_call.told import roster_is
from tests.e2e.person import until
from tests.e2e.test_links import browser, linked  # noqa: F401 (what `visit` needs)
from tests.e2e.test_puppets import visit  # noqa: F401
from tests.e2e.voice import in_call

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture
async def lea(person):
    return await person("lea")


@pytest.mark.parametrize("mode", ["compatibility", "matrix_2_0"])
async def test_element_call_shows_who_came_by_a_link(  # noqa: PLR0917
    alice, bob, lea, channel, call, request, figure, mode
):
    """Puppets say it in the room's state alone: a client that writes sticky events reads both."""
    token_of = request.getfixturevalue("visit")
    room_id = await channel(members=(bob, lea))
    hers = await call(alice, room_id, mode)
    await hers.joined()
    await roster_is(alice, room_id, alice)
    _, token = await token_of(lea, room_id)
    async with in_call(token, tone=1000) as his:
        await his.show()

        async def gets_alice():
            names = list(his.room.remote_participants)  # a hash, in the newer mode
            return any(his.pictures.get(n, 0) > 5 and his.tone_from(n)[1] > 0 for n in names)

        await asyncio.gather(hers.sees("Lea (link)"), until(gets_alice, 20))
        hertz, _ = await hers.hears()
        assert hertz == pytest.approx(1000, abs=10)
        await hers.screenshot()
        figure(f"Element Call plays {hertz:.0f} Hz of who came by a link, under their name")
    await expect(hers.tile("Lea (link)")).to_have_count(0, timeout=20_000)
    await roster_is(alice, room_id, alice)
    await hers.hang_up()
