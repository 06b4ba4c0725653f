"""Shows and clears “In voice: …”, and gives a user back the status that was there before."""

from haos_voice_bridge.core.effects import ClearStatus, ShowStatus
from haos_voice_bridge.ports import Presence, Statuses


class StatusKeeper:
    """Does the two effects; each may be done twice."""

    def __init__(self, presence: Presence, statuses: Statuses) -> None:
        self._presence = presence
        self._statuses = statuses

    async def show(self, effect: ShowStatus) -> None:
        """Note what is there, then show ours."""
        if await self._statuses.remembered(effect.user_id) is None:
            before = await self._presence.status_of(effect.user_id)
        else:
            before = ""  # kept from the first time
        await self._statuses.remember(effect.user_id, before, effect.text)
        await self._presence.set_status(effect.user_id, effect.text)

    async def clear(self, effect: ClearStatus) -> None:
        """Restore what was there, unless the user has set something else meanwhile."""
        remembered = await self._statuses.remembered(effect.user_id)
        if remembered is None:
            return
        before, shown = remembered
        if await self._presence.status_of(effect.user_id) == shown:
            await self._presence.set_status(effect.user_id, before)
        await self._statuses.forget(effect.user_id)
