"""The bot's device and its keys: opened at start, published, and tried out.

A new account gets a device ID of its own: clients refuse a device whose keys have changed.
"""

import logging
from dataclasses import dataclass

from mautrix.api import Method, Path
from mautrix.crypto import OlmAccount
from mautrix.crypto.cross_signing_key import CrossSigningSeeds
from mautrix.crypto.store import PgCryptoStateStore
from mautrix.types import CrossSigner, CrossSigningUsage, DeviceID
from mautrix.util.async_db import Database
from olm.account import OlmAccountError

from haos_voice_bridge.adapters.db.connection import outages
from haos_voice_bridge.adapters.e2ee.cipher import Cipher
from haos_voice_bridge.adapters.e2ee.exclusive import Exclusive
from haos_voice_bridge.adapters.e2ee.key_api import KeyApi
from haos_voice_bridge.adapters.e2ee.machine import KeyStore, Machine
from haos_voice_bridge.adapters.e2ee.rooms import EncryptedRooms
from haos_voice_bridge.adapters.matrix.bot import DEVICE_ID
from haos_voice_bridge.adapters.matrix.client import MatrixClient
from haos_voice_bridge.errors import EncryptionUnavailable, Rejected
from haos_voice_bridge.ports import Claims

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Device:
    """The bot's device, opened but not yet published."""

    device_id: str
    cipher: Cipher
    machine: Machine
    client: MatrixClient
    exclusive: Exclusive

    async def publish(self) -> None:
        """Bring the homeserver's side up to date: keys, signatures, and no older device of ours.

        Raises:
            EncryptionUnavailable: The homeserver does not take the keys.
        """
        try:
            with outages():
                async with self.exclusive.turn():
                    await self.cipher.load()
                    await self._publish_keys()
                    await self._sign()
                await self._delete_older()
        except Rejected as error:
            raise EncryptionUnavailable(
                f"the homeserver does not take the bot's keys ({error.errcode} {error}). Is it new "
                "enough (Synapse 1.141), and is the database of this bridge the newest one?"
            ) from error

    async def restore(self) -> None:
        """Publish the same keys again if the device was deleted and made anew meanwhile.

        No older device is deleted here: two bridges that have the bot by mistake would go on for
        ever deleting each other's.
        """
        if not self.client.has_new_device:
            return
        with outages():
            async with self.exclusive.turn():
                self.client.has_new_device = False
                try:
                    await self.cipher.load()
                    await self._publish_keys()
                    await self._sign()
                except BaseException:
                    self.client.has_new_device = True
                    raise

    async def _publish_keys(self) -> None:
        machine, me = self.machine, self.machine.client.mxid
        there = await machine.client.query_keys([me])
        account = machine.account
        if account is not None and DeviceID(self.device_id) not in there.device_keys.get(me, {}):
            account.shared = False  # lost there, or never arrived
        await machine.publish_keys(None)

    async def _sign(self) -> None:
        """Sign the device by an identity of the bot's, or some clients give it no keys (MSC4153).

        The private halves are forgotten: a new device gets a new identity.
        """
        machine, me = self.machine, self.machine.client.mxid
        async with machine._fetch_keys_lock:  # noqa: SLF001 (mautrix has no other way)
            await machine._fetch_keys([me], include_untracked=True)  # noqa: SLF001
        known = await machine.crypto_store.get_cross_signing_keys(me)
        own = CrossSigner(me, machine.own_identity.signing_key)
        signing = known.get(CrossSigningUsage.SELF)
        if signing is not None and await machine.crypto_store.is_key_signed_by(
            own, CrossSigner(me, signing.key)
        ):
            return
        try:
            keys = CrossSigningSeeds.generate().to_keys()
            await machine._publish_cross_signing_keys(keys)  # noqa: SLF001
            await machine.sign_own_device(machine.own_identity)
        except Rejected as error:
            logger.warning(
                "the bot's device could not be signed (%s): clients that leave out devices not "
                "signed by their owner will not let the bot read",
                error,
            )

    async def _delete_older(self) -> None:
        found = await self.client.request(Method.GET, Path.v3.devices)
        for device in found.get("devices", []):
            older = str(device.get("device_id"))
            if older.startswith(DEVICE_ID) and older != self.device_id:
                await self.client.request(Method.DELETE, Path.v3.devices[older])


async def open_device(
    database: Database, client: MatrixClient, claims: Claims, pickle_key: str
) -> Device:
    """Read the account from the database, or make one.

    Raises:
        EncryptionUnavailable: The stored keys cannot be opened with this pickle key.
    """
    store = KeyStore(client.user_id, pickle_key, database)
    state = PgCryptoStateStore(database)
    exclusive = Exclusive(claims)
    with outages():
        async with exclusive.turn():
            # mautrix's tables have versions of their own.
            await KeyStore.upgrade_table.upgrade(database)
            await PgCryptoStateStore.upgrade_table.upgrade(database)
            device_id = await _device_id(store)
    machine = Machine(KeyApi(client, device_id), store, state)
    rooms = EncryptedRooms(client, state)
    cipher = Cipher(database, store, machine, rooms, exclusive, client)
    return Device(device_id, cipher, machine, client, exclusive)


async def _device_id(store: KeyStore) -> str:
    try:
        account: OlmAccount | None = await store.get_account()
    except OlmAccountError as error:
        raise EncryptionUnavailable(
            "encryption.pickle_key is not the one that the keys in the database were stored with "
            f"({error}). Put the old key back. If it is lost: stop the bridge, drop the tables "
            "whose names begin with crypto_ from the database, and start anew; the bot then has a "
            "new device, and cannot read what was written to the old one."
        ) from error
    if account is None:
        account = OlmAccount()
        await store.put_device_id(DeviceID(f"{DEVICE_ID}_{_short(account)}"))
        await store.put_account(account)
    return str(await store.get_device_id())


def _short(account: OlmAccount) -> str:
    letters = [letter for letter in account.signing_key if letter.isalnum()]
    return "".join(letters[:8]).upper()
