"""What the token service needs of the world, asked for by the least."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from haos_voice_bridge.token_service.jobs import Job
from haos_voice_bridge.token_service.requests import OpenIdToken


@dataclass(frozen=True, slots=True)
class Ask:
    """Who wants to be let in, and where; all of it is verified but the device.

    Attributes:
        enters: False: they are in already, and only hand over a leave.
        hands_over: They hand over a leave, and perhaps for that alone ask to be let in.
    """

    room_id: str
    slot_id: str
    user_id: str
    device_id: str
    identity: str
    server_name: str
    enters: bool = True
    hands_over: bool = False


@dataclass(frozen=True, slots=True)
class Admission:
    """Who is let in, and how far.

    Attributes:
        full_access: Whether LiveKit's room is made if need be, and leaves are taken over.
        sources: The LiveKit track sources that may be published; None: any.
        can_hear: What others publish may be received.
    """

    full_access: bool
    sources: tuple[str, ...] | None = None
    can_hear: bool = True


class Gate(Protocol):
    """Decides who is let in."""

    async def admit(self, ask: Ask) -> Admission:
        """Let in.

        Raises:
            Refused: Or not.
        """


class OpenIdProvider(Protocol):
    """Asks a homeserver whose an OpenID token is."""

    async def user_of(self, token: OpenIdToken) -> str:
        """The user's id, of the server that the token names.

        Raises:
            NotVerified: It is nobody's, or the server does not answer.
            Unavailable: Nobody can be asked just now.
        """


class Minter(Protocol):
    """Makes LiveKit's tokens."""

    def mint(
        self, alias: str, identity: str, sources: Sequence[str] | None, *, can_hear: bool = True
    ) -> str:
        """A JWT that opens one connection."""


class CallRooms(Protocol):
    """LiveKit's rooms, by its own names for them."""

    async def ensure(self, alias: str) -> None:
        """Make the room if it is not there.

        Raises:
            EffectError: LiveKit did not.
        """

    async def participant(self, alias: str, identity: str) -> str | None:
        """The connection (`sid`) of a participant; None: it is not there.

        Raises:
            EffectError: LiveKit does not say.
        """


class DelayedEvents(Protocol):
    """The homeservers' delayed events (MSC4140)."""

    async def check(self, server_name: str) -> None:
        """Find out where the homeserver's client-server API is.

        Raises:
            EffectError: It does not say.
        """

    async def restart(self, server_name: str, delay_id: str) -> None:
        """Start the delay anew.

        Raises:
            NoSuchEvent: There is no such delayed event.
            Unavailable: It may work later.
        """

    async def send(self, server_name: str, delay_id: str) -> None:
        """Send it now; the same errors."""


class JobStore(Protocol):
    """Keeps jobs over a restart. Every method may raise `Unavailable`."""

    async def save(self, job: Job) -> None:
        """Keep it; of one key the newest is kept."""

    async def forget(self, job: Job) -> None:
        """It is over. Another job of the same key stays."""

    async def all(self) -> Sequence[Job]:
        """What was kept."""
