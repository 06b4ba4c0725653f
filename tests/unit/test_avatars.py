"""Pictures are kept for a while, and not more of them than agreed."""

import asyncio

import pytest

from haos_voice_bridge.ports import Picture
from haos_voice_bridge.service import avatars as module
from haos_voice_bridge.service.avatars import KEPT_MS, MISSING_MS, Avatars


class Library:
    """`of[mxc]` are its pictures; `asked` what it was asked for; `most` at a time."""

    def __init__(self):
        self.of, self.asked, self.now = {}, [], 1_000_000
        self.under_way = self.most = 0

    def now_ms(self):
        return self.now

    async def thumbnail(self, mxc):
        self.asked.append(mxc)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        return self.of.get(mxc)


@pytest.fixture
def library():
    return Library()


@pytest.fixture
def avatars(library):
    return Avatars(library, library)


async def test_a_picture_is_asked_for_once_an_hour(library, avatars):
    library.of["a"] = Picture("image/png", b"a")
    assert await avatars.of("a") is library.of["a"]
    library.now += KEPT_MS - 1
    assert await avatars.of("a") is library.of["a"]
    assert library.asked == ["a"]
    library.now += 1
    await avatars.of("a")
    assert library.asked == ["a", "a"]


async def test_that_there_is_none_is_known_for_a_minute(library, avatars):
    assert await avatars.of("a") is None
    assert await avatars.of("a") is None
    assert library.asked == ["a"]
    library.now += MISSING_MS
    await avatars.of("a")
    assert library.asked == ["a", "a"]


async def test_the_least_used_is_forgotten_first(library, avatars, monkeypatch):
    monkeypatch.setattr(module, "KEPT_BYTES", 25)
    for name in "abc":
        library.of[name] = Picture("image/png", b"0" * 10)
    await avatars.of("a")
    await avatars.of("b")
    await avatars.of("a")
    await avatars.of("c")
    library.asked.clear()
    await avatars.of("a")
    await avatars.of("c")
    assert library.asked == []
    await avatars.of("b")
    assert library.asked == ["b"]


async def test_the_homeserver_is_asked_by_four_at_a_time(library, avatars):
    names = [str(n) for n in range(20)] * 2
    await asyncio.gather(*(avatars.of(name) for name in names))
    assert library.most == 4
    assert len(set(library.asked)) == 20
