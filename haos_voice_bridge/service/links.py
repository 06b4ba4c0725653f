"""One-time links: made, sent by direct message, taken back."""

import base64
import hashlib
import hmac
from collections.abc import Callable

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.effects import RevokeLinks, SendDirect, SendLink
from haos_voice_bridge.core.site import Site
from haos_voice_bridge.ports import Clock, Links, MatrixBot
from haos_voice_bridge.service.directs import Directs

LINK_MS = 10 * 60_000
"""How long a link works."""


def hash_of_secret(secret: str) -> str:
    """How the database knows a code or a session."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def codes(as_token: str) -> Callable[[str], str]:
    """A maker of codes: 256 bits, the same for the same effect, unknown without the as_token."""
    secret = hmac.digest(as_token.encode(), b"haos-voice-bridge links", "sha256")

    def code(effect_key: str) -> str:
        digest = hmac.digest(secret, f"link:{effect_key}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    return code


class LinkSender:
    """Does the effects about links and direct messages; each may be done twice."""

    def __init__(
        self,
        *,
        bot: MatrixBot,
        directs: Directs,
        links: Links,
        clock: Clock,
        site: Site,
        code: Callable[[str], str],
    ) -> None:
        self._bot = bot
        self._directs = directs
        self._links = links
        self._clock = clock
        self._site = site
        self._code = code

    async def send_direct(self, effect: SendDirect) -> str:
        """Send it, and give its event id."""
        room_id = await self._directs.room_of(effect.user_id)
        return await self._bot.send(room_id, "m.room.message", effect.content, effect.key)

    async def send_link(self, room_id: str, effect: SendLink) -> str:
        """Note the link, send it, and say so in the room."""
        code = self._code(effect.key)
        await self._links.add(
            hash_of_secret(code),
            user_id=effect.user_id,
            room_id=room_id,
            name=effect.name,
            now=self._clock.now_ms(),
            life_ms=LINK_MS,
        )
        link = self._site.entry_link(code)
        minutes = LINK_MS // 60_000
        content = contents.entry_link(effect.room_name, link, self._site.prefix, minutes)
        await self.send_direct(SendDirect(effect.key, effect.user_id, content))
        return await self._reply(room_id, effect, "I sent you a link in our direct chat.")

    async def revoke(self, room_id: str, effect: RevokeLinks) -> str:
        """Void them, and say so."""
        count = await self._links.revoke(effect.user_id, room_id)
        told = (
            "Your links into this room's call are void, and so is what was opened with them."
            if count
            else "You have no link into this room's call."
        )
        return await self._reply(room_id, effect, told)

    async def _reply(self, room_id: str, effect: SendLink | RevokeLinks, text: str) -> str:
        notice = contents.notice(text)
        content = contents.related(notice, "reply", effect.reply_to, effect.thread)
        return await self._bot.send(room_id, "m.room.message", content, f"reply:{effect.reply_to}")
