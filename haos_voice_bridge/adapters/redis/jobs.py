"""Delayed leaves in Redis, laid out as lk-jwt-service 0.5 does: either takes over from the other.

Hash `lk-jwt:jobs`; field `["<alias>","<identity>"]`, value
`{"Params": {"DelayId", "DelayTimeout" (ns), "ServerName", "LiveKitRoom", "LiveKitIdentity"},
"RestartedAt": RFC 3339}`. `Connected` is ours; the original reads past it.
"""

import json
import logging
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from haos_voice_bridge.errors import DatabaseError, Unavailable
from haos_voice_bridge.token_service.jobs import Job

logger = logging.getLogger(__name__)

HASH = "lk-jwt:jobs"
TIMEOUT_S = 5.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FRACTION = re.compile(r"(\.\d{6})\d+")

# As long as the field still is this job, and not one that replaced it meanwhile.
_FORGET = """
local value = redis.call('HGET', KEYS[1], ARGV[1])
if value and cjson.decode(value)['Params']['DelayId'] == ARGV[2] then
  return redis.call('HDEL', KEYS[1], ARGV[1])
end
return 0
"""


class RedisJobs:
    """The jobs in Redis. `close` it."""

    def __init__(self, client: Redis) -> None:
        self._client: Any = client  # its methods are typed as plain or awaitable

    @classmethod
    async def open(cls, url: str) -> "RedisJobs":
        """Connect.

        Raises:
            DatabaseError: The URL is none, or nobody answers there.
        """
        try:
            client = Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)
        except ValueError as error:
            raise DatabaseError(
                "LIVEKIT_REDIS_URL is no Redis URL; write redis://host:6379 or rediss://…"
            ) from error
        jobs = cls(client)
        try:
            await jobs.all()
        except Unavailable as error:
            await jobs.close()
            raise DatabaseError(
                f"{error}. Is Redis running? Check LIVEKIT_REDIS_URL, or unset it to keep jobs "
                "in memory alone."
            ) from error
        return jobs

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def save(self, job: Job) -> None:
        """Keep it."""
        async with _errors():
            await self._client.hset(HASH, field_of(job), value_of(job))

    async def forget(self, job: Job) -> None:
        """It is over."""
        async with _errors():
            await self._client.eval(_FORGET, 1, HASH, field_of(job), job.delay_id)

    async def all(self) -> Sequence[Job]:
        """What was kept; what cannot be read is left alone."""
        async with _errors():
            fields = await self._client.hgetall(HASH)
        jobs = []
        for name, value in fields.items():
            try:
                jobs.append(job_of(value))
            except (ValueError, KeyError, TypeError, OverflowError):
                logger.warning("a job in Redis cannot be read: %.200r", name)
        return jobs


@asynccontextmanager
async def _errors() -> AsyncIterator[None]:
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        # The class alone: a message may quote the URL with its password.
        raise Unavailable(f"Redis does not answer: {type(error).__name__}") from error


def field_of(job: Job) -> str:
    """The field's name."""
    return json.dumps([job.alias, job.identity], separators=(",", ":"), ensure_ascii=False)


def value_of(job: Job) -> str:
    """The field's value."""
    moment = _EPOCH + timedelta(milliseconds=job.restarted_ts)
    params = {
        "DelayId": job.delay_id,
        "DelayTimeout": job.timeout_ms * 1_000_000,
        "ServerName": job.server_name,
        "LiveKitRoom": job.alias,
        "LiveKitIdentity": job.identity,
    }
    restarted = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps(
        {"Params": params, "RestartedAt": restarted, "Connected": job.connected},
        separators=(",", ":"),
        ensure_ascii=False,
    )


def job_of(value: str | bytes) -> Job:
    """Read a value, of ours or of the original."""
    data = json.loads(value)
    params = data["Params"]
    # Go writes nanoseconds, which Python's parser does not take.
    moment = datetime.fromisoformat(_FRACTION.sub(r"\1", data["RestartedAt"]))
    timeout_ms = int(params["DelayTimeout"]) // 1_000_000
    names = [params[name] for name in ("LiveKitRoom", "LiveKitIdentity", "ServerName", "DelayId")]
    if timeout_ms <= 0 or not all(isinstance(name, str) and name for name in names):
        raise ValueError("a job lacks something")
    alias, identity, server_name, delay_id = names
    return Job(
        alias=alias,
        identity=identity,
        server_name=server_name,
        delay_id=delay_id,
        timeout_ms=timeout_ms,
        restarted_ts=(moment - _EPOCH) // timedelta(milliseconds=1),
        connected=data.get("Connected") is True,
    )
