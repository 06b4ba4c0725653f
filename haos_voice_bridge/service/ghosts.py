"""Clearing memberships of devices that are gone, and knowing whether the SFU can be believed."""

import logging
from collections.abc import Awaitable, Callable

from haos_voice_bridge.core.effects import ClearMembership
from haos_voice_bridge.errors import Rejected
from haos_voice_bridge.ports import Clock, MatrixBot, NewArrival

logger = logging.getLogger(__name__)


class Answering:
    """Since when the SFU has answered whatever it was asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: int | None = None

    @property
    def since(self) -> int:
        """In ms since the epoch; now, if it does not answer."""
        return self._clock.now_ms() if self._since is None else self._since

    def note(self, *, answered: bool) -> None:
        """It was asked something."""
        if not answered:
            self._since = None
        elif self._since is None:
            self._since = self._clock.now_ms()


async def clear_ghost(
    bot: MatrixBot,
    clock: Clock,
    arrived: Callable[[list[NewArrival]], Awaitable[None]],
    room_id: str,
    effect: ClearMembership,
) -> None:
    """Empty the membership; too late, it is looked for anew, as it may have come to life."""
    if clock.now_ms() > effect.until:
        note = {"kind": "ghost_stays", "event_id": effect.event_id}
        await arrived([NewArrival(f"stays:{room_id}:{effect.key}", room_id, "internal", note)])
        return
    try:
        await bot.clear_state(room_id, effect.event_type, effect.state_key, effect.event_id)
    except Rejected as error:
        # Its key belongs to its user alone, or the bot has no power here.
        logger.info("a ghost in %s stays: %s (%s)", room_id, effect.state_key, error)
    else:
        logger.info("cleared a ghost in %s: %s", room_id, effect.state_key)
