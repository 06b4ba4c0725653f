"""Our client on its own and the real Element Call in one room: one call for both."""

import asyncio
import os
import signal
import time

import pytest
from playwright.async_api import expect

from tests.e2e.element_call.caller import new_pictures
from tests.e2e.element_call.membership import MEMBER
from tests.e2e.element_call.test_killed import WITHIN_S, process_of
from tests.e2e.element_call.told import roster_is
from tests.e2e.person import until
from tests.web.standalone.resident import Resident
from tests.web.test_call import AUDIBLE, QUIET

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::ResourceWarning")]


async def test_each_sees_and_hears_the_other_and_a_kill_leaves_no_ghost(  # noqa: PLR0917
    stack, alice, bob, channel, call, chromium, figure
):
    room_id = await channel(name="Atelier")
    doomed = await chromium()
    ours = await Resident.at(doomed, stack.info.web_url, "alice")
    handovers = []

    def note(response):
        if response.url.endswith("/sfu/get"):
            handovers.append(response)

    ours.page.on("response", note)
    user = await asyncio.to_thread(stack.user, "alice")
    await ours.log_in("alice", user.password)
    await ours.settings(**QUIET)
    theirs = await call(bob, room_id)
    await theirs.joined()
    await ours.pick("Atelier")
    await ours.join()
    await ours.control("Camera").click()

    # Names are Matrix's, on both sides; each has the other's moving picture and voice.
    await asyncio.gather(
        theirs.sees("Alice"), new_pictures(ours.tile("Bob").locator("video"), 40), theirs.hears()
    )
    assert await ours.hears() > AUDIBLE
    await ours.picture("with-element-call")

    async def says_video():
        return [m for m in await memberships(alice, room_id) if m["m.call.intent"] == "video"]

    (membership,) = await until(says_video)
    # Its end is with the token service, which sees when the page is gone.
    (handed,) = handovers
    assert handed.status == 200
    told = handed.request.post_data_json
    assert told["device_id"] == membership["device_id"]
    assert told["delay_id"]

    os.kill(await process_of(doomed), signal.SIGKILL)
    killed = time.monotonic()
    await expect(theirs.tile("Alice")).to_have_count(0, timeout=WITHIN_S * 1000)
    tile = time.monotonic() - killed

    async def is_gone():
        return not await memberships(alice, room_id)

    await until(is_gone, WITHIN_S)
    figure(f"killed; tile gone after {tile:.1f} s, membership by {time.monotonic() - killed:.1f} s")
    await roster_is(bob, room_id, bob)
    await theirs.hang_up()


async def memberships(person, room_id):
    """Those of their devices, as they are in the room's state now."""
    return [
        event["content"]
        for event in await person.all_state(room_id)
        if event["type"] == MEMBER and event["sender"] == person.user_id and event["content"]
    ]
