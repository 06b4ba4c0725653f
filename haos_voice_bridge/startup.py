"""The self test at start: is everybody there, and do they take our keys? If not, what next?"""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from mautrix.api import Method, Path
from tenacity import (
    AsyncRetrying,
    before_sleep_log,
    retry_if_exception_type,
    stop_after_delay,
    wait_exponential,
)

from haos_voice_bridge.adapters.livekit.server import LiveKitServer
from haos_voice_bridge.adapters.matrix.client import MatrixClient
from haos_voice_bridge.config.model import Config
from haos_voice_bridge.errors import (
    HomeserverUnreachable,
    LiveKitKeyRefused,
    LiveKitUnreachable,
    RegistrationError,
    Rejected,
    TokenRefused,
    Unavailable,
)

logger = logging.getLogger(__name__)
T = TypeVar("T")
PING_PATIENCE_S = 15.0


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
        said = await client.request(Method.GET, Path.v3.account.whoami)
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


def _someone_else(config: Config, reason: str) -> RegistrationError:
    return RegistrationError(
        f"the homeserver does not know this bridge as {config.bot_user_id} ({reason}). "
        "homeserver.domain and appservice.bot.username must fit the registration: write it anew "
        "with -g into a new file, put that into the homeserver's configuration, and restart it."
    )


async def check_ping(client: MatrixClient, config: Config) -> None:
    """The homeserver reaches us, with the right hs_token (MSC2659, Matrix 1.7).

    Raises:
        TokenRefused: We do not take the hs_token that it sends.
        RegistrationError: It does not reach us at appservice.address.
    """
    path = Path.v1.appservice[config.appservice.id].ping
    patience = min(PING_PATIENCE_S, config.homeserver.startup_timeout_s)
    began = time.monotonic()

    async def ping() -> None:
        try:
            await client.request(Method.POST, path, {"transaction_id": "start"})
        except Unavailable as error:
            if error.errcode == "M_BAD_STATUS":  # told as 502, yet it will not change by itself
                raise Rejected(str(error), errcode=error.errcode) from error
            raise

    try:
        # Synapse's first try may run into its connection to a bridge that was killed.
        await _patiently(ping, patience)
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
