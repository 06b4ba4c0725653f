"""A browser with our widget that dies in a call: nothing stays behind as a ghost."""

import os
import signal
import time

import pytest

from tests.e2e.element_call.membership import Membership
from tests.e2e.element_call.test_killed import WITHIN_S, process_of
from tests.e2e.person import until

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::ResourceWarning")]


async def test_its_membership_goes(alice, channel, chromium, widget, figure):
    room_id = await channel()
    doomed = await chromium()
    hers = await widget(alice, room_id, browser=doomed)
    await hers.join()
    membership = Membership(alice, room_id)

    async def is_there():
        return not await membership.is_gone()

    await until(is_there)
    os.kill(await process_of(doomed), signal.SIGKILL)
    killed = time.monotonic()
    await until(membership.is_gone, WITHIN_S)
    figure(f"widget killed; its membership is gone after {time.monotonic() - killed:.1f} s")
