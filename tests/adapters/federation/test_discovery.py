"""Where servers are found: the steps of the spec, one by one."""

import asyncio

import pytest

from haos_voice_bridge.adapters.federation import discovery as module
from haos_voice_bridge.errors import Rejected


async def found(discovery, name):
    """`(host, port, Host header, name of the certificate)` of each destination."""
    return [
        (d.base.host, d.base.port, d.host_header, d.tls_name) for d in await discovery.find(name)
    ]


@pytest.mark.parametrize(
    ("name", "destination"),
    [
        ("1.2.3.4", ("1.2.3.4", 8448, "1.2.3.4", None)),
        ("1.2.3.4:80", ("1.2.3.4", 80, "1.2.3.4:80", None)),
        ("[2001:db8::1]:5", ("2001:db8::1", 5, "[2001:db8::1]:5", None)),
        ("hs.test:443", ("hs.test", 443, "hs.test:443", None)),
    ],
)
async def test_addresses_and_ports_are_taken_at_their_word(discovery, dns, name, destination):
    assert await found(discovery, name) == [destination]
    assert dns["asked"] == []


@pytest.mark.parametrize(
    ("to", "destination"),
    [
        ("9.9.9.9", ("9.9.9.9", 8448, "9.9.9.9", None)),
        ("9.9.9.9:77", ("9.9.9.9", 77, "9.9.9.9:77", None)),
        ("matrix.hs.test:443", ("matrix.hs.test", 443, "matrix.hs.test:443", None)),
        ("matrix.hs.test", ("matrix.hs.test", 8448, "matrix.hs.test", None)),
    ],
)
async def test_a_well_known_file_delegates(discovery, dns, site, to, destination):
    dns["hs.test", 443] = [("127.0.0.1", site.port)]
    site.delegates(to)
    assert await found(discovery, "hs.test") == [destination]


async def test_a_delegated_name_without_port_is_looked_up_in_dns(discovery, dns, site, srv):
    dns["hs.test", 443] = [("127.0.0.1", site.port)]
    site.delegates("matrix.hs.test")
    srv["_matrix-fed._tcp.matrix.hs.test"] = [("pod.hs.test", 5000)]
    srv["_matrix-fed._tcp.hs.test"] = [("wrong.test", 1)]
    assert await found(discovery, "hs.test") == [
        ("pod.hs.test", 5000, "matrix.hs.test", "matrix.hs.test")
    ]


async def test_without_a_well_known_file_dns_says_the_new_service_before_the_old(
    discovery, dns, site, srv
):
    dns["hs.test", 443] = [("127.0.0.1", site.port)]
    srv["_matrix._tcp.hs.test"] = [("old.test", 1)]
    assert await found(discovery, "hs.test") == [("old.test", 1, "hs.test", "hs.test")]
    dns["other.test", 443] = dns["hs.test", 443]
    srv["_matrix._tcp.other.test"] = [("old.test", 1)]
    srv["_matrix-fed._tcp.other.test"] = [("new.test", 2), ("second.test", 3)]
    assert await found(discovery, "other.test") == [
        ("new.test", 2, "other.test", "other.test"),
        ("second.test", 3, "other.test", "other.test"),
    ]


async def test_without_anything_it_is_port_8448(discovery, dns):
    assert await found(discovery, "hs.test") == [("hs.test", 8448, "hs.test", None)]
    assert dns["asked"] == ["hs.test"]


@pytest.mark.parametrize("said", [{"m.server": 5}, {"m.server": "a b"}, {"m.server": "127.1"}, []])
async def test_a_well_known_file_that_is_none_counts_as_absent(discovery, dns, site, said):
    dns["hs.test", 443] = [("127.0.0.1", site.port)]
    site.answers["/.well-known/matrix/server"] = said
    assert await found(discovery, "hs.test") == [("hs.test", 8448, "hs.test", None)]


async def test_what_is_no_name_is_refused(discovery):
    with pytest.raises(Rejected):
        await discovery.find("hs.test/_matrix")


@pytest.mark.parametrize(
    ("headers", "kept_s"),
    [
        (None, 24 * 3600),
        ({"Cache-Control": "public, max-age=7200"}, 7200),
        ({"Cache-Control": "max-age=1"}, 300),
        ({"Cache-Control": "max-age=99999999"}, 48 * 3600),
    ],
)
async def test_what_was_found_is_kept_for_as_long_as_it_says(
    discovery, dns, site, now, headers, kept_s
):
    dns["hs.test", 443] = [("127.0.0.1", site.port)]
    site.delegates("a.hs.test:1", headers)
    await discovery.find("hs.test")
    site.delegates("b.hs.test:2")
    now[0] += kept_s - 1
    assert (await found(discovery, "hs.test"))[0][0] == "a.hs.test"
    now[0] += 2
    assert (await found(discovery, "hs.test"))[0][0] == "b.hs.test"


async def test_that_there_is_no_file_is_kept_for_an_hour_and_silence_for_a_minute(
    discovery, dns, site, now
):
    dns["hs.test", 443] = [("127.0.0.1", site.port)]
    await discovery.find("hs.test")
    now[0] += 3599
    await discovery.find("hs.test")
    assert len(site.paths) == 1
    now[0] += 2
    await discovery.find("hs.test")
    assert len(site.paths) == 2
    await discovery.find("silent.test")
    now[0] += 61
    await discovery.find("silent.test")
    assert dns["asked"].count("silent.test") == 2


async def test_a_server_that_was_not_there_is_looked_for_anew_a_minute_later(
    discovery, dns, site, now
):
    dns["hs.test", 443] = [("127.0.0.1", site.port)]
    site.delegates("a.hs.test:1")
    await discovery.find("hs.test")
    discovery.forget("hs.test")
    await discovery.find("hs.test")
    assert len(site.paths) == 1
    now[0] += 61
    await discovery.find("hs.test")
    assert len(site.paths) == 2


async def test_many_who_ask_at_once_ask_once(discovery, dns, site):
    dns["hs.test", 443] = [("127.0.0.1", site.port)]
    await asyncio.gather(*(discovery.find("hs.test") for _ in range(20)))
    assert len(site.paths) == 1


async def test_only_so_many_servers_are_remembered(discovery, monkeypatch):
    monkeypatch.setattr(module, "KNOWN", 10)
    for number in range(50):
        await discovery.find(f"hs{number}.test:1")
    assert len(discovery._known) == 10
    assert discovery._looking == {}
