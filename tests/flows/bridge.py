"""The whole bridge but for its sockets: the real service on a real SQLite file, and fake peers."""

import asyncio
import itertools
from contextlib import asynccontextmanager
from functools import partial

from livekit import api

from haos_voice_bridge.adapters.db.claims import SoleClaims
from haos_voice_bridge.adapters.db.connection import open_database
from haos_voice_bridge.adapters.db.history import calls_of_room
from haos_voice_bridge.adapters.db.identities import SqlIdentities
from haos_voice_bridge.adapters.db.inbox import SqlInbox
from haos_voice_bridge.adapters.db.links import SqlLinks
from haos_voice_bridge.adapters.db.people import SqlPeople
from haos_voice_bridge.adapters.db.statuses import SqlStatuses
from haos_voice_bridge.adapters.db.store import SqlStore
from haos_voice_bridge.adapters.livekit.webhooks import _kept, webhook
from haos_voice_bridge.adapters.matrix import translate
from haos_voice_bridge.adapters.matrix.join_request import to_device
from haos_voice_bridge.aio import TaskScope
from haos_voice_bridge.core.call import Active
from haos_voice_bridge.core.ids import livekit_room
from haos_voice_bridge.ports import NewArrival
from haos_voice_bridge.service.channels import ChannelMaker
from haos_voice_bridge.service.delivery import Delivery
from haos_voice_bridge.service.devices import DeviceMedia
from haos_voice_bridge.service.directs import MadeDirects
from haos_voice_bridge.service.doctor import Doctor
from haos_voice_bridge.service.echoes import Echoes
from haos_voice_bridge.service.links import LinkSender, codes
from haos_voice_bridge.service.outage import Outage
from haos_voice_bridge.service.perform import Hands, Performer
from haos_voice_bridge.service.rooms import Rooms
from haos_voice_bridge.service.statuses import StatusKeeper
from haos_voice_bridge.service.world import Settings, World
from tests.adapters.raw import READING, asking, event, message, state
from tests.fakes.fake_bot import FakeBot
from tests.fakes.fake_echoes import FakeEchoes
from tests.fakes.fake_facts import FakeFacts
from tests.fakes.fake_media import FakeMedia, FakeTokens
from tests.fakes.fake_presence import FakePresence
from tests.fakes.peer import Fate
from tests.fakes.people import ANA, BOT, ROOM, SITE
from tests.fakes.virtual_time import VirtualClock

LEFT = api.DisconnectReason.CLIENT_INITIATED
DROPPED = api.DisconnectReason.SIGNAL_CLOSE


class Outside:
    """What outlives the bridge: the peers, and the people."""

    def __init__(self, kill_at=None):
        self.clock = VirtualClock()
        self.fate = Fate(kill_at)
        self.bot = FakeBot(self.fate)
        self.facts = FakeFacts(self.fate)
        self.facts.directs = self.bot.directs
        self.media = FakeMedia(self.fate)
        self.presence = FakePresence(self.fate)
        self.echoes = FakeEchoes()
        self.numbers = itertools.count(1)
        self.hashes = {}

    @property
    def homeserver_is_down(self):
        return self.bot.is_down

    @homeserver_is_down.setter
    def homeserver_is_down(self, is_down):
        self.bot.is_down = self.facts.is_down = is_down

    # Arrivals: the same event given twice is a redelivery

    def raw(self, raw, room_id=ROOM):
        event_id = f"$m{next(self.numbers)}"
        raw |= {"event_id": event_id, "origin_server_ts": self.clock.now_ms()}
        return NewArrival(event_id, room_id, "matrix", raw)

    def bot_joins(self, room_id=ROOM):
        return self.raw(state("m.room.member", {"membership": "join"}, BOT), room_id)

    def is_kicked(self, user_id, room_id=ROOM):
        self.facts.memberships[user_id] = "leave"
        return self.raw(state("m.room.member", {"membership": "leave"}, user_id), room_id)

    def says(self, body, user_id=ANA, room_id=ROOM):
        return self.raw(message(body, sender=user_id), room_id)

    def asks(self, user_id=ANA, room_id=ROOM, **fields):
        content = asking(request_id=f"r{next(self.numbers)}", **fields)
        return self.raw(event("io.haos.voice.join", content, sender=user_id), room_id)

    def told(self, name, seen, room_id=ROOM, reason=0):
        """A webhook of LiveKit's; whose a hash is, the intake has asked."""
        number = f"EV_{next(self.numbers)}"
        said = api.WebhookEvent(
            event=name,
            id=number,
            created_at=self.clock.now_ms() // 1000,
            room=api.Room(name=livekit_room(room_id)),
            participant=api.ParticipantInfo(
                identity=seen.identity,
                sid=seen.sid,
                joined_at_ms=seen.at,
                disconnect_reason=reason,
            ),
        )
        return NewArrival(
            f"livekit:{number}", room_id, "livekit", _kept(said, self.hashes.get(seen.identity))
        )

    def connects(self, user_id, room_id=ROOM, device="DEV", hashed=""):
        """Somebody connects: their connection, and the webhook about it."""
        seen = self.media.connect(room_id, user_id, self.clock.now_ms(), device, hashed)
        return seen, self.told("participant_joined", seen, room_id)

    def leaves(self, seen, room_id=ROOM, reason=LEFT):
        """Somebody hangs up (or drops): the webhook about it."""
        self.media.disconnect(room_id, seen)
        return self.told("participant_left", seen, room_id, reason)


class Bridge:
    """One run of the process."""

    def __init__(self, outside, path):
        self.outside = outside
        self._path = path

    async def start(self):
        self.database = await open_database(f"sqlite:{self._path}")
        self.scope = TaskScope()
        self.inbox, self.store = SqlInbox(self.database), SqlStore(self.database)
        outside = self.outside
        self.identities = SqlIdentities(self.database)
        self.media = media = DeviceMedia(outside.media, self.identities)
        people = SqlPeople(self.database)
        hands = Hands(
            outside.bot,
            media,
            FakeTokens(outside.clock),
            self.store,
            outside.clock,
            StatusKeeper(outside.presence, SqlStatuses(self.database)),
            Echoes(outside.echoes, media.names, self.store, outside.clock, self.owes),
            Doctor([]),
            self.hears_all,
            people,
            LinkSender(
                bot=outside.bot,
                directs=MadeDirects(outside.bot, self.store, outside.facts),
                links=SqlLinks(self.database),
                clock=outside.clock,
                site=SITE,
                code=codes("as_token"),
            ),
            ChannelMaker(outside.bot, BOT),
        )
        homeserver = Outage("the homeserver", outside.facts.joined_rooms, self.scope)
        sfu = Outage("LiveKit", outside.media.occupied, self.scope)
        queues = ("matrix", "status", "direct", "report")
        peers = {**dict.fromkeys(queues, homeserver), "media": sfu}
        performer = Performer(hands, BOT)
        self.delivery = Delivery(self.store, performer, SoleClaims(), self.scope, peers)
        self.world = World(
            inbox=self.inbox,
            store=self.store,
            facts=outside.facts,
            media=media,
            clock=outside.clock,
            claims=SoleClaims(),
            people=people,
            translators={
                "matrix": partial(translate.matrix_event, READING),
                "to_device": to_device,
                "livekit": webhook,
                "internal": translate.internal,
            },
            homeserver=homeserver,
        )
        self.rooms = Rooms(
            self.world,
            Settings(SITE, BOT),
            self.scope,
            self.delivery.wake,
        )
        await self.rooms.start()
        await self.delivery.start()

    def owes(self, room_id, queue):
        self.delivery.wake(room_id, queue)

    async def hears_all(self, arrivals):
        await self.rooms.accept(arrivals)

    async def hears(self, *arrivals):
        """What came in, acknowledged."""
        await self.rooms.accept(list(arrivals))

    async def stop(self):
        await self.scope.close(10)
        await self.database.stop()

    async def dies(self):
        """Nothing is finished: as after SIGKILL. The file stays as it is at this moment."""
        for timer in self.rooms._agenda.timers.values():
            timer.cancel()
        tasks = list(self.scope._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.database.stop()

    async def room(self, room_id=ROOM):
        return await self.store.load(room_id)

    async def is_settled(self):
        """Whether nothing waits, nothing is owed and nothing is due, all at one moment."""
        return not await self.database.fetchval(
            "SELECT (SELECT COUNT(*) FROM inbox WHERE status = 0)"
            " + (SELECT COUNT(*) FROM outbox WHERE status = 0)"
            " + (SELECT COUNT(*) FROM rooms WHERE due_ts IS NOT NULL)"
        )

    async def settles(self, within_s=120):
        await until(self.is_settled, within_s)

    async def history(self, room_id=ROOM):
        return await calls_of_room(self.database, room_id)

    async def in_call(self, room_id=ROOM):
        call = (await self.room(room_id)).call
        return {p.identity for p in call.participants} if isinstance(call, Active) else set()

    async def set_aside(self):
        rows = await self.database.fetch("SELECT key, error FROM outbox WHERE status = 2")
        return {row["key"]: row["error"] for row in rows}

    async def given_up(self):
        rows = await self.database.fetch("SELECT key, error FROM inbox WHERE status = 2")
        return {row["key"]: row["error"] for row in rows}


async def until(holds, within_s=120):
    """Wait, in the loop's own time."""
    async with asyncio.timeout(within_s):
        while True:
            result = holds()
            if asyncio.iscoroutine(result):
                result = await result
            if result:
                return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def running(tmp_path, outside=None, *, in_room=True):
    """A bridge, in the Lounge."""
    bridge = Bridge(outside or Outside(), tmp_path / "bridge.db")
    await bridge.start()
    try:
        if in_room:
            await bridge.hears(bridge.outside.bot_joins())
            await bridge.settles()
        yield bridge
    finally:
        await bridge.stop()
