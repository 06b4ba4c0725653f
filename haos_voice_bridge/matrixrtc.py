"""The token service as a part of the bridge: its wiring, called by app.py."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from livekit import api

from haos_voice_bridge.adapters.federation.client_api import ClientApis
from haos_voice_bridge.adapters.federation.delayed_events import HomeserverDelayedEvents
from haos_voice_bridge.adapters.federation.discovery import Discovery
from haos_voice_bridge.adapters.federation.guard import ANYWHERE, AddressGuard, networks
from haos_voice_bridge.adapters.federation.openid import FederationOpenId, LocalOpenId
from haos_voice_bridge.adapters.federation.srv import DnsSrv
from haos_voice_bridge.adapters.federation.web import Web
from haos_voice_bridge.adapters.http.matrixrtc import MatrixRtcRoutes
from haos_voice_bridge.adapters.livekit.call_rooms import LiveKitCallRooms
from haos_voice_bridge.adapters.livekit.call_tokens import CallTokens
from haos_voice_bridge.adapters.livekit.call_webhooks import CallWebhooks
from haos_voice_bridge.aio import TaskScope
from haos_voice_bridge.config.model import Config
from haos_voice_bridge.core.admission import TOKEN_MS
from haos_voice_bridge.ports import Claims, Clock, Identities, Store
from haos_voice_bridge.service.entry import Entry
from haos_voice_bridge.service.gate import RoomGate
from haos_voice_bridge.token_service.gates import OpenGate
from haos_voice_bridge.token_service.job_runner import JobRunner, Tools
from haos_voice_bridge.token_service.ports import JobStore
from haos_voice_bridge.token_service.service import TokenService, World

PATROL_S = 2.0
"""How often to look for jobs that another bridge took on, or left behind."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the bridge has already."""

    session: aiohttp.ClientSession
    store: Store
    entry: Entry
    identities: Identities
    leaves: JobStore
    claims: Claims
    clock: Clock
    scope: TaskScope


class MatrixRtc:
    """The service in the bridge; switched off where the prefix is empty."""

    def __init__(
        self, config: Config, parts: Parts, stack: AsyncExitStack, router: web.UrlDispatcher
    ) -> None:
        """Add the routes to `router`; `stack` closes what is opened here."""
        wanted = config.matrix_rtc
        keys = (config.livekit.api_key, config.livekit.api_secret)
        domain, address = config.homeserver.domain, config.homeserver.address
        web_ = Web(AddressGuard(networks(" ".join(wanted.allowed_networks))))
        trusted = Web(AddressGuard(ANYWHERE))
        for session in (web_, trusted):
            stack.push_async_callback(session.close)
        rooms = LiveKitCallRooms(parts.session, config.livekit.rpc_url, *keys)
        events = HomeserverDelayedEvents(ClientApis(web_, trusted, {domain: address}))
        tools = Tools(rooms, events, parts.leaves, parts.clock, parts.claims)
        others = FederationOpenId(web_, Discovery(web_, DnsSrv()))
        elsewhere = OpenGate(wanted.full_access_homeservers)
        self._is_on = bool(wanted.path_prefix)
        self._is_shared = config.database.kind == "PostgreSQL"
        self._scope = parts.scope
        self._jobs = JobRunner(tools, parts.scope, round(wanted.sanity_check_interval_s * 1000))
        stack.callback(self._jobs.close)
        world = World(
            openid=LocalOpenId(domain, address, trusted, others),
            gate=RoomGate(parts.store, parts.entry, parts.identities, parts.clock, elsewhere),
            # As long as every other token, and less than it holds a place in the call.
            minter=CallTokens(*keys, ttl_s=TOKEN_MS // 1000),
            rooms=rooms,
            events=events,
            clock=parts.clock,
        )
        service = TokenService(config.livekit.url, world, self._jobs)
        self._webhooks = CallWebhooks(*keys, self._jobs.told, rooms.closed)
        if self._is_on:
            routes = MatrixRtcRoutes(service, self._webhooks.handle, wanted.path_prefix)
            routes.add_routes(router)

    @property
    def told(self) -> Callable[[api.WebhookEvent], None]:
        """For the webhooks that LiveKit sends to the bridge anyway."""
        return self._webhooks.event

    async def start(self) -> None:
        """Go on with the leaves that were handed over before."""
        if not self._is_on:
            return
        await self._jobs.restore()
        if self._is_shared:
            self._scope.repeat(self._jobs.restore, PATROL_S, name="look for leaves to take over")
