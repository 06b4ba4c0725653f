"""“In voice: …” as the presence status of who is in a call, and what was there before it again."""

import pytest

from tests.e2e.person import until
from tests.e2e.voice import in_call

pytestmark = pytest.mark.e2e


async def status_of(person, user_id):
    return (await person.request("GET", "presence", user_id, "status")).get("status_msg")


async def test_who_is_in_voice_shows_it_and_gets_their_own_status_back(alice, bob, channel):
    room_id = await channel()
    own = {"presence": "online", "status_msg": "gardening"}
    await bob.request("PUT", "presence", bob.user_id, "status", content=own)

    async def shows_voice():
        return await status_of(alice, bob.user_id) == "In voice: Attic"

    async def shows_own():
        return await status_of(alice, bob.user_id) == "gardening"

    async with in_call(await bob.admission(room_id)):
        await until(shows_voice)
    await until(shows_own)


async def test_a_status_that_was_changed_during_the_call_stays(alice, bob, channel):
    room_id = await channel()

    async def shows(text):
        async def matches():
            return await status_of(alice, bob.user_id) == text

        return await until(matches)

    async with in_call(await bob.admission(room_id)):
        await shows("In voice: Attic")
        new = {"presence": "online", "status_msg": "back at nine"}
        await bob.request("PUT", "presence", bob.user_id, "status", content=new)

    async def is_over():
        return await alice.state(room_id, "io.haos.voice.call") == {}

    await until(is_over)
    await shows("back at nine")
