"""Owned tasks and lanes."""

import asyncio
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haos_voice_bridge.aio import Lanes, TaskScope
from haos_voice_bridge.errors import Unavailable


@pytest.fixture
async def scope():
    scope = TaskScope()
    yield scope
    await scope.close(1)


async def idle(turns=20):
    for _ in range(turns):
        await asyncio.sleep(0)


# Tasks


async def test_a_stop_lets_work_end_by_itself():
    scope, done = TaskScope(), []

    async def work():
        await scope.pause(60)
        done.append(scope.stopping)

    scope.spawn(work(), name="work")
    await idle()
    async with asyncio.timeout(5):
        await scope.close(5)
    assert done == [True], "the pause ended early, and the work after it was done"


async def test_a_stop_cancels_what_does_not_end(caplog):
    scope, cancelled = TaskScope(), []

    async def stubborn():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    scope.spawn(stubborn(), name="stubborn")
    await idle()
    async with asyncio.timeout(5):
        await scope.close(0.01)
    assert cancelled == [True]
    assert "stubborn did not stop" in caplog.text


async def test_a_stop_with_nothing_under_way_is_immediate():
    scope = TaskScope()
    await scope.close(60)
    await scope.close(60)
    assert scope.stopping


async def test_a_task_that_fails_is_heard_and_harms_no_other(scope, caplog):
    done = []

    async def fails():
        raise ValueError("odd")

    async def works():
        await idle(5)
        done.append(True)

    scope.spawn(fails(), name="fails")
    scope.spawn(works(), name="works")
    await idle()
    assert done == [True]
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "task fails failed")
    assert "odd" in caplog.text


async def test_a_pause_lasts_as_long_as_it_should(scope):
    loop = asyncio.get_running_loop()
    began = loop.time()
    await scope.pause(0.02)
    assert loop.time() - began >= 0.019


async def test_what_is_repeated_outlives_a_failure(scope, caplog):
    turns = []

    async def work():
        turns.append(len(turns))
        if len(turns) == 1:
            raise ValueError("odd")
        if len(turns) == 2:
            raise Unavailable("not now")

    scope.repeat(work, 0.001, name="recount")
    async with asyncio.timeout(5):
        while len(turns) < 4:
            await asyncio.sleep(0.001)
    assert "recount failed" in caplog.text
    assert "recount: not now" in caplog.text


async def test_a_stop_begins_no_new_turn():
    scope, turns = TaskScope(), []

    async def work():
        turns.append(True)

    scope.repeat(work, 60, name="recount")
    await idle()
    await scope.close(1)
    assert turns == []


# Lanes


async def test_a_lane_does_one_thing_at_a_time(scope):
    running, most = 0, 0

    async def work(_):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await idle(3)
        running -= 1

    lanes = Lanes[str](scope, work, "room")
    for _ in range(10):
        lanes.wake("a")
        await asyncio.sleep(0)
    await idle()
    assert most == 1


async def test_lanes_run_side_by_side(scope):
    both = asyncio.Barrier(2)
    met = []

    async def work(key):
        async with asyncio.timeout(5):
            await both.wait()
        met.append(key)

    lanes = Lanes[str](scope, work, "room")
    lanes.wake("a")
    lanes.wake("b")
    await idle()
    assert sorted(met) == ["a", "b"], "neither waits for the other's end"


@given(steps=st.lists(st.sampled_from(["a", "b", "turn", "turns"]), max_size=40))
@settings(max_examples=150, deadline=None)
async def test_whatever_is_put_in_is_taken_out_in_order(steps):
    """Whenever a wake comes (also in the middle of work), nothing waits for the next one."""
    scope = TaskScope()
    inbox = {"a": [], "b": []}
    handled = {"a": [], "b": []}

    async def work(key):
        while inbox[key]:
            item = inbox[key].pop(0)
            await asyncio.sleep(0)
            handled[key].append(item)
        await asyncio.sleep(0)  # found nothing more; something may come just now

    lanes = Lanes[str](scope, work, "room")
    for number, step in enumerate(steps):
        if step in inbox:
            inbox[step].append(number)
            lanes.wake(step)
        else:
            await idle(1 if step == "turn" else 5)
    await idle(200)
    await scope.close(1)
    for key in ("a", "b"):
        assert handled[key] == [number for number, step in enumerate(steps) if step == key]


async def test_a_lane_that_failed_is_heard_and_can_be_woken_again(scope, caplog):
    seen = []

    async def work(key):
        seen.append(key)
        if len(seen) == 1:
            raise ValueError("odd")

    lanes = Lanes[str](scope, work, "room")
    lanes.wake("a")
    await idle()
    assert "task room a failed" in caplog.text
    lanes.wake("a")
    await idle()
    assert seen == ["a", "a"]


async def test_a_wake_during_work_that_fails_is_not_lost(scope):
    seen = []

    async def work(key):
        seen.append(key)
        await idle(5)
        if len(seen) == 1:
            raise ValueError("odd")

    lanes = Lanes[str](scope, work, "room")
    lanes.wake("a")
    await idle(2)
    lanes.wake("a")
    await idle()
    assert seen == ["a", "a"]


async def test_a_stopping_lane_takes_no_new_work():
    scope, seen = TaskScope(), []

    async def work(key):
        seen.append(key)

    lanes = Lanes[str](scope, work, "room")
    await scope.close(1)
    lanes.wake("a")
    await idle()
    assert seen == []
