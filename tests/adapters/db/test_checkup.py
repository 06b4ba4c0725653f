"""Whether webhooks arrive, as the database tells it."""

import pytest

from haos_voice_bridge.adapters.db.checkup import DatabaseCheckup
from haos_voice_bridge.core.effects import Refuse, SendMessage
from haos_voice_bridge.core.request import Refusal
from haos_voice_bridge.ports import NewArrival
from tests.fakes.people import ANA, NOW, ROOM, joined, lounge, play

HOUR = 3_600_000


class Clock:
    def __init__(self, now):
        self.now = now

    def now_ms(self):
        return self.now


async def call_began(store, at):
    room, _ = play(lounge(), joined(ANA, at))
    await store.save(room, [], at)


async def webhook_came(inbox, at):
    await inbox.add([NewArrival(f"livekit:{at}", ROOM, "livekit", {})], at)


async def verdict(database, now=NOW):
    (finding,) = await DatabaseCheckup(database, "SQLite", Clock(now)).webhooks()
    return finding


async def test_without_a_call_nothing_is_missed(database):
    assert (await verdict(database)).text.endswith("none, and no call either.")


@pytest.mark.parametrize("last", [None, NOW - 3 * HOUR])
async def test_a_call_without_news_of_its_start_is_a_warning(database, store, inbox, last):
    await call_began(store, NOW - HOUR)
    if last is not None:
        await webhook_came(inbox, last)
    found = await verdict(database)
    assert found.level == "warning"
    assert "/livekit/webhook" in found.advice


async def test_news_since_the_start_is_fine_and_a_new_call_is_given_time(database, store, inbox):
    await call_began(store, NOW - 10_000)
    assert (await verdict(database)).level == "ok"
    await webhook_came(inbox, NOW - 9_000)
    assert (await verdict(database, NOW + HOUR)).text.startswith("LiveKit's webhooks arrive.")


async def test_what_was_set_aside_is_counted_with_the_rooms_that_forbade_it(database, store):
    effects = [
        SendMessage("a", {}),
        Refuse("b", ANA, "D", "r", to_device=False, refusal=Refusal("FULL", "x")),
    ]
    await store.save(lounge(), effects, NOW)
    await store.park(await store.next_owed(ROOM, "matrix"), "M_FORBIDDEN no power")
    await store.park(await store.next_owed(ROOM, "matrix"), "M_TOO_LARGE")
    found = await DatabaseCheckup(database, "SQLite", Clock(NOW)).set_aside()
    assert (found.effects, found.arrivals, found.forbidden) == (2, 0, (ROOM,))
    assert (await DatabaseCheckup(database, "SQLite", Clock(NOW)).answers())[0].level == "ok"
