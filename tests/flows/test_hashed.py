"""Who comes under a hashed identity (`/get_token`) is held to the room's rules like everybody."""

from haos_voice_bridge.core.grants import Grant
from haos_voice_bridge.core.ids import hash_of
from haos_voice_bridge.service.identities import KEPT_MS, forget_unused
from tests.fakes.people import ANA, BEN, ROOM
from tests.fakes.virtual_time import in_virtual_time
from tests.flows.bridge import DROPPED, Outside, running, until

DEVICE = f"{BEN}:DEV"
SILENT = ("camera", "screen_share", "screen_share_audio")


async def minted(bridge, user_id=BEN, member="m1", device="DEV"):
    """As the gate does before a token is out."""
    name = hash_of([user_id, device, member])
    until_ms = bridge.outside.clock.now_ms() + KEPT_MS
    await bridge.identities.remember(ROOM, name, user_id=user_id, device_id=device, until=until_ms)
    bridge.outside.hashes[name] = (user_id, device)
    return name


def in_lounge(test):
    """Run a test with a bridge in the Lounge, in virtual time."""

    @in_virtual_time
    async def run(tmp_path):
        async with running(tmp_path) as bridge:
            await test(bridge)

    return run


async def roster(bridge):
    return bridge.outside.bot.state.get((ROOM, "io.haos.voice.call", ""), {}).get("participants")


@in_lounge
async def test_they_are_in_roster_and_history_by_name(bridge):
    outside = bridge.outside
    name = await minted(bridge)
    seen, told = outside.connects(BEN, hashed=name)
    await bridge.hears(told)

    async def is_listed():
        listed = await roster(bridge)
        return listed and (listed[0]["user_id"], listed[0]["identities"]) == (BEN, [name])

    await until(is_listed)
    await bridge.hears(outside.leaves(seen))
    await bridge.settles()
    (call,) = await bridge.history()
    assert [(span.user_id, span.device_id) for span in call.spans] == [(BEN, "DEV")]
    assert outside.media.removed == []


@in_lounge
async def test_they_are_found_where_every_webhook_was_lost(bridge):
    outside = bridge.outside
    name = await minted(bridge)
    outside.connects(BEN, hashed=name)
    await bridge.rooms.recount_all()
    await until(lambda: roster(bridge))
    (who,) = (await bridge.room()).call.participants
    assert (who.identity, who.names) == (DEVICE, (name,))


@in_lounge
async def test_who_is_kicked_from_the_room_is_cut_under_every_name(bridge):
    outside = bridge.outside
    first, second = await minted(bridge), await minted(bridge, member="m2")
    for name in (first, second, ""):
        await bridge.hears(outside.connects(BEN, hashed=name)[1])
    await until(lambda: roster(bridge))
    await bridge.hears(outside.is_kicked(BEN))
    await until(lambda: not outside.media.here)
    assert set(outside.media.removed) == {first, second, DEVICE}
    _, told = outside.connects(BEN, hashed=first)  # the old token opens a connection again
    await bridge.hears(told)
    await until(lambda: not outside.media.here)
    await bridge.settles()
    assert await bridge.in_call() == set()


@in_lounge
async def test_grants_follow_under_every_name(bridge):
    outside = bridge.outside
    names = [await minted(bridge), await minted(bridge, member="m2")]
    for name in names:
        await bridge.hears(outside.connects(BEN, hashed=name)[1])
    await until(lambda: roster(bridge))
    outside.facts.events = {"io.haos.voice.speak": 50}  # found at the next look at rights
    granted = outside.media.grants
    await until(lambda: all(granted.get(name) == Grant(SILENT) for name in names))


@in_lounge
async def test_a_stranger_is_removed_at_once_and_also_without_a_webhook(bridge):
    outside = bridge.outside
    await bridge.hears(outside.connects(ANA)[1])
    await until(lambda: roster(bridge))
    _, told = outside.connects(BEN, hashed="nobody minted this")
    await bridge.hears(told)
    await until(lambda: outside.media.removed == ["nobody minted this"], 0.9)
    outside.connects(BEN, hashed="nor this")
    await until(lambda: outside.media.removed == ["nobody minted this", "nor this"], 10)
    await until(bridge.in_call)
    assert await bridge.in_call() == {f"{ANA}:DEV"}


@in_lounge
async def test_a_drop_of_one_name_is_no_change_for_the_room(bridge):
    outside = bridge.outside
    seen, told = outside.connects(BEN, hashed=await minted(bridge))
    await bridge.hears(told, outside.connects(BEN)[1])
    await until(lambda: roster(bridge))
    await bridge.hears(outside.leaves(seen, reason=DROPPED))
    for _ in range(3):
        await bridge.rooms.recount_all()
    room = await bridge.room()
    assert [(p.identity, p.names) for p in room.call.participants] == [(DEVICE, ())]
    assert (room.call.dropped, room.call.spans) == ((), ())


@in_lounge
async def test_packets_and_echoes_reach_the_device_under_its_name(bridge):
    name = await minted(bridge)
    bridge.outside.connects(BEN, hashed=name)
    await bridge.media.send_data(ROOM, DEVICE, "topic", b"x")
    assert {identity for _, identity, *_ in bridge.outside.media.data} == {name, DEVICE}
    assert set(await bridge.media.names(ROOM, DEVICE)) == {name, DEVICE}
    assert await bridge.media.names(ROOM, f"{ANA}:DEV") == [f"{ANA}:DEV"]


@in_lounge
async def test_many_unused_names_cost_no_requests_to_the_sfu(bridge):
    for number in range(50):
        await minted(bridge, member=f"m{number}")
    assert await bridge.media.names(ROOM, DEVICE) == [DEVICE]


@in_lounge
async def test_a_name_is_remembered_while_its_call_goes_on_and_then_forgotten(bridge):
    outside, hour = bridge.outside, 3_600_000
    used, unused = await minted(bridge), await minted(bridge, member="m2")
    seen, told = outside.connects(BEN, hashed=used)
    await bridge.hears(told)
    await until(lambda: roster(bridge))
    now = outside.clock.now_ms()
    for later in range(1, 5):
        await forget_unused(bridge.identities, bridge.store, now + later * hour)
    assert await bridge.identities.of_device(ROOM, BEN, "DEV") == [used]
    assert unused != used
    await bridge.hears(outside.leaves(seen))
    await bridge.settles()
    for later in range(5, 8):
        await forget_unused(bridge.identities, bridge.store, now + later * hour)
    assert await bridge.identities.of_device(ROOM, BEN, "DEV") == []


@in_virtual_time
async def test_a_restart_forgets_nobody(tmp_path):
    outside = Outside()
    async with running(tmp_path, outside) as bridge:
        name = await minted(bridge)
        await bridge.hears(outside.connects(BEN, hashed=name)[1])
        await until(lambda: roster(bridge))
    async with running(tmp_path, outside, in_room=False) as bridge:
        await bridge.rooms.recount_all()
        await until(bridge.in_call)
        assert await bridge.in_call() == {DEVICE}
        await bridge.media.remove_participant(ROOM, DEVICE)
        assert outside.media.here == {}
