"""A token handed out at once, by the same rules as `io.haos.voice.join`.

For ways in whose answer nobody but the device reads: the HTTP API, MatrixRTC's token service.
"""

import logging
from collections.abc import Callable, Mapping, Sequence

from haos_voice_bridge.core.admission import TOKEN_MS, refusal_for
from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.effects import Admit, Effect, Refuse
from haos_voice_bridge.core.events import JoinRequested
from haos_voice_bridge.core.grants import Grant
from haos_voice_bridge.core.ids import identity_of, livekit_room
from haos_voice_bridge.core.permissions import Standing
from haos_voice_bridge.core.request import SFU_DOWN, JoinRequest, Refusal
from haos_voice_bridge.core.rules.puppets import obstacle
from haos_voice_bridge.core.site import Site
from haos_voice_bridge.core.step import step
from haos_voice_bridge.errors import NotLetIn, Overtaken, Unavailable
from haos_voice_bridge.ports import Access, TokenMaker
from haos_voice_bridge.service.draining import site_now
from haos_voice_bridge.service.world import World

logger = logging.getLogger(__name__)

SAID = 1_000
TRIES = 8
"""The room's own lane, or another bridge, may save it between our look and our save."""


class Entry:
    """Judges, saves the place in the call, and mints."""

    def __init__(
        self,
        world: World,
        tokens: TokenMaker,
        site: Site,
        saved: Callable[[Room, Sequence[Effect]], None],
    ) -> None:
        """`saved(room, effects)` is called with what was saved and is owed now.

        `has_puppets`, set later: the homeserver lets the bridge have them.
        """
        self._store = world.store
        self._facts = world.facts
        self._media = world.media
        self._clock = world.clock
        self._tokens = tokens
        self._site = site
        self._saved = saved
        self._said: set[str] = set()
        self.has_puppets = False

    async def token(
        self,
        room_id: str,
        user_id: str,
        device_id: str,
        cause: str,
        *,
        by_link: bool = False,
        encrypts: bool = False,
    ) -> Mapping[str, object]:
        """What the device connects with: the plaintext of docs/protocol.md §2, and `expires_ts`.

        `by_link`: the device has no Matrix session, so a puppet shows it to others where it can.
        `encrypts`: it can take part where media is encrypted from end to end.

        Raises:
            NotLetIn: By the rules, or because the SFU is down.
            Unavailable: The homeserver or the database does not answer.
        """
        admit = await self.admission(
            room_id, user_id, device_id, cause, by_link=by_link, encrypts=encrypts
        )
        try:
            await self._media.open_room(room_id)
        except Unavailable as error:
            raise NotLetIn(SFU_DOWN) from error
        access = Access(
            room_id=room_id,
            identity=admit.hashed or identity_of(user_id, device_id),
            name=admit.name,
            grant=Grant(admit.sources, admit.can_hear),
            call_id=admit.call_id,
            media_encryption=admit.encrypts,
        )
        return {
            **self._tokens.open_token(access),
            "livekit_room": livekit_room(room_id),
            "expires_ts": self._clock.now_ms() + TOKEN_MS,
        }

    async def may_stay(self, room_id: str, user_id: str) -> None:
        """Whether a MatrixRTC client that is in the call, or says so, may be there.

        Raises:
            NotLetIn: They may not.
        """
        room = await self._store.load(room_id)
        standing = await self._facts.standing(room_id, user_id)
        if (refusal := refusal_for(room, standing, by_matrix_rtc=True)) is not None:
            raise NotLetIn(refusal)

    async def admission(  # noqa: PLR0913 (who, where, and how)
        self,
        room_id: str,
        user_id: str,
        device_id: str,
        cause: str,
        *,
        rings_itself: bool = False,
        hands_over: bool = False,
        by_link: bool = False,
        encrypts: bool = False,
    ) -> Admit:
        """The decision, with its place in the call saved.

        `cause` names the request uniquely; `rings_itself` says that a MatrixRTC client asks, and
        `hands_over` that it does so to hand over its leave.
        """
        now = self._clock.now_ms()
        request = JoinRequest(
            cause=cause,
            request_id=cause,
            user_id=user_id,
            device_id=device_id,
            asked_ts=now,
            public_key={},
            rings_itself=rings_itself,
            hands_over=hands_over,
            encrypts=encrypts,
        )
        names = self._site.puppets
        puppet = names.of(user_id) if by_link and names and self.has_puppets else None
        for _ in range(TRIES - 1):
            try:
                return await self._decide(room_id, request, puppet)
            except Overtaken:
                continue
        return await self._decide(room_id, request, puppet)

    async def _decide(self, room_id: str, request: JoinRequest, puppet_id: str | None) -> Admit:
        before = await self._store.load(room_id)
        standing = await self._facts.standing(room_id, request.user_id)
        puppet = await self._facts.standing(room_id, puppet_id) if puppet_id else None
        now = self._clock.now_ms()
        site = await site_now(self._site, self._store)
        room, effects = step(before, JoinRequested(request, standing, puppet), now, site)
        # The answer is given here, not by the outbox; whatever else was due is owed as ever.
        answers = [effect for effect in effects if isinstance(effect, Admit | Refuse)]
        owed = [effect for effect in effects if not isinstance(effect, Admit | Refuse)]
        if room != before or owed:
            await self._store.save(room, owed, now)
            self._saved(room, owed)
        match answers:
            case [Admit() as admit]:
                if puppet is not None and not admit.hashed:
                    self._say_why(before, puppet)
                return admit
            case [Refuse(refusal=refusal)]:
                raise NotLetIn(refusal)
            case _:  # in the room's state this gets no answer at all
                raise NotLetIn(
                    Refusal("RATE_LIMITED", "Too many requests. Try again in a minute.", 60_000)
                )

    def _say_why(self, room: Room, puppet: Standing) -> None:
        """Why somebody will not be seen by Element's users, once a room and reason."""
        reason = obstacle(room, puppet, self._site.bot_user_id) or "it is not known"
        text = f"who comes by a link is not shown to MatrixRTC clients in {room.room_id}: {reason}"
        if text not in self._said and len(self._said) < SAID:
            self._said.add(text)
            logger.warning("%s", text)
