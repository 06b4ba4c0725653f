"""Lets puppets say in the room's state who of the call has no Matrix session (core/puppets.py).

The leave of each is handed to the homeserver beforehand (MSC4140), and to the token service's jobs,
which put it off for as long as the device is connected: whoever dies, the homeserver clears up.
"""

import logging
from collections.abc import Awaitable, Callable

from haos_voice_bridge.core.effects import HidePuppet, PartPuppet, ShowPuppet
from haos_voice_bridge.core.ids import livekit_room, server_of
from haos_voice_bridge.core.puppets import member_content, member_key
from haos_voice_bridge.errors import Rejected, Unavailable
from haos_voice_bridge.ports import Clock, PuppetAccounts, RoomFacts
from haos_voice_bridge.token_service.jobs import Job
from haos_voice_bridge.token_service.refused import Refused

logger = logging.getLogger(__name__)

GUARD_MS = 30_000
"""How long a membership outlives a bridge, and a homeserver that does not hear of it."""
LIFE_MS = 4 * 3_600_000
"""How long a membership is valid, as in Element Call."""
UNGUARDED_LIFE_MS = 15 * 60_000
"""Where the homeserver has no delayed events: a ghost is gone by then."""
SAID = 1_000


class Puppeteer:
    """Does the three effects; each may be done twice."""

    def __init__(
        self,
        accounts: PuppetAccounts,
        facts: RoomFacts,
        hand_over: Callable[[Job], Awaitable[None]],
        clock: Clock,
        *,
        service_url: str,
        shown_name: str,
    ) -> None:
        """Wire it.

        Args:
            accounts: The puppets on the homeserver.
            facts: Tells the names and pictures of whom they show.
            hand_over: Begins a job that puts a leave off while the device is connected.
            clock: The time.
            service_url: The `livekit_service_url`, to the letter as all others are told it.
            shown_name: How a puppet is called, with `{name}` in it.
        """
        self._accounts = accounts
        self._facts = facts
        self._hand_over = hand_over
        self._clock = clock
        self._service_url = service_url
        self._shown_name = shown_name
        self._said: set[str] = set()

    async def do(self, room_id: str, effect: ShowPuppet | HidePuppet | PartPuppet) -> None:
        """One of the three."""
        match effect:
            case ShowPuppet():
                await self._show(room_id, effect)
            case HidePuppet():
                await self._hide(room_id, effect)
            case PartPuppet():
                await self._accounts.part(room_id, effect.user_id, effect.device_ids)

    async def _show(self, room_id: str, effect: ShowPuppet) -> None:
        """Say that the device is in the call, for long enough, and see that it ends."""
        user_id, _, device_id = effect.identity.rpartition(":")
        try:
            profile = await self._facts.profile(room_id, effect.owner)
            name = self._shown_name.replace("{name}", profile.name)
            await self._accounts.prepare(user_id, device_id, name, profile.avatar_url)
            await self._accounts.enter(room_id, user_id)
            # First the guard: a membership without one could outlive everybody.
            is_guarded = await self._guarded(room_id, effect.identity)
            await self._say(room_id, effect, LIFE_MS if is_guarded else UNGUARDED_LIFE_MS)
        except Rejected as error:
            # The call works all the same, only that Element's users do not see them in it.
            self._once(f"{effect.owner} is not shown by a puppet in {room_id}: {error}")

    async def _guarded(self, room_id: str, identity: str) -> bool:
        """Whether the membership ends by itself when nobody says any more that it goes on."""
        user_id, _, device_id = identity.rpartition(":")
        key = member_key(user_id, device_id)
        try:
            there = [*await self._accounts.guards(room_id, user_id, key)]
            # One from before a crash would fire by itself, so there is never a second.
            for older in there[1:]:
                await self._accounts.unguard(user_id, older)
            guard = (
                there[0] if there else await self._accounts.guard(room_id, user_id, key, GUARD_MS)
            )
        except Rejected as error:
            self._once(f"puppets end late after a crash, without delayed events (MSC4140): {error}")
            return False
        now = self._clock.now_ms()
        alias, domain = livekit_room(room_id), server_of(user_id)
        try:
            await self._hand_over(Job(alias, identity, domain, guard, GUARD_MS, now))
        except Refused as error:  # we are about to stop
            raise Unavailable("the bridge is stopping") from error
        return True

    async def _say(self, room_id: str, effect: ShowPuppet, life_ms: int) -> None:
        user_id, _, device_id = effect.identity.rpartition(":")
        key = member_key(user_id, device_id)
        said = await self._accounts.said(room_id, key)
        created_ts, expires = None, life_ms
        if said is not None and said.content:
            now = self._clock.now_ms()
            created_ts = int(said.content.get("created_ts", said.sent_ts))
            expires = now - created_ts + life_ms
            left_ms = created_ts + int(said.content.get("expires", 0)) - now
            if life_ms / 2 <= left_ms <= life_ms * 1.5:  # the two clocks may differ
                return
        content = member_content(effect.identity, room_id, self._service_url, expires, created_ts)
        await self._accounts.say(room_id, user_id, key, content)

    async def _hide(self, room_id: str, effect: HidePuppet) -> None:
        """Say that it is not, and leave nothing that would say so of a later stay."""
        user_id, _, device_id = effect.identity.rpartition(":")
        key = member_key(user_id, device_id)
        try:
            said = await self._accounts.said(room_id, key)
            if said is not None and said.content:
                await self._silence(room_id, user_id, key)
        except Rejected as error:  # the bot is out, too: the guard does it
            logger.info("%s says nothing more in %s: %s", user_id, room_id, error)
            return
        try:
            for guard in await self._accounts.guards(room_id, user_id, key):
                await self._accounts.unguard(user_id, guard)
        except Rejected:
            return  # there are none

    async def _silence(self, room_id: str, user_id: str, key: str) -> None:
        try:
            await self._accounts.say(room_id, user_id, key, {})
        except Rejected:  # it was put out of the room
            await self._accounts.clear(room_id, key)

    def _once(self, text: str) -> None:
        if text in self._said:
            return
        if len(self._said) >= SAID:
            self._said.clear()
        self._said.add(text)
        logger.warning("%s", text)
