"""Anybody may name a server to us. This keeps what is inside out of their reach.

The check sits where a socket is made for an address that is about to be connected to. So a name
that resolves differently the second time, a redirect, and an address in the URL all pass it.
"""

import errno
import socket
from collections.abc import Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
AddrInfo = tuple[Any, Any, int, str, Sequence[Any]]

NOT_PUBLIC = "is not a public address, nor one that is allowed"
_NAT64 = IPv6Network("64:ff9b::/96")
"""Well-known prefix of NAT64 (RFC 6052): the last 32 bits are an IPv4 address."""
_INSIDE: tuple[Network, ...] = (
    IPv4Network("168.63.129.16/32"),  # Azure's metadata, at a public address
    IPv4Network("192.0.0.0/24"),  # Oracle's; older Pythons call it global
    IPv6Network("64:ff9b:1::/48"),  # NAT64 of local use (RFC 8215)
    IPv6Network("fec0::/10"),  # site-local, before there were unique-local addresses
)


class ForbiddenAddress(OSError):
    """The address is one of the inside."""

    def __init__(self, address: str) -> None:
        # With a number and a text, as only those are in what aiohttp makes of it.
        super().__init__(errno.EACCES, f"{address} {NOT_PUBLIC}")


class AddressGuard:
    """Which addresses may be connected to: public ones, and those of `allowed`."""

    def __init__(self, allowed: Iterable[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    def permits(self, text: str) -> bool:
        """Whether this address may be connected to."""
        try:
            address = ip_address(text.partition("%")[0])
        except ValueError:
            return False
        if any(address in network for network in self._allowed):
            return True
        inner = _embedded(address)
        return is_public(address) if inner is None else self.permits(str(inner))

    def check(self, text: str) -> None:
        """Refuse an address.

        Raises:
            ForbiddenAddress: It is not permitted.
        """
        if not self.permits(text):
            raise ForbiddenAddress(text)

    def make_socket(self, info: AddrInfo) -> socket.socket:
        """A socket for aiohttp to connect with, if the address is permitted."""
        family, kind, protocol, _, address = info
        self.check(str(address[0]))
        return socket.socket(family, kind, protocol)


def is_public(address: Address) -> bool:
    """Whether an address is one of the internet's, of a single host."""
    if any(address in network for network in _INSIDE):
        return False
    return address.is_global and not (
        address.is_multicast or address.is_unspecified or address.is_reserved
    )


def _embedded(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    if int(address) >> 32 == 0 and int(address) > 1:  # IPv4-compatible, deprecated (RFC 4291)
        return IPv4Address(int(address))
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def networks(text: str) -> list[Network]:
    """Networks or addresses, separated by commas or spaces.

    Raises:
        ValueError: One of them is none.
    """
    return [ip_network(part, strict=False) for part in text.replace(",", " ").split()]


ANYWHERE: tuple[Network, ...] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
"""For addresses that are the admin's own word."""
