"""The three things that a client may ask, from a request that was read to its answer.

The order is lk-jwt-service's: who are you, may you, the token, the room, the leave.
"""

import logging
from dataclasses import dataclass

from haos_voice_bridge.errors import EffectError, Unavailable
from haos_voice_bridge.ports import Clock
from haos_voice_bridge.token_service.job_runner import JobRunner
from haos_voice_bridge.token_service.jobs import Job
from haos_voice_bridge.token_service.ports import (
    Admission,
    Ask,
    CallRooms,
    DelayedEvents,
    Gate,
    Minter,
    OpenIdProvider,
)
from haos_voice_bridge.token_service.refused import (
    DELEGATION,
    NotVerified,
    Refused,
    bad_json,
    no_client_api,
    no_room,
    unauthorised,
    undecided,
)
from haos_voice_bridge.token_service.requests import Delay, TokenRequest

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class World:
    """What the service asks of the world."""

    openid: OpenIdProvider
    gate: Gate
    minter: Minter
    rooms: CallRooms
    events: DelayedEvents
    clock: Clock


class TokenService:
    """Answers requests; every method raises `Refused` where the answer is an error."""

    def __init__(self, livekit_url: str, world: World, jobs: JobRunner) -> None:
        """`livekit_url` is where clients connect."""
        self._url = livekit_url
        self._world = world
        self._jobs = jobs

    async def token(self, request: TokenRequest) -> dict[str, str]:
        """`{"url", "jwt"}`, for `/sfu/get` and `/get_token`."""
        user_id = await self._verified(request)
        identity = request.identity(user_id)
        admission = await self._admit(request, user_id, identity)
        if request.delay is not None:
            if not admission.full_access:
                raise bad_json(DELEGATION)
            await self._resolve(request)
        jwt = self._world.minter.mint(
            request.alias, identity, admission.sources, can_hear=admission.can_hear
        )
        if admission.full_access:
            try:
                await self._world.rooms.ensure(request.alias)
            except EffectError as error:
                logger.warning("no room for %s: %s", request.room_id, error)
                raise no_room() from error
        if request.delay is not None:
            await self._delegate(request, request.delay, identity, user_id)
        logger.debug("a token for %s in %s", identity, request.room_id)
        return {"url": self._url, "jwt": jwt}

    async def delegate(self, request: TokenRequest) -> dict[str, str]:
        """`{}`, for `/delegate_delayed_leave`."""
        user_id = await self._verified(request)
        identity = request.identity(user_id)
        admission = await self._admit(request, user_id, identity, enters=False)
        if not admission.full_access:
            raise Refused(403, "M_FORBIDDEN", DELEGATION)
        await self._resolve(request)
        if request.delay is not None:  # always: it was read so
            await self._delegate(request, request.delay, identity, user_id)
        return {}

    async def _verified(self, request: TokenRequest) -> str:
        try:
            user_id = await self._world.openid.user_of(request.token)
        except NotVerified as error:
            logger.info("an OpenID token of %s: %s", request.token.server_name, error)
            raise unauthorised() from error
        except Unavailable as error:
            logger.warning("whose a token is: %s", error)
            raise undecided() from error
        if request.member is not None and request.member.user_id != user_id:
            logger.info("%s claimed to be %s", user_id, request.member.user_id)
            raise unauthorised()
        return user_id

    async def _admit(
        self, request: TokenRequest, user_id: str, identity: str, *, enters: bool = True
    ) -> Admission:
        ask = Ask(
            room_id=request.room_id,
            slot_id=request.slot_id,
            user_id=user_id,
            device_id=request.device_id,
            identity=identity,
            server_name=request.token.server_name,
            enters=enters,
            hands_over=request.delay is not None,
        )
        try:
            return await self._world.gate.admit(ask)
        except EffectError as error:
            logger.warning("whether %s may enter %s: %s", user_id, request.room_id, error)
            raise undecided() from error

    async def _resolve(self, request: TokenRequest) -> None:
        """Before anything is made: no room is left behind, and the answer is kept for later."""
        server_name = request.token.server_name
        try:
            await self._world.events.check(server_name)
        except EffectError as error:
            logger.warning("no client-server API of %s: %s", server_name, error)
            raise no_client_api() from error

    async def _delegate(
        self, request: TokenRequest, delay: Delay, identity: str, user_id: str
    ) -> None:
        await self._jobs.take_over(
            Job(
                alias=request.alias,
                identity=identity,
                server_name=request.token.server_name,
                delay_id=delay.delay_id,
                timeout_ms=delay.timeout_ms,
                # Our best guess: that the client started the delay just before it asked.
                restarted_ts=self._world.clock.now_ms(),
            ),
            user_id,
        )
