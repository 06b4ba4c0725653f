"""How long it is remembered whose a hashed identity is."""

from haos_voice_bridge.core.call import Active, Room
from haos_voice_bridge.ports import Identities, Store

KEPT_MS = 2 * 3_600_000
"""After it was handed out, or was seen in a call at the hour's turn. LiveKit renews the token of a
connection for 10 minutes after its end; whoever comes back later needs a new one anyway."""


async def forget_unused(identities: Identities, store: Store, now: int) -> None:
    """Forget those of nobody who is in a call; at least once an hour."""
    for room_id in await store.active_rooms():
        await identities.keep(room_id, in_use(await store.load(room_id)), now + KEPT_MS)
    await identities.forget_before(now)


def in_use(room: Room) -> frozenset[str]:
    """The hashed identities of who is in the room's call, or may be back."""
    call = room.call
    if not isinstance(call, Active):
        return frozenset()
    here = (*call.participants, *(lost.participant for lost in call.dropped))
    return frozenset(name for participant in here for name in participant.names)
