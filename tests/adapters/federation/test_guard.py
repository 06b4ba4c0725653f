"""Which addresses may be connected to."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge.adapters.federation.guard import (
    ANYWHERE,
    AddressGuard,
    ForbiddenAddress,
    networks,
)

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.5",
    "172.16.3.4",
    "192.168.1.1",
    "169.254.169.254",  # metadata of most clouds
    "168.63.129.16",  # metadata of Azure
    "100.64.0.1",  # CGNAT
    "100.100.100.200",  # metadata of Alibaba
    "192.0.0.192",  # metadata of Oracle
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",  # metadata of Amazon
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",  # NAT64
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::1",  # 6to4
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",  # Teredo to 10.0.0.1
    "2001:db8::1",
    "localhost",
    "",
]


@pytest.mark.parametrize("address", INSIDE)
def test_the_inside_is_out_of_reach(address):
    guard = AddressGuard()
    assert not guard.permits(address)
    with pytest.raises(ForbiddenAddress):
        guard.check(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "8.8.8.8"])
def test_the_internet_is_not(address):
    assert AddressGuard().permits(address)


def test_what_an_admin_allows_may_be_reached_and_nothing_beside_it():
    guard = AddressGuard(networks("10.1.0.0/16, fd00::/8 127.0.0.1"))
    assert all(guard.permits(a) for a in ("10.1.2.3", "fd00::5", "127.0.0.1", "::ffff:10.1.0.1"))
    assert not any(guard.permits(a) for a in ("10.2.0.1", "127.0.0.2", "::1", "fe80::1"))


def test_an_admins_own_word_may_lead_anywhere():
    guard = AddressGuard(ANYWHERE)
    assert all(guard.permits(address) for address in ("127.0.0.1", "::1", "10.0.0.1", "fe80::1"))


def test_no_socket_is_made_for_the_inside():
    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    with pytest.raises(ForbiddenAddress):
        AddressGuard().make_socket(info)
    AddressGuard(networks("127.0.0.1")).make_socket(info).close()


def test_a_list_that_is_none_is_an_error():
    with pytest.raises(ValueError, match="nonsense"):
        networks("10.0.0.0/8,nonsense")


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_the_same_in_every_dress(address):
    guard = AddressGuard()
    number = int(address)
    plain = guard.permits(str(address))
    assert guard.permits(f"::ffff:{address}") == plain
    assert guard.permits(f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}") == plain
    assert guard.permits(f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1") == plain
