"""Stands between LiveKit and the bridge, and loses, doubles and reorders webhooks.

LiveKit is told that all went well, so it does not try again: what is lost here is lost for good.
"""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass

import aiohttp
from aiohttp import web

PATH = "/livekit/webhook"


@dataclass(frozen=True, slots=True)
class Mischief:
    """How likely each is to happen to a webhook; together at most 1."""

    lose: float = 0.0
    double: float = 0.0
    delay: float = 0.0
    delay_up_to_s: float = 4.0


HONEST = Mischief()


class Proxy:
    """`async with Proxy(port, bridge_url, chance) as proxy`; `mischief` may change at any time."""

    def __init__(self, port: int, bridge_url: str, chance: random.Random):
        self.mischief = HONEST
        self.done: Counter[str] = Counter()
        self._port = port
        self._target = bridge_url + PATH
        self._chance = chance
        self._late: set[asyncio.Task] = set()

    async def __aenter__(self):
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        app = web.Application()
        app.router.add_post(PATH, self._webhook)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        return self

    async def __aexit__(self, *_):
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)
        await self._runner.cleanup()
        await self._session.close()

    async def _webhook(self, request):
        body, signature = await request.read(), request.headers.get("Authorization", "")
        fate = self._fate()
        self.done[fate] += 1
        if fate == "lost":
            return web.Response()
        if fate == "delayed":
            self._later(body, signature)
            return web.Response()
        if fate == "doubled":
            self._later(body, signature)
        # The bridge's own answer, so that LiveKit tries again while the bridge is down.
        return web.Response(status=await self._pass_on(body, signature))

    def _fate(self):
        mischief, draw = self.mischief, self._chance.random()
        for fate, share in (
            ("lost", mischief.lose),
            ("doubled", mischief.double),
            ("delayed", mischief.delay),
        ):
            if draw < share:
                return fate
            draw -= share
        return "passed"

    def _later(self, body, signature):
        wait_s = self._chance.uniform(0, self.mischief.delay_up_to_s)

        async def later():
            await asyncio.sleep(wait_s)
            await self._pass_on(body, signature)

        task = asyncio.ensure_future(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _pass_on(self, body, signature):
        headers = {"Authorization": signature, "Content-Type": "application/webhook+json"}
        try:
            async with self._session.post(self._target, data=body, headers=headers) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 502
