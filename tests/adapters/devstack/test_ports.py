import socket

import pytest

from haos_voice_bridge.devstack.ports import Ports, is_free
from haos_voice_bridge.errors import AddressInUse, StartupError


@pytest.fixture
def listening():
    """`listening(kind, port)`: hold that port in this process."""
    held = []

    def hold(kind, port):
        holder = socket.socket(socket.AF_INET, kind)
        holder.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        held.append(holder)

    yield hold
    for holder in held:
        holder.close()


def test_all_ports_follow_from_the_base():
    numbers = [port.number for port in Ports.from_base(18000).listing()]
    assert numbers == [18000, 18001, 18002, 18003]


@pytest.mark.parametrize("base", [-1, 80, 65533, 70000])
def test_a_base_that_leaves_no_room_is_refused(base):
    with pytest.raises(StartupError, match="from 1024 to 65532"):
        Ports.from_base(base)


def test_free_ports_can_all_be_bound():
    ports = Ports.free()
    assert all(is_free(port) for port in ports.listing())
    ports.check()


def test_a_taken_tcp_port_is_named_with_its_part_and_its_holder(listening, me):
    ports = Ports.free()
    listening(socket.SOCK_STREAM, ports.bridge)
    with pytest.raises(AddressInUse) as refused:
        ports.check()
    text = str(refused.value)
    assert f"{ports.bridge}/tcp for the bridge: held by process {me} (" in text
    assert "--port-base" in text
    assert str(ports.synapse) not in text


def test_a_taken_udp_port_is_named_too(listening, me):
    ports = Ports.free()
    listening(socket.SOCK_DGRAM, ports.livekit_udp)
    with pytest.raises(AddressInUse, match=rf"/udp for LiveKit \(media\): held by process {me} "):
        ports.check()


def test_a_tcp_listener_does_not_take_the_udp_port(listening):
    ports = Ports.free()
    listening(socket.SOCK_STREAM, ports.livekit_udp)
    ports.check()


def test_every_clash_is_in_the_same_message(listening):
    ports = Ports.free()
    listening(socket.SOCK_STREAM, ports.synapse)
    listening(socket.SOCK_STREAM, ports.livekit)
    with pytest.raises(AddressInUse) as refused:
        ports.check()
    assert str(ports.synapse) in str(refused.value)
    assert str(ports.livekit) in str(refused.value)
