"""The composition root of the service on its own: start, stop, signals."""

import asyncio
import logging
import signal
import time
from contextlib import AsyncExitStack

import aiohttp

from haos_voice_bridge import __version__
from haos_voice_bridge.adapters.federation.client_api import ClientApis
from haos_voice_bridge.adapters.federation.delayed_events import HomeserverDelayedEvents
from haos_voice_bridge.adapters.federation.discovery import Discovery
from haos_voice_bridge.adapters.federation.guard import ANYWHERE, AddressGuard
from haos_voice_bridge.adapters.federation.openid import Apart, FederationOpenId
from haos_voice_bridge.adapters.federation.srv import DnsSrv
from haos_voice_bridge.adapters.federation.web import Web
from haos_voice_bridge.adapters.http.matrixrtc import MatrixRtcRoutes
from haos_voice_bridge.adapters.http.server import HttpServer
from haos_voice_bridge.adapters.livekit.call_rooms import LiveKitCallRooms
from haos_voice_bridge.adapters.livekit.call_tokens import CallTokens
from haos_voice_bridge.adapters.livekit.call_webhooks import CallWebhooks
from haos_voice_bridge.aio import TaskScope
from haos_voice_bridge.auth_service.environment import Settings
from haos_voice_bridge.token_service.gates import OpenGate
from haos_voice_bridge.token_service.job_runner import JobRunner, MemoryJobs, Tools
from haos_voice_bridge.token_service.ports import JobStore
from haos_voice_bridge.token_service.service import TokenService, World

logger = logging.getLogger(__name__)

STOP_S = 10.0


class _Clock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class _Alone:
    """Nobody shares our jobs."""

    async def take(self, _what: str) -> bool:
        return True

    async def release(self, _what: str) -> None:
        return


async def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        StartupError: It cannot start; the text says the next step.
    """
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    async with AsyncExitStack() as stack:
        await _start(settings, stack)
        await stop.wait()
        logger.info("stopping")


async def _start(settings: Settings, stack: AsyncExitStack) -> None:
    if not settings.verify_tls:
        logger.warning("certificates are NOT checked (LIVEKIT_INSECURE_SKIP_VERIFY_TLS)")
    clock, verify_tls = _Clock(), settings.verify_tls
    store = await _store(settings, stack)
    guard = AddressGuard(settings.allowed)
    known, strange = Web(guard, verify_tls=verify_tls), Web(guard, verify_tls=verify_tls)
    trusted = Web(AddressGuard(ANYWHERE), verify_tls=verify_tls)
    for web in (known, strange, trusted):
        stack.push_async_callback(web.close)
    session = await stack.enter_async_context(aiohttp.ClientSession())
    scope = TaskScope()
    stack.push_async_callback(scope.close, STOP_S)

    keys = (settings.key, settings.secret)
    rooms = LiveKitCallRooms(session, settings.rpc_url, *keys)
    events = HomeserverDelayedEvents(ClientApis(known, trusted, settings.client_apis))
    jobs = JobRunner(Tools(rooms, events, store, clock, _Alone()), scope, settings.sanity_ms)
    stack.callback(jobs.close)
    world = World(
        openid=Apart(
            settings.full_access,
            FederationOpenId(known, Discovery(known, DnsSrv())),
            FederationOpenId(strange, Discovery(strange, DnsSrv())),
        ),
        gate=OpenGate(settings.full_access),
        minter=CallTokens(*keys),
        rooms=rooms,
        events=events,
        clock=clock,
    )
    service = TokenService(settings.livekit_url, world, jobs)
    webhooks = CallWebhooks(*keys, jobs.told, rooms.closed)

    http = HttpServer(settings.hostname, settings.port, change="LIVEKIT_JWT_BIND")
    MatrixRtcRoutes(service, webhooks.handle, settings.prefix).add_routes(http.router)
    await jobs.restore()
    await http.start()
    stack.push_async_callback(http.stop)
    logger.info(
        "auth-service %s at %s:%d%s for %s; LiveKit at %s",
        __version__,
        settings.hostname or "*",
        settings.port,
        settings.prefix,
        ", ".join(settings.full_access),
        settings.livekit_url,
    )


async def _store(settings: Settings, stack: AsyncExitStack) -> JobStore:
    if not settings.redis_url:
        logger.warning("LIVEKIT_REDIS_URL is not set: delayed leaves do not outlive a restart")
        return MemoryJobs()
    # Here, not above: a tenth of a second, and a few MB, for those who have it.
    from haos_voice_bridge.adapters.redis.jobs import RedisJobs  # noqa: PLC0415

    store = await RedisJobs.open(settings.redis_url)
    stack.push_async_callback(store.close)
    return store
