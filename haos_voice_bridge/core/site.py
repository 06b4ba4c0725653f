"""What the rules must know of an installation."""

from dataclasses import dataclass
from urllib.parse import quote

DRAIN = "drain"
"""The flag that says whether calls are paused: `on` or `off`."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the rules must know of this installation.

    Attributes:
        status_domain: The server whose users get "In voice: …" as their status; empty: nobody does.
        prefix: What commands start with.
        reads_encrypted: The bot can read what is typed in encrypted rooms.
        has_client: The bridge serves the web client, which can be a widget of a room.
        is_draining: For maintenance: calls that run go on, and nobody new comes in.
        own_foci: The addresses of our token service and our SFU, as MatrixRTC members name them.
    """

    public_url: str
    status_domain: str = ""
    prefix: str = "!voice"
    reads_encrypted: bool = False
    is_draining: bool = False
    has_client: bool = False
    own_foci: tuple[str, ...] = ()

    def is_own(self, focus: str) -> bool:
        """Whether a MatrixRTC member of this focus publishes on our SFU."""
        return _plain(focus) in {_plain(own) for own in self.own_foci}

    def entry_link(self, code: str) -> str:
        """A link that opens a session for one person, once."""
        return f"{self.public_url}/#/link/{code}"

    def link(self, room_id: str) -> str:
        """Where a person goes to join the room's call."""
        return f"{self.public_url}/#/room/{quote(room_id, safe='')}"


def _plain(url: str) -> str:
    """Clients differ in the slash at the end and in the case of the host."""
    scheme, separator, rest = url.strip().rstrip("/").partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}{separator}{host.lower()}{slash}{path}"
