"""Our widget and the real Element Call in an encrypted room: keys for each other alone."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.e2e.media_keys.listener import KEY, listening
from tests.e2e.person import until

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::ResourceWarning")]

ENOUGH = 5
"""Pictures."""
SLOW_S = 60


def identity_of(person):
    return f"{person.user_id}:{person.device_id}"


async def get(listener, *people):
    """Wait until their pictures and beeps are there."""

    async def there():
        names = [identity_of(person) for person in people]
        enough = [listener.pictures.get(name, 0) >= ENOUGH for name in names]
        return all(enough) and all(listener.hears_beeps(name) for name in names)

    await until(there, SLOW_S)


async def test_only_who_is_in_the_call_opens_what_is_sent(
    stack, device, sealed_channel, widget, call
):
    alice, bob, cleo = [await device(name) for name in ("alice", "bob", "cleo")]
    room_id = await sealed_channel(bob, cleo)
    ours = await widget(alice, room_id)
    await ours.join()
    await ours.control("Camera").click()
    theirs = await call(bob, room_id)
    await theirs.joined()
    hers = await widget(cleo, room_id)
    await hers.join()
    await asyncio.gather(theirs.sees("Alice"), ours.sees("Bob", SLOW_S))
    await asyncio.gather(theirs.hears_all(2), ours.hears(SLOW_S))
    await expect(ours.control("Encrypted from end to end")).to_be_visible()
    async with (
        listening(stack.info, room_id, with_keys=False) as server,
        listening(stack.info, room_id, with_keys=True) as left,
    ):
        # What Cleo's device was sent opens what the others send: so far, she may hear it.
        for sender, content in await hers.to_device(KEY):
            person = {alice.user_id: alice, bob.user_id: bob}[sender]
            assert content["member"]["claimed_device_id"] == person.device_id
            left.take(identity_of(person), content)
        await get(left, alice, bob)
        assert not server.pictures
        assert server.heard
        assert not [name for name in server.heard if server.hears_beeps(name)]

        await hers.leave()

        async def is_out():
            """The others see each other, and what she knows opens nothing of it any more."""
            left.forget()
            await asyncio.gather(theirs.sees("Alice"), ours.sees("Bob", SLOW_S))
            return not left.pictures and not any(map(left.hears_beeps, left.heard))

        await until(is_out, SLOW_S)
        await asyncio.gather(theirs.hears(), ours.hears())
        assert not left.pictures
        assert not server.pictures
    await theirs.hang_up()
    await ours.leave()
