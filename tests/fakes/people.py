"""Short ways to say who is in a room, for tests of the core."""

from dataclasses import replace

from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.channel import Channel
from haos_voice_bridge.core.events import (
    Departure,
    JoinRequested,
    ParticipantJoined,
    ParticipantLeft,
)
from haos_voice_bridge.core.ids import identity_of
from haos_voice_bridge.core.permissions import Membership, PowerLevels, Role, Standing
from haos_voice_bridge.core.puppets import PuppetNames
from haos_voice_bridge.core.request import JoinRequest
from haos_voice_bridge.core.site import Site
from haos_voice_bridge.core.step import step
from haos_voice_bridge.core.text import shown_name

ROOM = "!lounge:hs"
ANA, BEN, CLEO, BOT = "@ana:hs", "@ben:hs", "@cleo:hs", "@voice:hs"
NOW = 1_790_000_000_000
PUPPETS = PuppetNames("_voice_", "hs")
SITE = Site(
    "https://voice.hs",
    "hs",
    own_foci=("https://voice.hs/livekit/jwt", "wss://sfu.hs"),
    bot_user_id=BOT,
    puppets=PUPPETS,
)
KEY = {"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}


def lounge(**settings: object) -> Room:
    """A room that is a voice channel, with the bot in it."""
    return Room(ROOM, bot="joined", name="Lounge", channel=Channel(**settings))  # type: ignore[arg-type]


def standing(
    user_id: str = ANA,
    *,
    level: int = 0,
    membership: Membership = "join",
    role: Role = Role.START,
    events: dict[str, int] | None = None,
) -> Standing:
    """What a user is in the Lounge."""
    levels = PowerLevels(users={user_id: level, BOT: 100}, events=events or {})
    name = shown_name(user_id[1:].partition(":")[0].title(), user_id)
    return Standing(user_id, name, membership, role, levels)


def asks(
    who: Standing, *, device: str = "DEV", cause: str = "$join", at: int = NOW
) -> JoinRequested:
    """A user's device asks for a token."""
    return JoinRequested(JoinRequest(cause, "r1", who.user_id, device, at, KEY), who)


def joined(
    user_id: str, at: int = NOW, *, sid: str = "", device: str = "DEV", who: Standing | None = None
) -> ParticipantJoined:
    """A user's device is connected."""
    identity = identity_of(user_id, device)
    sid = sid or f"PA_{identity}"
    return ParticipantJoined(identity, sid, user_id, device, at, who or standing(user_id))


def left(
    user_id: str, at: int, departure: Departure = "left", *, sid: str = "", device: str = "DEV"
) -> ParticipantLeft:
    """A user's device is gone."""
    identity = identity_of(user_id, device)
    return ParticipantLeft(identity, sid or f"PA_{identity}", at, departure)


def play(room: Room, *events: object):
    """Apply events, each at its own `at`; the room and all effects."""
    effects = []
    for event in events:
        now = getattr(getattr(event, "said", event), "at", NOW)
        room, more = step(room, event, now, SITE)
        effects += more
    return room, effects


def without_asked(room: Room) -> Room:
    """The room without its memory of requests."""
    return replace(room, asked=())
