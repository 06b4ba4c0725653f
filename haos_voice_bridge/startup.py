"""The self test at start: is everybody there, and do they take our keys? If not, what next?"""

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from mautrix.api import Method, Path
from mautrix.util.async_db import Database
from tenacity import (
    AsyncRetrying,
    before_sleep_log,
    retry_if_exception_type,
    stop_after_delay,
    wait_exponential,
)

from haos_voice_bridge.adapters.livekit.server import LiveKitServer
from haos_voice_bridge.adapters.matrix.bot import MatrixBot
from haos_voice_bridge.adapters.matrix.checkup import reserves
from haos_voice_bridge.adapters.matrix.client import MatrixClient
from haos_voice_bridge.adapters.matrix.key_intake import PROBE, probe_key
from haos_voice_bridge.config.model import Config
from haos_voice_bridge.errors import (
    EncryptionUnavailable,
    HomeserverUnreachable,
    LiveKitKeyRefused,
    LiveKitUnreachable,
    RegistrationError,
    Rejected,
    TokenRefused,
    Unavailable,
)
from haos_voice_bridge.ports import Claims
from haos_voice_bridge.registration import puppet_prefix, sender_localpart

if TYPE_CHECKING:  # it needs the extra
    from haos_voice_bridge.adapters.e2ee.setup import Device

logger = logging.getLogger(__name__)
T = TypeVar("T")
PING_PATIENCE_S = 15.0
PROBE_PATIENCE_S = 20.0
PROBE_POLL_S = 0.1


async def check_livekit(livekit: LiveKitServer, config: Config) -> None:
    """LiveKit answers and accepts the key.

    Raises:
        LiveKitUnreachable: No answer in `livekit.startup_timeout_s`.
        LiveKitKeyRefused: It answers, but not to this key and secret.
    """
    url, patience = config.livekit.rpc_url, config.livekit.startup_timeout_s
    try:
        await _patiently(livekit.check, patience)
    except Unavailable as error:
        raise LiveKitUnreachable(
            f"no LiveKit at {url} within {patience:.0f} s ({error}). Is it running? "
            "Check livekit.url, and livekit.api_url where the bridge reaches it elsewhere."
        ) from error
    except Rejected as error:
        raise LiveKitKeyRefused(
            f"LiveKit at {url} refuses the key ({error}). livekit.api_key and livekit.api_secret "
            "must be a pair from `keys` in livekit.yaml."
        ) from error
    logger.info("LiveKit at %s accepts the key", url)


async def check_homeserver(client: MatrixClient, config: Config) -> None:
    """The homeserver answers and knows us as the bot.

    Raises:
        HomeserverUnreachable: No answer in `homeserver.startup_timeout_s`.
        TokenRefused: It does not take the as_token.
        RegistrationError: It takes us for somebody else.
    """
    address, patience = config.homeserver.address, config.homeserver.startup_timeout_s
    try:
        await _patiently(lambda: client.request(Method.GET, Path.versions), patience)
    except Unavailable as error:
        raise HomeserverUnreachable(
            f"no homeserver at {address} within {patience:.0f} s ({error}). "
            "Is it running? Check homeserver.address."
        ) from error
    except Rejected as error:
        if not error.errcode.startswith("M_"):
            raise HomeserverUnreachable(
                f"what answers at {address} is no homeserver ({error}). Check homeserver.address."
            ) from error
        # It is one, and refuses us (Synapse reads the token here too): whoami tells why.
    try:
        said = await _who_am_i(client, config)
    except Rejected as error:
        if error.errcode == "M_FORBIDDEN":
            raise _someone_else(config, str(error)) from error
        raise TokenRefused(
            f"the homeserver at {address} refuses appservice.as_token ({error}). Is the "
            "registration file in its configuration (Synapse: app_service_config_files), with the "
            "same as_token, and was it restarted since?"
        ) from error
    if said.get("user_id") != config.bot_user_id:
        raise _someone_else(config, f"it takes us for {said.get('user_id')}")


async def _who_am_i(client: MatrixClient, config: Config) -> Mapping[str, Any]:
    whoami = Path.v3.account.whoami
    try:
        return await client.request(Method.GET, whoami)
    except Rejected as error:
        if error.errcode != "M_FORBIDDEN" or not config.encryption.enabled:
            raise
    # Ours to use, but not there yet: only the sender of a registration exists by itself. That it
    # is the one of this configuration shows that the bot is no stranger.
    sender = f"@{sender_localpart(config)}:{config.homeserver.domain}"
    await client.request(Method.GET, whoami, as_user=sender)
    try:
        await client.register(config.appservice.bot.username)
        return await client.request(Method.GET, whoami)
    except Rejected as error:
        raise _someone_else(config, str(error)) from error


def _someone_else(config: Config, reason: str) -> RegistrationError:
    return RegistrationError(
        f"the homeserver does not know this bridge as {config.bot_user_id} ({reason}). "
        "homeserver.domain and appservice.bot.username must fit the registration: write it anew "
        "with -g into a new file, put that into the homeserver's configuration, and restart it."
    )


async def check_puppets(client: MatrixClient, config: Config) -> bool:
    """Whether there may be puppets: switched on, and reserved by the registration in use."""
    if not (config.matrix_rtc.puppet_name and config.matrix_rtc.path_prefix):
        return False
    example = f"@{puppet_prefix(config)}:{config.homeserver.domain}"
    try:
        if await _patiently(lambda: reserves(client, example), PING_PATIENCE_S):
            return True
    except Unavailable as error:
        logger.warning("whether there may be puppets is not known: %s", error)
        return True
    logger.warning(
        "the registration reserves no names for puppets, so MatrixRTC clients will not see who "
        "comes by a link: write it anew with -g into a new file, put that into the "
        "homeserver's configuration, and restart it"
    )
    return False


async def ping(client: MatrixClient, appservice_id: str) -> None:
    """Have the homeserver call us (MSC2659, Matrix 1.7); what it owes us comes afterwards."""
    path = Path.v1.appservice[appservice_id].ping
    await client.request(Method.POST, path, {"transaction_id": "ping"})


async def check_ping(client: MatrixClient, config: Config) -> None:
    """The homeserver reaches us, with the right hs_token (MSC2659, Matrix 1.7).

    Raises:
        TokenRefused: We do not take the hs_token that it sends.
        RegistrationError: It does not reach us at appservice.address.
    """
    patience = min(PING_PATIENCE_S, config.homeserver.startup_timeout_s)
    began = time.monotonic()

    async def try_it() -> None:
        try:
            await ping(client, config.appservice.id)
        except Unavailable as error:
            if error.errcode == "M_BAD_STATUS":  # told as 502, yet it will not change by itself
                raise Rejected(str(error), errcode=error.errcode) from error
            raise

    try:
        # Synapse's first try may run into its connection to a bridge that was killed.
        await _patiently(try_it, patience)
    except Rejected as error:
        _ping_refused(config, error)
    except Unavailable as error:
        raise _not_reached(config, str(error)) from error
    else:
        logger.info("the homeserver reaches us (%.0f ms)", (time.monotonic() - began) * 1000)


def _ping_refused(config: Config, error: Rejected) -> None:
    match error.errcode:
        case "M_BAD_STATUS":
            raise TokenRefused(
                f"the homeserver reaches {config.appservice.address} but is refused there: "
                "appservice.hs_token differs from the one in the registration it uses. Copy the "
                "tokens from one to the other, and restart it."
            ) from error
        case "M_UNRECOGNIZED" | "HTTP_404":
            logger.info("the homeserver cannot ping (Matrix before 1.7): not checked")
        case _:
            raise _not_reached(config, str(error)) from error


def _not_reached(config: Config, reason: str) -> RegistrationError:
    return RegistrationError(
        f"the homeserver cannot reach the bridge at {config.appservice.address} ({reason}). "
        "appservice.address must be an address that the homeserver can call, and be the `url` of "
        "the registration."
    )


async def open_device(
    database: Database, client: MatrixClient, claims: Claims, config: Config
) -> "Device | None":
    """The bot's device for encrypted rooms; None where encryption is not enabled.

    Raises:
        EncryptionUnavailable: The extra is not installed, or the stored keys cannot be opened.
    """
    if not config.encryption.enabled:
        return None
    try:
        from haos_voice_bridge.adapters.e2ee import setup  # noqa: PLC0415 (it needs the extra)
    except ImportError as error:
        raise EncryptionUnavailable(
            f"encryption is enabled, but what it needs is not installed ({error}). Install it with "
            "pip install 'haos-voice-bridge[e2ee]' (Python 3.11 or 3.12), or set "
            "encryption.enabled to false."
        ) from error
    return await setup.open_device(database, client, claims, config.encryption.pickle_key)


async def check_encryption(
    device: "Device", bot: MatrixBot, knows: Callable[[str], Awaitable[bool]]
) -> None:
    """Publish the device's keys, and see that what is sent to the device arrives.

    The bot sends itself a message; any bridge on the database may get and store it.

    Raises:
        EncryptionUnavailable: The homeserver lacks something.
    """
    if not bot.has_device:
        raise _encryption_lacks("it gives the bot no device (MSC4190)")
    await device.publish()
    await _can_sync(device.client)
    nonce = uuid.uuid4().hex
    try:
        await bot.send_to_device(
            device.client.user_id, device.device_id, PROBE, {"nonce": nonce}, nonce
        )
    except Rejected as error:
        raise _encryption_lacks(f"it refuses a message to the bot's device: {error}") from error
    deadline = time.monotonic() + PROBE_PATIENCE_S
    while not await knows(probe_key(nonce, is_counted=True)):
        if await knows(probe_key(nonce, is_counted=False)):
            raise _encryption_lacks("its transactions do not say how many keys are left (MSC3202)")
        if time.monotonic() > deadline:
            raise _encryption_lacks(
                f"a message to the bot's device did not arrive within {PROBE_PATIENCE_S:.0f} s "
                "(MSC2409)"
            )
        await asyncio.sleep(PROBE_POLL_S)
    logger.info("encryption is ready: device %s", device.device_id)


async def _can_sync(client: MatrixClient) -> None:
    """The bot can fetch keys that were not delivered; Synapse answers 500 to the sender of one."""
    query = {"timeout": "0", "filter": '{"room":{"rooms":[]}}', "set_presence": "offline"}
    try:
        await _patiently(lambda: client.request(Method.GET, Path.v3.sync, query=query), 5)
    except (Unavailable, Rejected) as error:
        raise _encryption_lacks(f"it does not let the bot sync ({error})") from error


def _encryption_lacks(what: str) -> EncryptionUnavailable:
    return EncryptionUnavailable(
        f"encryption is enabled, but the homeserver is not set up for it: {what}. Synapse needs "
        "experimental_features: {msc2409_to_device_messages_enabled: true, "
        "msc3202_transaction_extensions: true} in homeserver.yaml, and a registration written anew "
        "with -g into a new file (it then has org.matrix.msc3202: true, "
        "and a sender_localpart that is not the bot). Restart it afterwards, or "
        "set encryption.enabled to false."
    )


async def _patiently(ask: Callable[[], Awaitable[T]], patience_s: float) -> T:
    async for attempt in AsyncRetrying(
        retry=retry_if_exception_type(Unavailable),
        stop=stop_after_delay(patience_s),
        wait=wait_exponential(multiplier=0.25, max=5),
        before_sleep=before_sleep_log(logger, logging.INFO),
        reraise=True,
    ):
        with attempt:
            return await ask()
    raise AssertionError("tenacity either returns or raises")  # pragma: no cover
