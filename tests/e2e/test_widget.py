"""The web client as a widget of the room, for clients that show such."""

import pytest

from haos_voice_bridge.adapters.http import web_client
from tests.e2e.person import until

pytestmark = pytest.mark.e2e

WIDGET = ("im.vector.modular.widgets", "io.haos.voice")


@pytest.fixture(autouse=True)
def _built():
    if web_client.built() is None:
        pytest.fail("the web client is not built: make web")


async def test_enable_puts_it_there_disable_takes_it_away_and_a_removal_counts(
    stack, http, alice, bob, channel
):
    room_id = await channel(settings={"enabled": False})

    async def said(text):
        return await alice.reply_to(room_id, await alice.say(room_id, text))

    async def widget():
        return await alice.state(room_id, *WIDGET)

    assert "Voice is on" in await said("!voice enable")
    there = await until(widget)
    assert there["creatorUserId"] == stack.info.bot_user_id
    page, _, told = there["url"].partition("#")
    assert told.startswith("/widget?widgetId=$matrix_widget_id&roomId=$matrix_room_id&")
    async with http.get(page) as answer:
        assert answer.status == 200
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'self' https: " in policy
        assert "script-src 'self' 'wasm-unsafe-eval';" in policy
        assert "X-Frame-Options" not in answer.headers

    assert "Voice is off" in await said("!voice disable")

    async def is_gone():
        return await widget() == {}

    await until(is_gone)
    await said("!voice enable")
    await until(widget)
    # An admin does not want it.
    await alice.set_state(room_id, WIDGET[0], {}, WIDGET[1])
    assert "enable widget" in await said("!voice enable")
    assert await widget() == {}
    await said("!voice enable widget")
    await until(widget)


async def test_where_the_bot_may_not_there_is_none(alice, bob, channel, stack):
    room_id = await channel(settings={"enabled": False})
    levels = await alice.state(room_id, "m.room.power_levels")
    levels["users"][stack.info.bot_user_id] = 50
    levels["events"] |= {WIDGET[0]: 60}
    await alice.set_state(room_id, "m.room.power_levels", levels)
    said = await alice.say(room_id, "!voice enable")
    assert "Voice is on" in await alice.reply_to(room_id, said)
    assert await alice.state(room_id, *WIDGET) is None


async def test_a_made_room_has_it_from_the_start(alice, channel):
    from tests.e2e.test_create import made_room

    lounge = await channel()
    said = await alice.say(lounge, "!voice create With a widget")
    room_id = made_room(await alice.reply_to(lounge, said))
    await alice.join(room_id)
    assert (await alice.state(room_id, *WIDGET))["type"] == "m.custom"
