"""Sessions of the web client: opened by a one-time link or a Matrix OpenID token."""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from haos_voice_bridge.core.call import is_in_call
from haos_voice_bridge.core.ids import DEVICE_LIMIT, identity_of, is_device
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.core.puppets import LINK_DEVICE
from haos_voice_bridge.core.request import Refusal
from haos_voice_bridge.core.text import shown_name
from haos_voice_bridge.errors import NotLetIn
from haos_voice_bridge.ports import Clock, Links, Session, Store
from haos_voice_bridge.service.links import hash_of_secret
from haos_voice_bridge.service.room_view import RoomView
from haos_voice_bridge.token_service.ports import OpenIdProvider
from haos_voice_bridge.token_service.refused import NotVerified
from haos_voice_bridge.token_service.requests import OpenIdToken

logger = logging.getLogger(__name__)

SESSION_MS = 12 * 3_600_000


class Sessions:
    """Secrets are known by their hashes alone."""

    def __init__(
        self,
        *,
        links: Links,
        store: Store,
        openid: OpenIdProvider,
        role: Callable[[str], Role],
        view: RoomView,
        clock: Clock,
    ) -> None:
        """`role`: what the config grants a user."""
        self._links = links
        self._store = store
        self._openid = openid
        self._role = role
        self._view = view
        self._clock = clock

    async def by_link(self, code: str) -> Mapping[str, Any]:
        """Exchange a link's code for a session, once.

        Raises:
            NotLetIn: The link is used, too old, void or unknown, or its user left the room.
        """
        secret = secrets.token_urlsafe(32)
        opened = await self._links.redeem(
            hash_of_secret(code),
            session_hash=hash_of_secret(secret),
            device_id=_new_device(LINK_DEVICE),
            now=self._clock.now_ms(),
            life_ms=SESSION_MS,
        )
        if isinstance(opened, str):
            hint = "Type “join” in the room again to get a new one."
            raise NotLetIn(Refusal("LINK_SPENT", f"{opened} {hint}"))
        await self._view.admitted(opened.room_id, opened.user_id)
        return await self._answer(secret, opened)

    async def by_openid(
        self, server_name: str, access_token: str, *, room_id: str, device_id: str
    ) -> Mapping[str, Any]:
        """Exchange an OpenID token for a session; `room_id` empty: for all of the user's rooms.

        Raises:
            NotLetIn: The token is nobody's, or they are not in the room, or the config blocks them.
        """
        if not is_device(device_id) or device_id.startswith(LINK_DEVICE):
            told = (
                f"`device_id` must be 1 to {DEVICE_LIMIT} visible characters without a colon, "
                f"and not begin with {LINK_DEVICE}."
            )
            raise NotLetIn(Refusal("BAD_REQUEST", told))
        user_id = await self._verified(OpenIdToken(server_name, access_token))
        if room_id:
            await self._view.admitted(room_id, user_id)
        elif self._role(user_id) is Role.BLOCK:
            raise NotLetIn(Refusal("FORBIDDEN", "This bridge's admin does not let you in."))
        secret = secrets.token_urlsafe(32)
        session = Session(
            key=hash_of_secret(secret),
            user_id=user_id,
            device_id=device_id or _new_device("WEB"),
            room_id=room_id,
            name=shown_name(None, user_id),
            expires_ts=self._clock.now_ms() + SESSION_MS,
        )
        await self._links.begin(session)
        logger.info("%s opened a session by OpenID", user_id)
        return await self._answer(secret, session)

    async def session(self, secret: str) -> Session:
        """The session.

        Raises:
            NotLetIn: There is none, or no more.
        """
        found = await self._links.session(hash_of_secret(secret), self._clock.now_ms())
        if found is None:
            raise NotLetIn(Refusal("SESSION_ENDED", "This session is over. Open a new one."))
        return found

    async def entering(self, session: Session, room_id: str) -> Session:
        """The session, for something in that room.

        One for another room follows its device, once a moderator moved that to this room's call.

        Raises:
            NotLetIn: It is for another room.
        """
        if session.room_id in ("", room_id):
            return session
        room = await self._store.load(room_id)
        identity = identity_of(session.user_id, session.device_id)
        is_moved = any(a.identity == identity and a.origin for a in room.admissions)
        if not is_moved and not is_in_call(room, identity):
            raise NotLetIn(Refusal("FORBIDDEN", "This session is for another room."))
        await self._links.move(session.key, room_id)
        return replace(session, room_id=room_id)

    async def end(self, session: Session) -> None:
        """It is over."""
        await self._links.end(session.key)

    async def _verified(self, token: OpenIdToken) -> str:
        try:
            return await self._openid.user_of(token)
        except NotVerified as error:
            logger.info("an OpenID token of %s: %s", token.server_name, error)
            told = "Your homeserver does not vouch for this token. Sign in again."
            raise NotLetIn(Refusal("NOT_VERIFIED", told)) from error

    async def _answer(self, secret: str, session: Session) -> Mapping[str, Any]:
        answer = {
            "session": secret,
            "expires_ts": session.expires_ts,
            "user_id": session.user_id,
            "device_id": session.device_id,
            "name": session.name,
            "avatar_url": "",
            "room_id": session.room_id,
        }
        if session.room_id:
            profile = await self._view.profile(session.room_id, session.user_id)
            answer |= {"name": profile.name, "avatar_url": profile.avatar_url}
        return answer


def _new_device(kind: str) -> str:
    return f"{kind}{secrets.token_hex(5).upper()}"
