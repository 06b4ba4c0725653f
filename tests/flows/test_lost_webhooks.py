"""Webhooks are hints: lost, doubled or out of order, the books agree with LiveKit in the end."""

import asyncio
import random

import pytest

from tests.fakes.people import ANA, BEN, CLEO, ROOM
from tests.fakes.virtual_time import in_virtual_time
from tests.flows.bridge import Bridge, Outside, running, until


@in_virtual_time
async def test_a_lost_arrival_and_a_lost_departure_are_found(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        ana, came = outside.connects(ANA)
        await bridge.hears(came)
        ben, _ = outside.connects(BEN)
        await until(lambda: outside.bot.roster(ROOM) == {f"{ANA}:DEV", f"{BEN}:DEV"}, within_s=10)
        outside.leaves(ben)
        await until(lambda: outside.bot.roster(ROOM) == {f"{ANA}:DEV"}, within_s=10)
        outside.leaves(ana)
        await until(bridge.history)
        await bridge.settles()
        assert len(outside.bot.sent(ROOM, "end:")) == 1
        (call,) = await bridge.history()
        assert {span.user_id for span in call.spans} == {ANA, BEN}


@in_virtual_time
async def test_a_hint_alone_finds_who_is_in_a_call_whose_start_was_lost(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        seen, _ = outside.connects(ANA)
        await bridge.hears(outside.told("track_published", seen))
        await bridge.settles()
        assert outside.bot.roster(ROOM) == {f"{ANA}:DEV"}


@in_virtual_time
async def test_dropped_webhooks_are_made_up_for_at_once(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        await bridge.hears(outside.connects(ANA)[1])
        await bridge.settles()
        outside.connects(BEN)
        await bridge.rooms.recount_all()

        async def both_are_in():
            return await bridge.in_call() == {f"{ANA}:DEV", f"{BEN}:DEV"}

        await until(both_are_in, within_s=1)


@in_virtual_time
async def test_who_left_while_the_bridge_was_off_has_left(tmp_path):
    outside = Outside()
    async with running(tmp_path, outside) as bridge:
        ana, came = outside.connects(ANA)
        await bridge.hears(came)
        await bridge.settles()
    outside.leaves(ana)
    ben, _ = outside.connects(BEN)
    again = Bridge(outside, tmp_path / "bridge.db")
    await again.start()
    try:
        await until(lambda: outside.bot.roster(ROOM) == {f"{BEN}:DEV"}, within_s=10)
        outside.leaves(ben)
        await until(again.history)
        await again.settles()
        assert len(outside.bot.sent(ROOM, "card:")) == 1
        assert len(outside.bot.sent(ROOM, "end:")) == 1
    finally:
        await again.stop()


@in_virtual_time
async def test_who_may_not_be_there_is_taken_out_though_no_webhook_told_of_it(tmp_path):
    async with running(tmp_path) as bridge:
        outside = bridge.outside
        await bridge.hears(outside.connects(ANA)[1])
        await bridge.settles()
        outside.facts.memberships[CLEO] = "ban"
        outside.connects(CLEO)
        await until(lambda: outside.media.removed == [f"{CLEO}:DEV"], within_s=10)
        await bridge.settles()
        assert outside.bot.roster(ROOM) == {f"{ANA}:DEV"}


async def told(path, order):
    """Three people come, two go; the webhooks come as `order(webhooks)`. What is written then."""
    async with running(path) as bridge:
        outside = bridge.outside
        webhooks = []
        people = []
        for user_id in (ANA, BEN, CLEO):
            seen, came = outside.connects(user_id)
            people.append(seen)
            webhooks.append(came)
            webhooks.append(outside.told("track_published", seen))
        webhooks += [outside.leaves(seen) for seen in people[:2]]
        for webhook in order(webhooks):
            await bridge.hears(webhook)
        await bridge.settles()
        await asyncio.sleep(35)
        await bridge.settles()
        assert outside.bot.roster(ROOM) == {f"{CLEO}:DEV"}
        outside.leaves(people[2])
        await until(bridge.history)
        await bridge.settles()
        (call,) = await bridge.history()
        kinds = [one.key.partition(":")[0] for one in outside.bot.sent(ROOM)]
        return (
            kinds.count("card"),
            kinds.count("end"),
            {span.user_id for span in call.spans} - {ANA, BEN},
        )


def doubled(webhooks):
    return [webhook for webhook in webhooks for _ in range(2)]


def backwards(webhooks):
    return webhooks[::-1]


def none_at_all_but_the_first(webhooks):
    return webhooks[:1]


def mixed(seed):
    def order(webhooks):
        mixed = doubled(webhooks)
        random.Random(seed).shuffle(mixed)
        return mixed

    order.__name__ = f"mixed_{seed}"
    return order


@pytest.mark.parametrize(
    "order",
    [doubled, backwards, none_at_all_but_the_first, *map(mixed, range(6))],
    ids=lambda order: order.__name__,
)
@in_virtual_time
async def test_webhooks_doubled_and_out_of_order_change_nothing(tmp_path, order):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert await told(tmp_path / "a", order) == await told(tmp_path / "b", list) == (1, 1, {CLEO})
