"""Server names (Matrix spec, appendices, "Server name")."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

_NAME = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Za-z.-]{1,255})(?::(?P<port>[0-9]{1,5}))?"
)


@dataclass(frozen=True, slots=True)
class ServerName:
    """A name, taken apart; `host` is without the brackets of an IPv6 address."""

    host: str
    port: int | None
    is_address: bool

    @property
    def host_in_url(self) -> str:
        """The host, an IPv6 address in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def header(self) -> str:
        """The value of `Host`: the name as it was given."""
        return self.host_in_url if self.port is None else f"{self.host_in_url}:{self.port}"


def parse(text: str) -> ServerName | None:
    """Take a name apart; None if it is none."""
    found = _NAME.fullmatch(text)
    if found is None:
        return None
    host, port = found["host"], int(found["port"]) if found["port"] else None
    if port is not None and not 0 < port < 65536:
        return None
    if host.startswith("["):
        address = _address(host[1:-1])
        return (
            ServerName(host[1:-1], port, is_address=True)
            if isinstance(address, IPv6Address)
            else None
        )
    if _address(host) is not None:
        return ServerName(host, port, is_address=True)
    last = host.rstrip(".").rpartition(".")[2]
    if not last or last.isdecimal() or last.lower().startswith("0x"):
        return None  # what some resolvers take for an address: 127.1, 0x7f.1
    return ServerName(host, port, is_address=False)


def is_host(text: str) -> bool:
    """Whether it is a name or an address that can be connected to, without a port."""
    name = parse(text)
    return name is not None and name.host == text


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
