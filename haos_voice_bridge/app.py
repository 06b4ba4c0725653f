"""The composition root, the only file that names every adapter: start, stop, signals."""

import asyncio
import logging
import signal
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial

import aiohttp
from mautrix.api import Method, Path

from haos_voice_bridge import __version__, startup
from haos_voice_bridge.adapters.db.claims import claims_for
from haos_voice_bridge.adapters.db.connection import open_database
from haos_voice_bridge.adapters.db.delayed_leaves import SqlDelayedLeaves
from haos_voice_bridge.adapters.db.identities import SqlIdentities
from haos_voice_bridge.adapters.db.inbox import SqlInbox
from haos_voice_bridge.adapters.db.links import SqlLinks
from haos_voice_bridge.adapters.db.people import SqlPeople
from haos_voice_bridge.adapters.db.statuses import SqlStatuses
from haos_voice_bridge.adapters.db.store import SqlStore
from haos_voice_bridge.adapters.http import web_client
from haos_voice_bridge.adapters.http.health import Health
from haos_voice_bridge.adapters.http.server import HttpServer
from haos_voice_bridge.adapters.livekit.echo import EchoTests
from haos_voice_bridge.adapters.livekit.server import LiveKitServer
from haos_voice_bridge.adapters.livekit.tokens import Tokens
from haos_voice_bridge.adapters.livekit.webhooks import Webhooks, webhook
from haos_voice_bridge.adapters.matrix import translate
from haos_voice_bridge.adapters.matrix.bot import MatrixBot
from haos_voice_bridge.adapters.matrix.client import MatrixClient
from haos_voice_bridge.adapters.matrix.facts import RoomFacts
from haos_voice_bridge.adapters.matrix.intake import Intake
from haos_voice_bridge.adapters.matrix.join_request import to_device
from haos_voice_bridge.adapters.matrix.key_intake import KeyIntake
from haos_voice_bridge.adapters.matrix.pictures import MatrixPictures
from haos_voice_bridge.adapters.matrix.presence import Presence
from haos_voice_bridge.adapters.matrix.puppets import MatrixPuppets
from haos_voice_bridge.aio import TaskScope
from haos_voice_bridge.checkup import Patient, doctor_for
from haos_voice_bridge.client_routes import Serving, serve_client
from haos_voice_bridge.config.model import Config
from haos_voice_bridge.core.effects import Queue
from haos_voice_bridge.core.permissions import Role, role_of
from haos_voice_bridge.core.puppets import PuppetNames
from haos_voice_bridge.core.site import Site
from haos_voice_bridge.housekeeping import forget_hourly, forget_old_calls
from haos_voice_bridge.matrixrtc import MatrixRtc, Parts
from haos_voice_bridge.pages import front_door, well_known
from haos_voice_bridge.ports import NewArrival
from haos_voice_bridge.registration import puppet_prefix
from haos_voice_bridge.service.channels import ChannelMaker
from haos_voice_bridge.service.delivery import Delivery
from haos_voice_bridge.service.devices import DeviceMedia
from haos_voice_bridge.service.directs import MadeDirects
from haos_voice_bridge.service.echoes import Echoes
from haos_voice_bridge.service.encrypted import CATCH_UP_S, TRY_AGAIN_S, Encrypted
from haos_voice_bridge.service.entry import Entry
from haos_voice_bridge.service.links import LinkSender, codes
from haos_voice_bridge.service.members import Membership
from haos_voice_bridge.service.nudge import Nudge
from haos_voice_bridge.service.outage import Outage
from haos_voice_bridge.service.perform import Hands, Performer
from haos_voice_bridge.service.puppet_media import PuppetMedia
from haos_voice_bridge.service.puppets import Puppeteer
from haos_voice_bridge.service.rooms import Rooms
from haos_voice_bridge.service.statuses import StatusKeeper
from haos_voice_bridge.service.watch import Watch
from haos_voice_bridge.service.world import Settings, World
from haos_voice_bridge.token_service.jobs import Job

logger = logging.getLogger(__name__)

TAKE_REFUSED_S = 1.0
STOP_S = 10.0


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return time.time_ns() // 1_000_000


async def run(config: Config) -> None:
    """Run until SIGINT or SIGTERM.

    Raises:
        StartupError: It cannot start; the text says the next step.
    """
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    async with AsyncExitStack() as stack:
        starting = asyncio.ensure_future(_start(config, stack))
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.wait({starting})
            return
        starting.result()
        await stopping
        logger.info("stopping: work under way is finished first")
    logger.info("stopped")


async def _start(config: Config, stack: AsyncExitStack) -> None:  # noqa: PLR0915 (step by step)
    """Start everything; `stack` stops it in reverse: first the intake, last the database."""
    logger.info("haos-voice-bridge %s as %s", __version__, config.bot_user_id)
    clock = SystemClock()
    database = await open_database(config.database.uri)
    stack.push_async_callback(database.stop)
    claims = claims_for(config.database.uri)
    stack.push_async_callback(claims.close)
    session = await stack.enter_async_context(aiohttp.ClientSession())
    scope = TaskScope()
    stack.push_async_callback(scope.close, STOP_S)

    client = MatrixClient(
        session, config.homeserver.address, config.appservice.as_token, config.bot_user_id
    )
    livekit_keys = (config.livekit.api_key, config.livekit.api_secret)
    livekit = LiveKitServer(session, config.livekit.rpc_url, *livekit_keys)
    watch, inbox, people = Watch(), SqlInbox(database), SqlPeople(database)
    store, identities = SqlStore(database, watch.saved), SqlIdentities(database)
    device = await startup.open_device(database, client, claims, config)
    bot = MatrixBot(client, device.device_id, device.cipher.seal) if device else MatrixBot(client)
    tokens = Tokens(config.livekit.url, *livekit_keys, clock)
    profile, permissions = config.appservice.bot, config.bridge.permissions
    names = PuppetNames(puppet_prefix(config), config.homeserver.domain)
    facts = RoomFacts(client, permissions, names)
    media = DeviceMedia(PuppetMedia(livekit, names), identities)
    reading = translate.Reading(
        config.bot_user_id,
        profile.displayname,
        config.bridge.command_prefix,
        permissions,
        reads_encrypted=device is not None,
        puppets=names,
    )

    async def arrived(arrivals: list[NewArrival]) -> None:
        await rooms.accept(arrivals)

    def owed(room_id: str, queue: Queue) -> None:
        delivery.wake(room_id, queue)

    async def hand_over(job: Job) -> None:
        await rtc.hand_over(job)

    puppeteer = Puppeteer(
        MatrixPuppets(client, bot),
        facts,
        hand_over,
        clock,
        service_url=config.livekit_service_url,
        shown_name=config.matrix_rtc.puppet_name,
    )
    keeper = StatusKeeper(Presence(client), SqlStatuses(database))
    site = _site(config, names, reads_encrypted=device is not None)
    links = SqlLinks(database)
    sender = LinkSender(
        bot=bot,
        directs=MadeDirects(bot, store, facts),
        links=links,
        clock=clock,
        site=site,
        code=codes(config.appservice.as_token),
    )
    echo_tests = EchoTests(livekit, tokens, scope, config.livekit.own_url)
    stack.push_async_callback(echo_tests.close)
    echoes = Echoes(echo_tests, media.names, store, clock, owed)
    doctor = doctor_for(Patient(config, session, database, client, livekit, facts, clock))
    channels = ChannelMaker(bot, config.bot_user_id, site)
    hands = Hands(
        bot=bot,
        media=media,
        tokens=tokens,
        store=store,
        clock=clock,
        statuses=keeper,
        echoes=echoes,
        doctor=doctor,
        arrived=arrived,
        people=people,
        links=sender,
        channels=channels,
        puppets=puppeteer,
    )
    peers = _peers(client, livekit, store, scope)
    delivery = Delivery(store, Performer(hands, config.bot_user_id), claims, scope, peers)
    encrypted = None
    if device is not None:
        encrypted = Encrypted(
            device.cipher, inbox, store, clock, delivery.wake, arrived, reading.wants
        )
    world = World(
        inbox=inbox,
        store=store,
        facts=facts,
        media=media,
        clock=clock,
        claims=claims,
        people=people,
        translators={
            "matrix": partial(translate.matrix_event, reading),
            "to_device": to_device,
            "livekit": partial(webhook, puppet_of=names.device_of),
            "internal": translate.internal,
            "keys": lambda _: None,  # left from when encryption was enabled
        },
        homeserver=peers["matrix"],
        encrypted=encrypted,
    )
    settings = Settings(site, config.bot_user_id, _admins(permissions))
    rooms = Rooms(world, settings, scope, delivery.wake)

    health = Health()
    http = HttpServer(config.appservice.hostname, config.appservice.port)
    keys = None if device is None else KeyIntake(config.bot_user_id, device.device_id)
    membership = Membership(facts)

    async def offered(arrivals: list[NewArrival]) -> None:
        membership.forget(a.room_id for a in arrivals if a.payload.get("type") == "m.room.member")
        await rooms.offer(arrivals)

    nudge = Nudge(rooms.takes, partial(startup.ping, client, config.appservice.id), scope)
    Intake(
        config.appservice.hs_token, reading, offered, store.direct_users, keys, nudge.refused
    ).add_routes(http.router)
    entry = Entry(world, tokens, site, rooms.saved)
    rtc = MatrixRtc(
        config,
        Parts(session, store, entry, identities, SqlDelayedLeaves(database), claims, clock, scope),
        stack,
        http.router,
    )
    webhooks = Webhooks(
        *livekit_keys,
        store.room_of_livekit,
        rooms.offer,
        rooms.recount_all,
        identities.devices,
        rtc.told,
    )
    webhooks.add_routes(http.router)
    scope.repeat(webhooks.take_refused, TAKE_REFUSED_S, name="take what was refused")
    pictures = MatrixPictures(
        session, config.homeserver.address, config.appservice.as_token, config.bot_user_id
    )
    serve_client(
        http,
        Serving(
            world, settings, entry, links, watch, membership, rtc.openid, pictures, rooms.saved
        ),
        partial(role_of, permissions=permissions),
    )
    health.add_routes(http.router)
    front_door(session, config).add_routes(http.router)
    if config.matrix_rtc.well_known.serve:
        well_known(config).add_routes(http.router)

    await http.start()
    stack.push_async_callback(http.stop)
    await _check(livekit, client, bot, config)
    if device is not None:
        await startup.check_encryption(device, bot, inbox.knows)
    entry.has_puppets = await startup.check_puppets(client, config)
    client.expect_token_to_hold()
    await forget_hourly(inbox, store, links, identities, clock, scope)
    if device is not None and encrypted is not None:
        scope.repeat(device.restore, TRY_AGAIN_S, name="give a new device its keys")
        scope.repeat(encrypted.try_again, TRY_AGAIN_S, name="look for keys that came")
        scope.repeat(encrypted.catch_up, CATCH_UP_S, name="fetch keys that were missed")
    forget_old_calls(database, config.history.keep_days, clock, scope)
    if encrypted is not None:
        await encrypted.catch_up()
    await rooms.start()
    await delivery.start()
    await rtc.start()
    health.ready = True
    logger.info("ready: invite %s into a room", config.bot_user_id)


def _site(config: Config, names: PuppetNames, *, reads_encrypted: bool) -> Site:
    status_domain = config.homeserver.domain if config.bridge.show_status else ""
    return Site(
        public_url=config.bridge.public_url,
        status_domain=status_domain,
        prefix=config.bridge.command_prefix,
        reads_encrypted=reads_encrypted,
        has_client=web_client.built() is not None,
        bot_user_id=config.bot_user_id,
        puppets=names,
        own_foci=(config.livekit_service_url, config.livekit.url),
    )


def _peers(
    client: MatrixClient, livekit: LiveKitServer, store: SqlStore, scope: TaskScope
) -> dict[Queue, Outage]:
    async def ask() -> None:
        # The lanes wait for either: what is read of the homeserver is written to the database.
        await client.request(Method.GET, Path.versions)
        await store.active_rooms()

    homeserver = Outage("the homeserver and the database", ask, scope)
    sfu = Outage("LiveKit", livekit.check, scope)
    from_homeserver: tuple[Queue, ...] = ("matrix", "status", "direct", "report", "puppet")
    return {**dict.fromkeys(from_homeserver, homeserver), "media": sfu}


def _admins(permissions: Mapping[str, Role]) -> tuple[str, ...]:
    return tuple(name for name, role in permissions.items() if role is Role.ADMIN)


async def _check(
    livekit: LiveKitServer, client: MatrixClient, bot: MatrixBot, config: Config
) -> None:
    profile = config.appservice.bot
    await startup.check_livekit(livekit, config)
    await startup.check_homeserver(client, config)
    await bot.prepare(profile.username, profile.displayname, profile.avatar)
    await startup.check_ping(client, config)
