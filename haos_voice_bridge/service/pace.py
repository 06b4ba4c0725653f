"""How often each call is compared with the SFU: often while it changes, less so while it does not.

LiveKit's webhooks do not tell of mute, so what people see of it comes from looking.
"""

QUICK_S = 1.0
CALM_S = 5.0
"""The longest that a change nobody told us goes unseen."""
SLOWER = 1.5


class Pace:
    """When to look at which room next; moments in seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._every: dict[str, float] = {}
        self._next: dict[str, float] = {}

    def due(self, rooms: set[str], now: float) -> set[str]:
        """Which of these rooms are to be looked at now. Rooms left out are forgotten."""
        for room_id in self._next.keys() - rooms:
            del self._next[room_id], self._every[room_id]
        due = {room_id for room_id in rooms if self._next.get(room_id, now) <= now}
        for room_id in due:
            self._every.setdefault(room_id, QUICK_S)
            self._next[room_id] = now + self._every[room_id]
        return due

    def looked(self, room_id: str, now: float, *, changed: bool) -> None:
        """What a look found."""
        if room_id not in self._next:
            return
        every = QUICK_S if changed else min(CALM_S, self._every[room_id] * SLOWER)
        self._every[room_id] = every
        self._next[room_id] = now + every
