"""SRV records, asked of a real DNS server on loopback."""

import asyncio

import dns.message
import dns.rcode
import dns.rrset
import pytest

from haos_voice_bridge.adapters.federation.srv import DnsSrv


class NameServer(asyncio.DatagramProtocol):
    """Answers from `records`; to what is not there, that it is not."""

    def __init__(self):
        self.records = {}

    def connection_made(self, transport):
        self._transport = transport

    def datagram_received(self, data, address):
        query = dns.message.from_wire(data)
        name = query.question[0].name
        response = dns.message.make_response(query)
        texts = self.records.get(name.to_text(omit_final_dot=True))
        if texts is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif texts:
            response.answer.append(dns.rrset.from_text(name, 60, "IN", "SRV", *texts))
        self._transport.sendto(response.to_wire(), address)


@pytest.fixture
async def server():
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        NameServer, local_addr=("127.0.0.1", 0)
    )
    protocol.port = transport.get_extra_info("sockname")[1]
    yield protocol
    transport.close()


@pytest.fixture
def srv(server):
    return DnsSrv(("127.0.0.1", server.port))


async def test_targets_come_in_the_order_of_their_priority(server, srv):
    server.records["_matrix-fed._tcp.hs.test"] = ["20 0 2 b.test.", "10 5 1 a.test."]
    assert await srv("_matrix-fed._tcp.hs.test") == [("a.test", 1), ("b.test", 2)]


async def test_within_a_priority_the_heavier_comes_first_the_more_often(server, srv):
    server.records["x.test"] = ["10 90 1 heavy.test.", "10 10 1 light.test."]
    firsts = [(await srv("x.test"))[0][0] for _ in range(100)]
    assert 75 <= firsts.count("heavy.test") <= 99


async def test_three_targets_are_enough(server, srv):
    server.records["x.test"] = [f"{n} 0 1 t{n}.test." for n in range(9)]
    assert len(await srv("x.test")) == 3


@pytest.mark.parametrize("records", [None, [], ["0 0 0 ."]])
async def test_no_records_or_the_one_that_says_so(server, srv, records):
    server.records["x.test"] = records
    assert list(await srv("x.test")) == []


async def test_a_name_server_that_is_not_there():
    assert list(await DnsSrv(("127.0.0.1", 1))("x.test")) == []
