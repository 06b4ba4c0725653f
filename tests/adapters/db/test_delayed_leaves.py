"""Leaves that were handed over, on both kinds of database."""

from dataclasses import replace

import pytest

from haos_voice_bridge.adapters.db.delayed_leaves import SqlDelayedLeaves
from haos_voice_bridge.token_service.jobs import Job

JOB = Job("A/b+c", "@ana:hs:DEV", "hs", "syd_1", 18_000, 1_790_000_000_123, connected=True)


@pytest.fixture
def leaves(database):
    return SqlDelayedLeaves(database)


async def test_a_job_is_kept_and_forgotten(leaves):
    await leaves.save(JOB)
    assert await leaves.all() == [JOB]
    await leaves.forget(JOB)
    assert await leaves.all() == []


async def test_the_newest_of_a_key_is_kept_and_not_forgotten_with_the_one_it_replaced(leaves):
    await leaves.save(JOB)
    new = replace(JOB, delay_id="syd_2", connected=False)
    await leaves.save(new)
    await leaves.forget(JOB)
    assert await leaves.all() == [new]
