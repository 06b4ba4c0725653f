"""A new channel, with kills between any two steps."""

from tests.fakes.people import ROOM
from tests.fakes.virtual_time import in_virtual_time
from tests.flows.bridge import Outside
from tests.flows.test_crashes import Restarting, tell


@in_virtual_time
async def test_a_kill_at_any_instant_makes_one_room(tmp_path):
    kill_at, is_over = 0, False
    while not is_over:
        outside = Outside(kill_at or None)
        bridge = Restarting(outside, tmp_path / f"{kill_at}.db")
        await bridge.ensure()
        await tell(bridge, outside.bot_joins())
        await tell(bridge, outside.says("!voice create Game night"))
        await bridge.running.settles()
        assert len(outside.bot.aliases) == 1
        (reply,) = outside.bot.sent(ROOM)
        assert "https://matrix.to/#/%21made0?via=hs" in reply.content["body"]
        assert await bridge.running.set_aside() == {}
        await bridge.running.stop()
        kill_at += 1
        is_over = outside.fate.instants < kill_at - 1
    assert kill_at > 5
