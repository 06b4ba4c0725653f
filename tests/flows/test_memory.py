"""Memory stays flat, however much happens. MEMORY_EVENTS (5,000): how much that is."""

import gc
import itertools
import os
import sys
from pathlib import Path

import numpy as np

from tests.fakes.people import ANA, BEN, CLEO
from tests.fakes.virtual_time import in_virtual_time
from tests.flows.bridge import running

EVENTS = int(os.environ.get("MEMORY_EVENTS", "5000"))
ROOMS = [f"!room{number}:hs" for number in range(20)]
BATCH = 100


def resident_bytes():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def forget(outside):
    """What the fakes remember is not the bridge's."""
    for peer in (outside.bot, outside.facts, outside.media, outside.presence):
        peer.asked.clear()
    outside.bot.messages.clear()
    outside.bot.written.clear()
    outside.media.removed.clear()


def happenings(outside):
    """Arrivals without end: people come and go in all rooms, ask, and type."""
    for room_id in itertools.cycle(ROOMS):
        stays = [outside.connects(user_id, room_id) for user_id in (ANA, BEN, CLEO)]
        yield from (came for _, came in stays)
        yield outside.asks(ANA, room_id)
        yield outside.says("!voice help", room_id=room_id)
        yield from (outside.leaves(seen, room_id) for seen, _ in stays)


@in_virtual_time
async def test_memory_is_flat(tmp_path, capsys):
    async with running(tmp_path, in_room=False) as bridge:
        outside = bridge.outside
        await bridge.hears(*(outside.bot_joins(room_id) for room_id in ROOMS))
        arrivals = happenings(outside)
        seen = []
        for number in range(0, EVENTS, BATCH):
            await bridge.hears(*itertools.islice(arrivals, BATCH))
            await bridge.settles(within_s=600)
            forget(outside)
            if number % (BATCH * 10) == 0:
                gc.collect()
                seen.append((number, resident_bytes()))
        later = np.array(seen[len(seen) // 3 :])
        slope = np.polyfit(later[:, 0], later[:, 1], 1)[0]
    with capsys.disabled():
        sys.stdout.write(
            f"\n[figure] {EVENTS} events: {later[-1, 1] / 2**20:.0f} MiB at the end, "
            f"{slope:.0f} bytes an event after the first third\n"
        )
    assert slope < 1000
