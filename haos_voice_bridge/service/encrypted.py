"""Encrypted events on their way through a lane: read, or set aside until their key is there.

A key may come after the message that needs it. The message then waits beside the lane, so that
nothing behind it waits too; after five minutes it is given up.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.effects import Queue, SendMessage
from haos_voice_bridge.errors import KeyMissing, Rejected
from haos_voice_bridge.ports import Arrival, Cipher, Clock, Inbox, NewArrival, Store

logger = logging.getLogger(__name__)

ENCRYPTED = "m.room.encrypted"
WAIT_MS = 5 * 60_000
ASK_AFTER_MS = 5_000
"""Most late keys are under way already."""
TRY_AGAIN_S = 3.0
CATCH_UP_S = 600.0
"""The homeserver keeps what it delivered to the device until it was fetched, too."""
DAY_MS = 86_400_000
UNREADABLE = (
    "A message here is encrypted with a key that I was not given, so I cannot read it. If it was a "
    "command, type it again. If that does not help, log out and in with your client, or have it "
    "share keys with devices that you have not verified."
)


class Wants(Protocol):
    """Whether an event is worth handling."""

    def __call__(self, event: Mapping[str, Any], *, in_direct: bool) -> bool:
        """`in_direct`: the room is its sender's direct chat with the bot."""


@dataclass(slots=True)
class Encrypted:
    """Reads what is encrypted, for the lanes.

    Attributes:
        owed: Called when a queue has something new to do.
        accept: Stores arrivals.
        wants: Whether an event in clear is worth handling; `in_direct`: in its sender's own chat.
    """

    cipher: Cipher
    inbox: Inbox
    store: Store
    clock: Clock
    owed: Callable[[str, Queue], None]
    accept: Callable[[list[NewArrival]], Awaitable[None]]
    wants: Wants
    _looked: set[str] = field(default_factory=set)
    _asked: set[str] = field(default_factory=set)

    async def handled(self, arrival: Arrival, wake: Callable[[str], None]) -> Arrival | None:
        """The arrival in clear; None: nothing is left to do with it for now."""
        try:
            if arrival.source == "keys":
                await self._take(arrival, wake)
                return None
            if arrival.source != "matrix" or arrival.payload.get("type") != ENCRYPTED:
                return arrival
            clear = await self.cipher.open(arrival.payload)
        except KeyMissing as error:
            await self._wait(arrival, error, wake)
            return None
        except Rejected as error:
            logger.info("arrival %s (%s) set aside: %s", arrival.seq, arrival.source, error)
            await self.inbox.drop(arrival, str(error))
            return None
        self._forget(arrival)
        room = await self.store.load(arrival.room_id)
        if not self.wants(clear, in_direct=room.direct == clear.get("sender")):
            await self.inbox.done(arrival)  # most of what people write is none of our business
            return None
        return replace(arrival, payload=clear)

    async def try_again(self) -> None:
        """Look whether keys were missed, and at everything that waits for one."""
        if self._looked:
            await self.catch_up()
        await self.inbox.awaken()

    async def catch_up(self) -> None:
        """Fetch what the homeserver did not deliver while nobody took it."""
        await self.cipher.catch_up(self.accept)

    async def _take(self, arrival: Arrival, wake: Callable[[str], None]) -> None:
        rooms = await self.cipher.receive(arrival.payload, partial(self.inbox.done, arrival))
        if rooms:
            for room_id in await self.inbox.awaken(rooms):
                wake(room_id)

    async def _wait(self, arrival: Arrival, error: KeyMissing, wake: Callable[[str], None]) -> None:
        age = self.clock.now_ms() - arrival.received_ts
        if age >= WAIT_MS:
            self._forget(arrival)
            logger.info("an event of %s cannot be read: %s", arrival.room_id, error)
            await self.inbox.drop(arrival, str(error))
            await self._say_unreadable(arrival.room_id)
            return
        if age >= ASK_AFTER_MS and arrival.key not in self._asked:
            self._asked.add(arrival.key)
            await self._ask(arrival)
        await self.inbox.defer(arrival)
        if arrival.key in self._looked:
            return
        self._looked.add(arrival.key)
        if await self.cipher.has_key(arrival.payload):
            # It came after we looked and before we set the event aside.
            for room_id in await self.inbox.awaken([arrival.room_id]):
                wake(room_id)

    async def _ask(self, arrival: Arrival) -> None:
        try:
            await self.cipher.ask_for_key(arrival.payload)
        except Rejected as error:
            logger.info("the key of arrival %s cannot be asked for: %s", arrival.seq, error)

    def _forget(self, arrival: Arrival) -> None:
        self._looked.discard(arrival.key)
        self._asked.discard(arrival.key)

    async def _say_unreadable(self, room_id: str) -> None:
        if (await self.store.load(room_id)).bot != "joined":
            return
        now = self.clock.now_ms()
        message = SendMessage(f"unreadable:{now // DAY_MS}", contents.notice(UNREADABLE))
        await self.store.owe(room_id, message, now)
        self.owed(room_id, "matrix")
