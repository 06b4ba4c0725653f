"""What the rules must know of an installation."""

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Site:
    """What the rules must know of this installation."""

    public_url: str

    def link(self, room_id: str) -> str:
        """Where a person goes to join the room's call."""
        return f"{self.public_url}/#/room/{quote(room_id, safe='')}"
