"""Jobs in a real Redis, laid out as lk-jwt-service has them."""

import json
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from haos_voice_bridge.adapters.redis.jobs import HASH, RedisJobs, field_of, job_of, value_of
from haos_voice_bridge.errors import DatabaseError, Unavailable
from haos_voice_bridge.token_service.jobs import Job
from tests.redis_server import free_port, redis_server, redis_url, running

__all__ = ["redis_server", "redis_url"]

JOB = Job("A/b+c", "@ana:hs:DEV", "hs", "syd_1", 18_000, 1_790_000_000_123, connected=True)
THEIRS = (
    '{"Params":{"DelayId":"syd_1","DelayTimeout":18000000000,"ServerName":"hs",'
    '"LiveKitRoom":"A/b+c","LiveKitIdentity":"@ana:hs:DEV"},'
    '"RestartedAt":"2026-09-21T14:13:20.123456789Z"}'
)


@pytest.fixture
async def jobs(redis_url):
    jobs = await RedisJobs.open(redis_url)
    yield jobs
    await jobs.close()


@pytest.fixture
async def raw(redis_url):
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


async def test_a_job_is_kept_and_forgotten(jobs):
    await jobs.save(JOB)
    assert await jobs.all() == [JOB]
    await jobs.forget(JOB)
    assert await jobs.all() == []
    await jobs.forget(JOB)


async def test_the_newest_of_a_key_is_kept_and_not_forgotten_with_the_one_it_replaced(jobs):
    await jobs.save(JOB)
    new = replace(JOB, delay_id="syd_2")
    await jobs.save(new)
    await jobs.forget(JOB)
    assert await jobs.all() == [new]


async def test_the_layout_is_the_originals(jobs, raw):
    await jobs.save(JOB)
    kept = await raw.hgetall("lk-jwt:jobs")
    assert list(kept) == ['["A/b+c","@ana:hs:DEV"]']
    value = json.loads(kept['["A/b+c","@ana:hs:DEV"]'])
    assert value["RestartedAt"] == "2026-09-21T14:13:20.123Z"
    assert value["Params"] == json.loads(THEIRS)["Params"]


async def test_a_job_of_the_original_is_taken_over(jobs, raw):
    await raw.hset(HASH, field_of(JOB), THEIRS)
    assert await jobs.all() == [replace(JOB, connected=False)]


@pytest.mark.parametrize("zone", ["2026-09-21T14:13:20Z", "2026-09-21T16:13:20+02:00"])
def test_any_time_that_go_writes_is_read(zone):
    assert job_of(THEIRS.replace("2026-09-21T14:13:20.123456789Z", zone)).restarted_ts == (
        1_790_000_000_000
    )


async def test_what_cannot_be_read_is_left_alone(jobs, raw):
    for number, value in enumerate(["", "[]", "{}", '{"Params":{}}', THEIRS.replace("syd_1", "")]):
        await raw.hset(HASH, str(number), value)
    await jobs.save(JOB)
    assert await jobs.all() == [JOB]
    assert await raw.hlen(HASH) == 6


def test_what_is_written_is_read():
    assert job_of(value_of(JOB)) == JOB


async def test_a_redis_that_is_not_there_is_one_clear_error():
    with pytest.raises(DatabaseError, match="LIVEKIT_REDIS_URL") as caught:
        await RedisJobs.open("redis://:hush@127.0.0.1:1/0")
    assert "hush" not in str(caught.value)
    with pytest.raises(DatabaseError, match="redis://host"):
        await RedisJobs.open("http://x")


async def test_a_redis_that_goes_away_is_unavailable_and_its_return_is_noticed(tmp_path):
    port = free_port()
    with running(tmp_path, port):
        jobs = await RedisJobs.open(f"redis://127.0.0.1:{port}")
        await jobs.save(JOB)
    with pytest.raises(Unavailable):
        await jobs.save(JOB)
    with running(tmp_path, port):
        await jobs.save(JOB)
        assert await jobs.all() == [JOB]
    await jobs.close()
