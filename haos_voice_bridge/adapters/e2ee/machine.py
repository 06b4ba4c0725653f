"""mautrix's crypto, made safe to interrupt at any instant and to share between processes.

What is changed, and why:

- mautrix keeps the account and Olm sessions in memory. `KeyStore.forget` drops them, so that a
  turn never works with what a failed turn, or another bridge on the same database, left behind.
- One-time keys are written down before they are published: whoever claims one must be answerable.
- Nothing runs in the background: a broken Olm session is noted and mended by the caller.
- A room key never replaces one that is there, so nobody can claim another's session.
"""

from collections.abc import Coroutine
from typing import Any

from mautrix.crypto import OlmMachine, PgCryptoStore
from mautrix.types import (
    DecryptedOlmEvent,
    EncryptionKeyAlgorithm,
    ForwardedRoomKeyEventContent,
    IdentityKey,
    RoomKeyEventContent,
    UserID,
)

NO_MORE_ONE_TIME_KEYS = 1_000_000


class KeyStore(PgCryptoStore):
    """The `crypto_*` tables."""

    def forget(self) -> None:
        """Read everything anew from the database."""
        self._account = None
        self._sync_token = None
        self._olm_cache.clear()


class Machine(OlmMachine):
    """The bot's device."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (mautrix's own)
        super().__init__(*args, **kwargs)
        self.wedged: set[tuple[UserID, IdentityKey]] = set()
        self.received: list[str] = []

    def _unwedge_session(  # mautrix only ever spawns what comes back
        self, sender: UserID, sender_key: IdentityKey
    ) -> Coroutine[Any, Any, None]:
        self.wedged.add((sender, sender_key))
        return _nothing()

    async def mend(self) -> None:
        """Begin new Olm sessions where one was broken (spec, "Recovering from undecryptable")."""
        wedged, self.wedged = self.wedged, set()
        for sender, sender_key in wedged:
            await super()._unwedge_session(sender, sender_key)

    async def _receive_room_key(self, evt: DecryptedOlmEvent) -> None:
        content = evt.content
        if not isinstance(content, RoomKeyEventContent):
            return
        if not await self.crypto_store.has_group_session(content.room_id, content.session_id):
            await super()._receive_room_key(evt)
        self.received.append(content.room_id)

    async def _receive_forwarded_room_key(self, evt: DecryptedOlmEvent) -> None:
        """Take a key from its owner only: anybody could forward one in another's name."""
        content = evt.content
        if not isinstance(content, ForwardedRoomKeyEventContent):
            return
        if content.sender_key == evt.sender_key:
            await super()._receive_forwarded_room_key(evt)
            self.received.append(content.room_id)

    async def _fill_encryption_info(self, evt: RoomKeyEventContent) -> None:
        """Do nothing: mautrix would ask the homeserver, inside a database transaction."""

    async def publish_keys(self, count: int | None) -> None:
        """Upload the device's keys if need be, and one-time keys up to half of what fits.

        Args:
            count: How many one-time keys the homeserver has; None: ask it.
        """
        account, me, device = self.account, self.client.mxid, self.client.device_id
        if account is None:
            raise RuntimeError("the account is not loaded")
        if count is None:
            counts = await self.client.upload_keys()
            count = counts.get(EncryptionKeyAlgorithm.SIGNED_CURVE25519, 0)
        waiting = len(account.one_time_keys.get("curve25519", {}))
        missing = account.max_one_time_keys // 2 - count - waiting
        if missing > 0:
            account.generate_one_time_keys(missing)
            await self.crypto_store.put_account(account)
        new = account.get_one_time_keys(me, device, NO_MORE_ONE_TIME_KEYS)
        own = None if account.shared else account.get_device_keys(me, device)
        if not new and own is None:
            return
        await self.client.upload_keys(one_time_keys=new, device_keys=own)
        account.shared = True
        account.mark_keys_as_published()
        await self.crypto_store.put_account(account)


async def _nothing() -> None:
    return None
