"""LiveKit's webhooks over HTTP, signed as LiveKit signs them."""

import base64
import hashlib
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from google.protobuf.json_format import MessageToJson
from livekit import api

from haos_voice_bridge.adapters.db.inbox import SqlInbox
from haos_voice_bridge.adapters.livekit.webhooks import PATH, Webhooks, webhook
from haos_voice_bridge.core.events import ParticipantJoined, ParticipantLeft
from haos_voice_bridge.core.hints import Recount, WithStanding
from haos_voice_bridge.core.ids import livekit_room
from haos_voice_bridge.errors import Unavailable
from tests.adapters.raw import arrival
from tests.fakes.people import ANA, NOW, ROOM, standing

KEY, SECRET = "key", "a secret that is long enough for HS256"
IDENTITY = f"{ANA}:DEV"
HASHED = "J+T45tGruxc+HrUOqJJlyQSV33m728Cme4+vt8/SWrU"
SECOND = NOW // 1000


def event(name="participant_joined", *, room=ROOM, number="EV_1", dropped=0, **who):
    who = {"identity": IDENTITY, "sid": "PA_1", "joined_at_ms": NOW - 50, **who}
    return api.WebhookEvent(
        event=name,
        id=number,
        created_at=SECOND,
        num_dropped=dropped,
        room=api.Room(name=livekit_room(room)),
        participant=api.ParticipantInfo(**who),
    )


def signed(body, *, secret=SECRET, ttl=timedelta(minutes=5), said_hash=None):
    digest = said_hash or base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    return api.AccessToken(KEY, secret).with_ttl(ttl).with_sha256(digest).to_jwt()


class LiveKit:
    """Calls the webhook, and looks at what was stored."""

    def __init__(self, sqlite):
        self.inbox = SqlInbox(sqlite)
        self.database = sqlite
        self.recounts = 0
        self.is_full = False
        self.client = None

    async def room_of(self, name):
        return ROOM if name == livekit_room(ROOM) else None

    async def devices(self, room_id, identities):
        assert room_id == ROOM
        return {HASHED: (ANA, "DEV")} if HASHED in identities else {}

    async def accept(self, arrivals):
        if self.is_full:
            raise Unavailable("too much waits")
        await self.inbox.add(arrivals, NOW)

    async def lost(self):
        self.recounts += 1

    async def tells(self, what, **signing):
        body = MessageToJson(what)
        return await self.posts(body, {"Authorization": signed(body, **signing)})

    async def posts(self, body, headers):
        async with self.client.post(PATH, data=body, headers=headers) as answer:
            return answer.status

    async def stored(self):
        rows = await self.database.fetch("SELECT key FROM inbox ORDER BY seq")
        return [row["key"] for row in rows]

    async def read(self, what):
        """The hint of a webhook that went all the way through the database."""
        assert await self.tells(what) == 200
        arrival = await self.inbox.next(ROOM)
        await self.inbox.done(arrival)
        return webhook(arrival)


@pytest.fixture
async def livekit(sqlite):
    livekit = LiveKit(sqlite)
    app = web.Application()
    hooks = Webhooks(KEY, SECRET, livekit.room_of, livekit.accept, livekit.lost, livekit.devices)
    hooks.add_routes(app.router)
    livekit.hooks = hooks
    async with TestClient(TestServer(app)) as livekit.client:
        yield livekit


async def test_a_webhook_is_on_disk_when_it_is_acknowledged(livekit):
    assert await livekit.tells(event()) == 200
    stored = await livekit.inbox.next(ROOM)
    assert (stored.key, stored.source) == ("livekit:EV_1", "livekit")
    assert livekit.recounts == 0


async def test_a_webhook_twice_is_one_row_and_two_are_two(livekit):
    for number in ("EV_1", "EV_1", "EV_2"):
        assert await livekit.tells(event(number=number)) == 200
    assert await livekit.stored() == ["livekit:EV_1", "livekit:EV_2"]


async def test_what_cannot_be_stored_is_refused_and_stored_later_all_the_same(livekit):
    """LiveKit gives up after a while."""
    livekit.is_full = True
    for number in ("EV_1", "EV_2", "EV_1"):
        assert await livekit.tells(event(number=number)) == 500
    with pytest.raises(Unavailable):
        await livekit.hooks.take_refused()
    livekit.is_full = False
    assert await livekit.tells(event(number="EV_2")) == 200  # not given up yet
    await livekit.hooks.take_refused()
    assert await livekit.stored() == ["livekit:EV_2", "livekit:EV_1"]
    await livekit.hooks.take_refused()
    assert await livekit.stored() == ["livekit:EV_2", "livekit:EV_1"]


async def test_a_webhook_signed_with_another_secret_is_refused(livekit):
    assert await livekit.tells(event(dropped=1), secret="x" * 40) == 401
    await nothing_happened(livekit)


async def test_a_webhook_whose_body_was_changed_is_refused(livekit):
    other = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    assert await livekit.tells(event(dropped=1), said_hash=other) == 401
    await nothing_happened(livekit)


async def test_a_token_for_a_client_is_no_signature(livekit):
    """It is signed with the same secret, but has no hash of a body."""
    token = api.AccessToken(KEY, SECRET).with_identity(IDENTITY).to_jwt()
    assert await livekit.posts(MessageToJson(event(dropped=1)), {"Authorization": token}) == 401
    await nothing_happened(livekit)


async def test_an_expired_signature_is_refused(livekit):
    assert await livekit.tells(event(dropped=1), ttl=timedelta(minutes=-10)) == 401
    await nothing_happened(livekit)


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "Bearer x.y.z"}])
async def test_a_webhook_without_a_signature_is_refused(livekit, headers):
    assert await livekit.posts(MessageToJson(event(dropped=1)), headers) == 401
    await nothing_happened(livekit)


async def nothing_happened(livekit):
    assert await livekit.stored() == []
    assert livekit.recounts == 0


async def test_a_body_that_is_no_text_is_refused(livekit):
    assert await livekit.posts(b"\xff\xfe", {"Authorization": "x"}) in {400, 401}


async def test_a_room_that_is_not_ours_is_acknowledged_and_passed_over(livekit):
    assert await livekit.tells(event(room="!other:hs")) == 200
    assert await livekit.stored() == []


async def test_an_event_without_an_id_cannot_be_told_from_another_and_is_passed_over(livekit):
    assert await livekit.tells(event(number="")) == 200
    assert await livekit.stored() == []


async def test_dropped_webhooks_make_us_recount(livekit):
    assert await livekit.tells(event(dropped=3)) == 200
    assert await livekit.tells(event(room="!other:hs", dropped=1)) == 200
    assert livekit.recounts == 2
    assert await livekit.stored() == ["livekit:EV_1"]


# What each says


async def test_somebody_came(livekit):
    hint = await livekit.read(event())
    assert isinstance(hint, WithStanding)
    assert hint.user_id == ANA
    joined = hint.event(standing())
    assert joined == ParticipantJoined(IDENTITY, "PA_1", ANA, "DEV", NOW - 50, standing())


async def test_an_older_livekit_tells_the_time_in_seconds(livekit):
    hint = await livekit.read(event(joined_at_ms=0, joined_at=SECOND - 7))
    assert hint.event(standing()).at == (SECOND - 7) * 1000


@pytest.mark.parametrize(("joined_ms", "is_late"), [((SECOND - 7) * 1000, True), (2**45, False)])
async def test_late_news_of_an_arrival_is_checked(livekit, joined_ms, is_late):
    """LiveKit tries again for 15 s: whoever arrived may be gone since."""
    assert (await livekit.read(event(joined_at_ms=joined_ms))).is_late is is_late


async def test_a_time_that_is_not_told_is_the_time_of_arrival(livekit):
    hint = await livekit.read(event(joined_at_ms=0))
    assert hint.event(standing()).at == NOW


@pytest.mark.parametrize(
    ("reason", "departure"),
    [
        ("CLIENT_INITIATED", "left"),
        ("PARTICIPANT_REMOVED", "removed"),
        ("SIGNAL_CLOSE", "dropped"),
        ("UNKNOWN_REASON", "dropped"),
        ("SERVER_SHUTDOWN", "dropped"),
        ("DUPLICATE_IDENTITY", "dropped"),
    ],
)
@pytest.mark.parametrize("name", ["participant_left", "participant_connection_aborted"])
async def test_somebody_went_and_why(livekit, name, reason, departure):
    went = event(name, disconnect_reason=api.DisconnectReason.Value(reason))
    assert await livekit.read(went) == ParticipantLeft(IDENTITY, "PA_1", NOW, departure)


def test_a_webhook_that_comes_late_tells_when_it_was():
    said = {
        "event": "participant_left",
        "created_ts": NOW - 60_000,
        "identity": IDENTITY,
        "sid": "PA_1",
        "joined_ts": 0,
        "is_person": True,
        "disconnect_reason": 1,
    }
    late = webhook(arrival(said, "livekit"))
    assert late == ParticipantLeft(IDENTITY, "PA_1", NOW - 60_000, "left")
    prompt = webhook(arrival({**said, "created_ts": NOW - 2_000}, "livekit"))
    assert prompt.at == NOW, "whole seconds say less than the moment of arrival"


@pytest.mark.parametrize("name", ["track_published", "track_unpublished", "room_finished"])
async def test_some_only_say_that_something_may_have_changed(livekit, name):
    assert await livekit.read(event(name)) == Recount()


@pytest.mark.parametrize("name", ["room_started", "egress_started", "ingress_ended", "new_kind"])
async def test_others_say_nothing(livekit, name):
    assert await livekit.read(event(name)) is None


@pytest.mark.parametrize("kind", ["AGENT", "EGRESS", "INGRESS", "SIP"])
@pytest.mark.parametrize("name", ["participant_joined", "participant_left"])
async def test_machines_are_nobody(livekit, name, kind):
    assert await livekit.read(event(name, kind=api.ParticipantInfo.Kind.Value(kind))) is None


async def test_whoever_is_hidden_is_nobody(livekit):
    hidden = event(permission=api.ParticipantPermission(hidden=True))
    assert await livekit.read(hidden) is None


STRANGERS = ["recorder", "@ana", "@ana:hs", "ana:hs:DEV", HASHED.replace("J", "K")]


@pytest.mark.parametrize("identity", STRANGERS)
async def test_a_stranger_who_comes_is_looked_at_and_one_who_goes_is_nobody(livekit, identity):
    assert await livekit.read(event(identity=identity)) == Recount()
    assert await livekit.read(event("participant_left", identity=identity, number="EV_2")) is None


async def test_a_hashed_identity_is_the_device_that_it_was_given_to(livekit):
    came = await livekit.read(event(identity=HASHED))
    assert came.user_id == ANA
    joined = came.event(standing())
    assert (joined.identity, joined.hashed, joined.sid) == (IDENTITY, HASHED, "PA_1")
    went = await livekit.read(event("participant_left", identity=HASHED, number="EV_2"))
    assert (went.identity, went.sid) == (IDENTITY, "PA_1")


async def test_whose_a_hash_is_was_asked_when_it_came(livekit):
    """It may be forgotten by the time that the room's lane comes to it."""
    await livekit.tells(event(identity=HASHED))
    stored = await livekit.inbox.next(ROOM)
    assert (stored.payload["user_id"], stored.payload["device_id"]) == (ANA, "DEV")


async def test_what_was_stored_before_hashes_were_known_is_read(livekit):
    await livekit.tells(event())
    stored = await livekit.inbox.next(ROOM)
    assert "user_id" not in stored.payload
    assert webhook(stored).user_id == ANA
