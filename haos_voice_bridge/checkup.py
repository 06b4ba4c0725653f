"""The checks that fit an installation, put together for the bot and for the command line."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial

import aiohttp
from mautrix.util.async_db import Database

from haos_voice_bridge.adapters.db.checkup import DatabaseCheckup
from haos_voice_bridge.adapters.db.store import SqlStore
from haos_voice_bridge.adapters.livekit.checkup import LiveKitCheckup
from haos_voice_bridge.adapters.livekit.server import LiveKitServer
from haos_voice_bridge.adapters.matrix.checkup import HomeserverCheckup
from haos_voice_bridge.adapters.matrix.client import MatrixClient
from haos_voice_bridge.adapters.matrix.discovery_checkup import DiscoveryCheckup, Places
from haos_voice_bridge.config.model import Config
from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.checkup import Finding
from haos_voice_bridge.ports import Clock, RoomFacts
from haos_voice_bridge.registration import puppet_prefix
from haos_voice_bridge.service.doctor import (
    Check,
    Doctor,
    call_member_levels,
    puppet_rooms,
    set_aside,
)

SKEW_S, BAD_SKEW_S = 5.0, 30.0
"""A token lives 60 s: half of it lost to a clock is too much."""
TIMEOUT = aiohttp.ClientTimeout(total=5)


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined."""

    config: Config
    session: aiohttp.ClientSession
    database: Database
    client: MatrixClient
    livekit: LiveKitServer
    facts: RoomFacts
    clock: Clock


def doctor_for(patient: Patient) -> Doctor:
    """A doctor who knows all checks."""
    config, session = patient.config, patient.session
    url, key, secret = config.livekit.rpc_url, config.livekit.api_key, config.livekit.api_secret
    homeserver = HomeserverCheckup(patient.client, config.appservice.id)
    livekit = LiveKitCheckup(patient.livekit, session, url, key, secret)
    database = DatabaseCheckup(patient.database, config.database.kind, patient.clock)
    versions = f"{config.homeserver.address}/_matrix/client/versions"
    return Doctor(
        [
            ("The homeserver", homeserver.answers),
            ("The way from the homeserver", homeserver.reaches_us),
            ("The homeserver's clock", partial(clock, session, versions, "The homeserver's clock")),
            ("LiveKit", livekit.answers),
            ("LiveKit's configuration", livekit.opens_no_rooms),
            ("LiveKit's webhooks", database.webhooks),
            ("LiveKit's clock", partial(clock, session, url, "LiveKit's clock")),
            ("The database", database.answers),
            (
                "What was set aside",
                partial(set_aside, database.set_aside, patient.facts, config.bot_user_id),
            ),
            *_discovery(patient),
        ]
    )


def _discovery(patient: Patient) -> Sequence[tuple[str, Check]]:
    """What MatrixRTC clients need; nothing where the bridge is no token service."""
    config = patient.config
    if not config.matrix_rtc.path_prefix:
        return []
    rooms = SqlStore(patient.database).known_rooms
    places = Places(config.homeserver.address, config.well_known_url, config.livekit_service_url)
    found = DiscoveryCheckup(patient.session, patient.client, places)
    return [
        (".well-known/matrix/client", found.well_known),
        ("The homeserver's list of call servers", found.transports),
        ("What the homeserver can do", found.features),
        ("The homeserver's OpenID", found.openid),
        ("The token service", found.service),
        (
            "The rooms' levels for MatrixRTC",
            partial(call_member_levels, rooms, patient.facts, config.bot_user_id),
        ),
        *(_puppets(patient, rooms) if config.matrix_rtc.puppet_name else ()),
    ]


def _puppets(
    patient: Patient, rooms: Callable[[], Awaitable[Sequence[Room]]]
) -> Sequence[tuple[str, Check]]:
    config = patient.config
    example = f"@{puppet_prefix(config)}:{config.homeserver.domain}"
    homeserver = HomeserverCheckup(patient.client, config.appservice.id)
    return [
        ("The registration", partial(homeserver.reserves_puppets, example)),
        (
            "The rooms' levels for puppets",
            partial(puppet_rooms, rooms, patient.facts, config.bot_user_id, example),
        ),
    ]


async def clock(session: aiohttp.ClientSession, url: str, name: str) -> Sequence[Finding]:
    """How far a server's clock is from ours, by the `Date` of its answers (whole seconds)."""
    began = time.time()
    try:
        async with session.get(url, timeout=TIMEOUT) as answer:
            said = answer.headers.get("Date", "")
        theirs = parsedate_to_datetime(said).timestamp() + 0.5
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return [Finding("warning", f"{name} is not known: no answer.", detail=str(error))]
    except ValueError:
        return [Finding("ok", f"{name} is not known: its answers have no date.")]
    skew = theirs - (began + time.time()) / 2
    if abs(skew) <= SKEW_S:
        return [Finding("ok", f"{name} agrees with the bridge's.")]
    way = "ahead of" if skew > 0 else "behind"
    text = f"{name} is {abs(skew):.0f} s {way} the bridge's."
    advice = "Let both machines keep time by NTP: tokens live 60 s."
    return [Finding("error" if abs(skew) > BAD_SKEW_S else "warning", text, advice)]
