"""What the rules must know of an installation."""

from dataclasses import dataclass
from urllib.parse import quote

from haos_voice_bridge.core.puppets import PuppetNames

DRAIN = "drain"
"""The flag that says whether calls are paused: `on` or `off`."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the rules must know of this installation.

    Attributes:
        status_domain: The server whose users get "In voice: …" as their status; empty: nobody does.
        prefix: What commands start with.
        reads_encrypted: The bot can read what is typed in encrypted rooms.
        is_draining: For maintenance: calls that run go on, and nobody new comes in.
        bot_user_id: The bot's.
        puppets: How puppets are called; None: there are none.
    """

    public_url: str
    status_domain: str = ""
    prefix: str = "!voice"
    reads_encrypted: bool = False
    is_draining: bool = False
    bot_user_id: str = ""
    puppets: PuppetNames | None = None

    def entry_link(self, code: str) -> str:
        """A link that opens a session for one person, once."""
        return f"{self.public_url}/#/link/{code}"

    def link(self, room_id: str) -> str:
        """Where a person goes to join the room's call."""
        return f"{self.public_url}/#/room/{quote(room_id, safe='')}"
