"""Links, with kills between any two steps."""

import re

import pytest

from tests.fakes.people import ANA, ROOM
from tests.fakes.virtual_time import in_virtual_time
from tests.flows.bridge import Outside, running
from tests.flows.test_crashes import Restarting, tell

LINK = re.compile(r"https://voice\.hs/#/link/([\w-]{43})")
CHAT = "!with-ana:hs"


async def told(path, kill_at):
    outside = Outside(kill_at)
    bridge = Restarting(outside, path)
    await bridge.ensure()
    await tell(bridge, outside.bot_joins())
    await tell(bridge, outside.says("!voice join"))
    await bridge.running.settles()
    return bridge


async def check(bridge):
    bot = bridge.outside.bot
    assert list(bot.aliases.values()) == [CHAT]
    (message,) = bot.sent(CHAT)
    assert LINK.search(message.content["body"])
    (reply,) = bot.sent(ROOM)
    assert reply.content["body"] == "I sent you a link in our direct chat."
    links = await bridge.running.database.fetch("SELECT user_id, room_id, revoked FROM links")
    assert [tuple(link) for link in links] == [(ANA, ROOM, 0)]
    assert await bridge.running.set_aside() == {}


@in_virtual_time
async def test_a_kill_at_any_instant_makes_one_link_and_one_chat(tmp_path):
    bridge = await told(tmp_path / "unharmed.db", None)
    await check(bridge)
    instants = bridge.outside.fate.instants
    await bridge.running.stop()
    assert instants > 6
    for kill_at in range(1, instants + 1):
        bridge = await told(tmp_path / f"{kill_at}.db", kill_at)
        try:
            await check(bridge)
        except (AssertionError, ValueError) as error:
            pytest.fail(f"killed at instant {kill_at}: {error}")
        finally:
            await bridge.running.stop()


@in_virtual_time
async def test_a_new_link_voids_the_older_and_nothing_secret_is_stored(tmp_path):
    async with running(tmp_path) as bridge:
        for _ in range(2):
            await bridge.hears(bridge.outside.says("!voice join"))
            await bridge.settles()
        bodies = [one.content["body"] for one in bridge.outside.bot.sent(CHAT)]
        codes = [LINK.search(body)[1] for body in bodies]
        assert len(set(codes)) == 2
        rows = await bridge.database.fetch("SELECT revoked FROM links ORDER BY expires_ts")
        assert [row["revoked"] for row in rows] == [1, 0]
        for table in ("links", "outbox", "sent", "inbox", "rooms"):
            rows = await bridge.database.fetch(f"SELECT * FROM {table}")
            assert not any(code in str(tuple(row)) for row in rows for code in codes)
