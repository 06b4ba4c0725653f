"""Calls paused for maintenance: by command, for all rooms, over a restart."""

from dataclasses import replace

import pytest

from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.errors import NotLetIn
from haos_voice_bridge.service.entry import Entry
from tests.fakes.fake_media import FakeTokens
from tests.fakes.people import ANA, BEN, ROOM, SITE
from tests.fakes.virtual_time import in_virtual_time
from tests.flows.bridge import running


def may_admin(outside, user_id):
    """The config gives them the role."""
    standing = outside.facts.standing

    async def as_admin(room_id, who):
        found = await standing(room_id, who)
        return replace(found, role=Role.ADMIN) if who == user_id else found

    outside.facts.standing = as_admin


@in_virtual_time
async def test_drained_calls_go_on_and_nobody_new_comes_in(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        may_admin(outside, ANA)
        await bridge.hears(outside.asks(ANA))
        seen, webhook = outside.connects(ANA)
        await bridge.hears(webhook, outside.says("!voice drain on"))
        await bridge.hears(outside.asks(BEN))
        await bridge.settles()
        (refused,) = outside.bot.answers(ROOM, BEN)
        assert refused["error"]["code"] == "SFU_UNAVAILABLE"
        assert "maintenance" in refused["error"]["message"]
        assert await bridge.in_call() == {seen.identity}
        assert "1 call runs" in outside.bot.sent(ROOM, "reply:")[-1].content["body"]
    async with running(tmp_path, outside, in_room=False) as again:
        await again.hears(outside.asks(BEN))
        await again.settles()
        assert "error" in outside.bot.answers(ROOM, BEN)[-1]
        await again.hears(outside.says("!voice drain off"), outside.asks(BEN))
        await again.settles()
        assert "token" in outside.bot.answers(ROOM, BEN)[-1]


@in_virtual_time
async def test_a_link_opens_no_call_that_is_paused(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        may_admin(outside, ANA)
        tokens = FakeTokens(outside.clock)
        entry = Entry(bridge.rooms._world, tokens, SITE, bridge.rooms.saved)
        assert (await entry.admission(ROOM, BEN, "LINK1", "before")).name == "Ben"
        await bridge.hears(outside.says("!voice drain on"))
        await bridge.settles()
        with pytest.raises(NotLetIn) as refused:
            await entry.admission(ROOM, BEN, "LINK2", "paused")
        assert refused.value.refusal.code == "SFU_UNAVAILABLE"
