"""What the service needs of the world, asked for by the least.

Every method may raise `errors.Unavailable` (try again) or `errors.Rejected` (never succeeds).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.echo import EchoNews
from haos_voice_bridge.core.effects import Content, Effect, Queue
from haos_voice_bridge.core.events import BotJoined
from haos_voice_bridge.core.grants import Grant
from haos_voice_bridge.core.history import CallRecord
from haos_voice_bridge.core.membership import Said
from haos_voice_bridge.core.permissions import PowerLevels, Role, Standing
from haos_voice_bridge.core.reconcile import Seen
from haos_voice_bridge.core.widget import Sent

KEYS_LANE = "~keys"
"""Where what comes for the bot's device is handled, in order; no room's ID begins so."""


class Clock(Protocol):
    """Where the time comes from."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""


class MatrixBot(Protocol):
    """What the bot does on the homeserver."""

    async def join(self, room_id: str) -> None:
        """Accept an invitation; being in already is success."""

    async def leave(self, room_id: str, reason: str) -> None:
        """Decline or leave; being out already is success."""

    async def send(self, room_id: str, event_type: str, content: Content, txn_id: str) -> str:
        """Send a message event and give its id; the same `txn_id` sends once."""

    async def set_state(
        self, room_id: str, event_type: str, state_key: str, content: Content
    ) -> None:
        """Send a state event; the same content twice is one event."""

    async def clear_state(
        self, room_id: str, event_type: str, state_key: str, event_id: str
    ) -> None:
        """Empty a state event, if it is still this one; none is success."""

    async def merge_state(
        self, room_id: str, event_type: str, state_key: str, changes: Content
    ) -> None:
        """Change some fields of a state event; mappings are merged, not replaced."""

    async def make_direct(self, user_id: str, alias: str) -> str:
        """Make a direct chat with a user and give its id; the same `alias` makes one room."""

    async def make_room(self, room: Content, alias: str) -> str:
        """Make a room and give its id; the same `alias` makes one room."""

    async def room_version(self) -> int:
        """The version of the rooms that the homeserver makes; 0: one that is not a number."""

    async def invite(self, room_id: str, user_id: str) -> None:
        """Invite a user; being in or invited already is success."""

    async def send_to_device(
        self, user_id: str, device_id: str, event_type: str, content: Content, txn_id: str
    ) -> None:
        """Send to one device of a user."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How a user is shown in a room; `avatar_url` is an mxc address or empty."""

    name: str
    avatar_url: str
    is_member: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that a page may show; the type is told from the content itself."""

    content_type: str
    content: bytes


class Pictures(Protocol):
    """The homeserver's media."""

    async def thumbnail(self, mxc: str) -> Picture | None:
        """A small square one; None: there is nothing to show. Raises `Unavailable`."""


@dataclass(frozen=True, slots=True)
class Members:
    """All who are joined to a room; `role` is what the config grants a user."""

    people: Mapping[str, Profile]
    levels: PowerLevels
    role: Callable[[str], Role]


class RoomFacts(Protocol):
    """What the homeserver says of a room, now."""

    async def standing(self, room_id: str, user_id: str) -> Standing:
        """A user's membership, name and levels."""

    async def standings(self, room_id: str, user_ids: Sequence[str]) -> Sequence[Standing]:
        """The same for several users, in as few requests as one; who is not joined has left."""

    async def everybody(self, room_id: str) -> Sequence[Standing]:
        """All who are joined to the room."""

    async def members(self, room_id: str) -> Members:
        """The same with their pictures."""

    async def children(self, space_id: str) -> Sequence[str]:
        """The rooms that a space lists, as far as the homeserver knows them."""

    async def invited(self, room_id: str) -> Sequence[str]:
        """Who is invited and not joined yet."""

    async def call_member(self, room_id: str, user_id: str, device_ids: Sequence[str]) -> str:
        """The event id of the MatrixRTC membership of one of a user's devices, or empty."""

    async def state_event(self, room_id: str, event_type: str, state_key: str) -> Sent | None:
        """A state event and its sender; None: it was never sent."""

    async def is_redacted(self, room_id: str, event_id: str) -> bool:
        """Whether an event that had content has none any more."""

    async def rtc_members(self, room_id: str, now: int) -> Sequence[Said]:
        """What devices say about being in the call, the oldest first; `now`: ms since the epoch."""

    async def settings(self, room_id: str, event_id: str) -> BotJoined:
        """The room's name, type and channel settings; `event_id` is what made us ask."""

    async def profile(self, room_id: str, user_id: str) -> Profile:
        """A user's membership, name and picture in a room."""

    async def room_of_alias(self, alias: str) -> str | None:
        """The room ID that an alias stands for."""

    async def joined_rooms(self) -> list[str]:
        """The rooms that the bot is in."""


class MediaServer(Protocol):
    """What the service asks of the SFU; rooms are named by their Matrix room id."""

    async def open_room(self, room_id: str) -> None:
        """Make the LiveKit room; one that exists is success."""

    async def remove_participant(self, room_id: str, identity: str) -> None:
        """End a connection; none is success."""

    async def set_grant(self, room_id: str, identity: str, grant: Grant) -> None:
        """Change what a participant may do; none of that name is success."""

    async def send_data(self, room_id: str, identity: str, topic: str, data: bytes) -> None:
        """Send to one participant, reliably; none of that name is success."""

    async def close_room(self, room_id: str) -> None:
        """End all connections; no room is success."""

    async def occupied(self) -> Sequence[str]:
        """LiveKit's names of the rooms that have somebody in them, ours and others'."""

    async def participants(self, room_id: str) -> Sequence[Seen]:
        """Who is connected, strangers too; no room means nobody."""


class Identities(Protocol):
    """Whose the hashed identities are that were handed out to MatrixRTC clients (MSC4195)."""

    async def remember(
        self, room_id: str, identity: str, *, user_id: str, device_id: str, until: int
    ) -> None:
        """Whose an identity is, until then (ms) at least."""

    async def devices(
        self, room_id: str, identities: Collection[str]
    ) -> Mapping[str, tuple[str, str]]:
        """`(user_id, device_id)` of each of these that is known."""

    async def of_device(self, room_id: str, user_id: str, device_id: str) -> Sequence[str]:
        """The identities of a device."""

    async def keep(self, room_id: str, identities: Collection[str], until: int) -> None:
        """These are in use: keep them for longer."""

    async def forget_before(self, now: int) -> None:
        """Delete those that nobody uses any more."""


class EchoTests(Protocol):
    """Plays people back to themselves, each test beside the bridge."""

    async def start(
        self,
        room_id: str,
        echo: str,
        listeners: Sequence[str],
        tell: Callable[[EchoNews], Awaitable[None]],
    ) -> None:
        """Begin and return at once; `tell` hears later that it plays, cannot, or heard nothing.

        Args:
            room_id: Whose call.
            echo: The identity it gets there; one of that name that runs is left alone.
            listeners: The SFU's names of the device that is played back, and alone hears it.
            tell: May be called twice.
        """

    async def stop(self, room_id: str, echo: str) -> None:
        """End it; none is success."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """What can never succeed: how many effects and events; rooms that forbade something."""

    effects: int
    arrivals: int
    forbidden: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SealedToken:
    """A compact JWE with a token that opens one connection until `expires_ts` (ms)."""

    jwe: str
    expires_ts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a token lets a device do, and what the device is told with it.

    Attributes:
        identity: What the SFU calls the device.
        name: What others see.
        call_id: Empty: the call begins with them.
        media_encryption: The call is encrypted from end to end.
    """

    room_id: str
    identity: str
    name: str
    grant: Grant
    call_id: str
    media_encryption: bool


class TokenMaker(Protocol):
    """Makes what a device needs to connect, readable by that device alone."""

    def sealed_token(self, access: Access, public_key: Mapping[str, str]) -> SealedToken:
        """Mint a token with the least grants and seal it to the key."""

    def open_token(self, access: Access) -> Mapping[str, object]:
        """The same, not sealed: for a way that only the device reads."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who came in by a one-time link or an OpenID token, until `expires_ts` (ms).

    Attributes:
        key: Names the session without giving it away.
        room_id: The one room that it is for; empty: all that its user is in.
    """

    key: str
    user_id: str
    device_id: str
    room_id: str
    name: str
    expires_ts: int


class Links(Protocol):
    """One-time links, and the sessions that they open. Secrets are kept as hashes only."""

    async def add(
        self, code_hash: str, *, user_id: str, room_id: str, name: str, now: int, life_ms: int
    ) -> None:
        """A new link voids the older ones of its user and room; the same again changes nothing."""

    async def revoke(self, user_id: str, room_id: str) -> int:
        """Void the user's links into the room and end their sessions; how many it were."""

    async def redeem(
        self, code_hash: str, *, session_hash: str, device_id: str, now: int, life_ms: int
    ) -> Session | str:
        """Open a session by a link, once; or why not, for people."""

    async def begin(self, session: Session) -> None:
        """Open a session for somebody who proved who they are."""

    async def move(self, session_hash: str, room_id: str) -> None:
        """From now on it is for that room."""

    async def end(self, session_hash: str) -> None:
        """It is over; none is success."""

    async def session(self, session_hash: str, now: int) -> Session | None:
        """A session that is still open."""

    async def forget_before(self, now: int) -> None:
        """Delete links and sessions that are over."""


class Sessions(Protocol):
    """Who is behind a request of the web client; each raises `errors.NotLetIn`."""

    async def by_link(self, code: str) -> Mapping[str, Any]:
        """Exchange a link's code for a session, once."""

    async def by_openid(
        self, server_name: str, access_token: str, *, room_id: str, device_id: str
    ) -> Mapping[str, Any]:
        """Exchange an OpenID token for a session; `room_id` empty: for all of the user's rooms."""

    async def session(self, secret: str) -> Session:
        """The session of that secret."""

    async def entering(self, session: Session, room_id: str) -> Session:
        """The session, for something in that room."""

    async def end(self, session: Session) -> None:
        """It is over."""


Told = tuple[str, Mapping[str, Any]]
"""The name of a server-sent event, and its data."""


class Visits(Protocol):
    """What somebody with a session may do; each raises `errors.NotLetIn`."""

    async def token(
        self, session: Session, room_id: str, *, encrypts: bool = False
    ) -> Mapping[str, Any]:
        """What connects the session's device to the call; `encrypts`: it says it has keys."""

    async def room(self, session: Session, room_id: str) -> Mapping[str, Any]:
        """The room and its call."""

    async def history(self, session: Session, room_id: str, limit: int) -> Mapping[str, Any]:
        """The room's past calls."""

    async def moderate(
        self, session: Session, room_id: str, identity: str, order: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Do to a participant's user what `order` says."""

    async def decline(self, session: Session, room_id: str) -> Mapping[str, Any]:
        """Decline the room's call."""

    async def avatar(self, session: Session, room_id: str, user_id: str) -> Picture | None:
        """The picture of somebody in the room; None: there is none to show."""

    async def channels(self, session: Session) -> Mapping[str, Any]:
        """All voice channels of the user, and what rings them."""

    def changes(self, session: Session, room_id: str) -> AsyncIterator[Told | None]:
        """The room now and after each change; None: nothing new, but still here."""

    def all_changes(self, session: Session) -> AsyncIterator[Told | None]:
        """The channels now, and what changes of them."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A stored event that nobody has handled yet.

    Attributes:
        seq: Its place in the order of arrival.
        key: Names it uniquely, across redeliveries.
        received_ts: When it was stored, in ms since the epoch.
    """

    seq: int
    key: str
    room_id: str
    source: str
    payload: dict[str, Any]
    received_ts: int


@dataclass(frozen=True, slots=True)
class NewArrival:
    """An event to be stored."""

    key: str
    room_id: str
    source: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Owed:
    """An effect that is not done yet; `attempts` says how often it was tried."""

    seq: int
    room_id: str
    effect: Effect
    attempts: int


class Inbox(Protocol):
    """Events, stored before they are acknowledged."""

    async def add(self, arrivals: Sequence[NewArrival], now: int) -> list[str]:
        """Store those not seen before, in one transaction; the rooms that have something new."""

    async def next(self, room_id: str) -> Arrival | None:
        """The room's oldest event that is not handled."""

    async def waiting(self) -> list[str]:
        """The rooms that have events to handle."""

    async def done(self, arrival: Arrival) -> None:
        """The event is handled; for those that change no room."""

    async def defer(self, arrival: Arrival) -> None:
        """Set an event aside until `awaken`; those behind it go first."""

    async def awaken(self, room_ids: Sequence[str] | None = None) -> list[str]:
        """Let what was set aside (None: in all rooms) be handled anew; the rooms it is in."""

    async def is_backlogged(self, limit: int) -> bool:
        """Whether more events than `limit` wait."""

    async def drop(self, arrival: Arrival, error: str) -> None:
        """Give up on an event, keeping it and the reason for the admin."""


class Cipher(Protocol):
    """The bot's device in encrypted rooms, where encryption is enabled."""

    async def open(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """An event as it was before it was encrypted; may raise `errors.KeyMissing`."""

    async def has_key(self, event: Mapping[str, Any]) -> bool:
        """Whether the event's key has come by now."""

    async def ask_for_key(self, event: Mapping[str, Any]) -> None:
        """Ask the device that wrote it for the key."""

    async def catch_up(self, accept: Callable[[list[NewArrival]], Awaitable[None]]) -> None:
        """Fetch what came for the device and was never delivered; `accept` stores it."""

    async def receive(
        self, payload: Mapping[str, Any], done: Callable[[], Awaitable[None]]
    ) -> list[str]:
        """Take in what came for the device, with `done`, as one; the rooms that have new keys."""


class Presence(Protocol):
    """The presence status of local users."""

    async def status_of(self, user_id: str) -> str:
        """The user's status message, empty if they have none."""

    async def set_status(self, user_id: str, text: str) -> None:
        """Set the status message."""


class Statuses(Protocol):
    """Whose status the bridge changed."""

    async def remembered(self, user_id: str) -> tuple[str, str] | None:
        """`(before, shown)`, or None where the status is not ours."""

    async def remember(self, user_id: str, before: str, shown: str) -> None:
        """The status is ours from now on; what was there before the first time is kept."""

    async def forget(self, user_id: str) -> None:
        """The status is the user's again."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What a room's state says of a device: the content, and when it was sent (ms)."""

    content: Content
    sent_ts: int


class PuppetAccounts(Protocol):
    """What puppets do on the homeserver; each may be done twice."""

    async def prepare(self, user_id: str, device_id: str, name: str, avatar_url: str) -> None:
        """Make sure that the account, the device and the profile are there."""

    async def enter(self, room_id: str, user_id: str) -> None:
        """Be in the room, invited by the bot where that is needed."""

    async def part(self, room_id: str, user_id: str, device_ids: Sequence[str]) -> None:
        """Leave the room, and give up these devices."""

    async def said(self, room_id: str, state_key: str) -> Saying | None:
        """The membership with this key; None: there never was one."""

    async def say(self, room_id: str, user_id: str, state_key: str, content: Content) -> None:
        """Set it."""

    async def clear(self, room_id: str, state_key: str) -> None:
        """Empty it as the bot: a puppet that was put out can say nothing any more."""

    async def guards(self, room_id: str, user_id: str, state_key: str) -> Sequence[str]:
        """The delayed events that will empty it (MSC4140); `errors.Rejected` if there are none."""

    async def guard(self, room_id: str, user_id: str, state_key: str, delay_ms: int) -> str:
        """Let the homeserver empty it after a while; the delayed event's ID."""

    async def unguard(self, user_id: str, delay_id: str) -> None:
        """Take that back; one that is not there is success."""


class People(Protocol):
    """What users want of the bridge, whatever the room."""

    async def quiet_among(self, user_ids: Collection[str]) -> Collection[str]:
        """Who of these does not want to be rung."""

    async def set_quiet(self, user_id: str, *, quiet: bool) -> None:
        """Note whether a user does not want to be rung."""


class Claims(Protocol):
    """Keeps bridges that share a database from doing the same work at the same time."""

    async def take(self, what: str) -> bool:
        """Whether it is ours now; False while another bridge has it."""

    async def release(self, what: str) -> None:
        """Let another bridge have it."""


class Store(Protocol):
    """The rooms and what they owe."""

    async def load(self, room_id: str) -> Room:
        """A room's state; a new room's if it is not known."""

    async def save(
        self, room: Room, effects: Sequence[Effect], now: int, *, consumed: Arrival | None = None
    ) -> None:
        """In one transaction: the state, the owed effects, history, and the event handled."""

    async def owe(self, room_id: str, effect: Effect, now: int) -> None:
        """Add an effect that does not come from a step, unless its message was sent before."""

    async def next_owed(self, room_id: str, queue: Queue) -> Owed | None:
        """The oldest effect of a queue that is still to be done."""

    async def owing(self) -> list[tuple[str, Queue]]:
        """The queues that have effects to be done."""

    async def strike_off(self, owed: Owed, event_id: str = "") -> None:
        """The effect is done; `event_id` is what a message became."""

    async def tried(self, owed: Owed) -> None:
        """The effect was tried and may succeed later."""

    async def park(self, owed: Owed, error: str) -> None:
        """The effect can never succeed: set it aside, with the reason."""

    async def sent_event(self, room_id: str, key: str) -> str | None:
        """The event id of a message of ours, by its key."""

    async def due_rooms(self) -> list[tuple[str, int]]:
        """Rooms that need a `Tick`, and when."""

    async def active_rooms(self) -> list[str]:
        """Rooms with a call."""

    async def direct_users(self, room_ids: Collection[str]) -> Mapping[str, str]:
        """Of these rooms, the direct chats with the bot: whose each is."""

    async def direct_room(self, user_id: str) -> str | None:
        """The user's direct chat with the bot, if the bot is in one."""

    async def version(self, room_id: str) -> int:
        """Grows with each save of the room, by whichever bridge."""

    async def versions(self) -> Mapping[str, int]:
        """The versions of all rooms."""

    async def known_rooms(self) -> Sequence[Room]:
        """The rooms that the bot is in."""

    async def flag(self, name: str) -> str:
        """A switch of the whole installation; empty: it was never set."""

    async def past_calls(self, room_id: str, limit: int) -> Sequence[CallRecord]:
        """The room's newest calls, newest first."""

    async def room_of_livekit(self, livekit_room: str) -> str | None:
        """The Matrix room whose LiveKit room has this name."""
