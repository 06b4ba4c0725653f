"""Server names."""

import pytest

from haos_voice_bridge.adapters.federation.names import ServerName, parse


@pytest.mark.parametrize(
    ("text", "name", "header"),
    [
        ("hs.test", ServerName("hs.test", None, is_address=False), "hs.test"),
        ("hs.test:443", ServerName("hs.test", 443, is_address=False), "hs.test:443"),
        ("1.2.3.4", ServerName("1.2.3.4", None, is_address=True), "1.2.3.4"),
        ("1.2.3.4:80", ServerName("1.2.3.4", 80, is_address=True), "1.2.3.4:80"),
        ("[2001:db8::1]", ServerName("2001:db8::1", None, is_address=True), "[2001:db8::1]"),
        ("[::1]:99", ServerName("::1", 99, is_address=True), "[::1]:99"),
    ],
)
def test_a_name_is_taken_apart(text, name, header):
    assert parse(text) == name
    assert name.header == header


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hs.test/path",
        "hs.test@evil",
        "user@hs.test",
        "hs.test?x",
        "hs.test#x",
        "hs.test\\x",
        "hs test",
        "hs.test:",
        "hs.test:0",
        "hs.test:65536",
        "hs.test:1:2",
        "::1",
        "[1.2.3.4]",
        "[fe80::1%eth0]",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "1.2.3.4.",
        "hs.test\n",
        "hé.test",
        ".",
        "x" * 300,
    ],
)
def test_what_is_no_name_is_none(text):
    assert parse(text) is None
