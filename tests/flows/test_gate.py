"""The gate of the token service, on the real rules and a real database."""

import asyncio

from haos_voice_bridge.core.admission import TOKEN_MS
from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.channel import Channel
from haos_voice_bridge.core.ids import CALL_SLOT, hash_of, identity_of
from haos_voice_bridge.core.site import DRAIN
from haos_voice_bridge.errors import Overtaken
from haos_voice_bridge.service.entry import TRIES, Entry
from haos_voice_bridge.service.gate import REQUESTS, RoomGate
from haos_voice_bridge.token_service.gates import OpenGate
from haos_voice_bridge.token_service.ports import Ask
from haos_voice_bridge.token_service.refused import Refused
from tests.fakes.fake_media import FakeTokens
from tests.fakes.people import ANA, BEN, CLEO, ROOM, SITE
from tests.fakes.virtual_time import in_virtual_time
from tests.flows.bridge import running, until


class Door:
    """The gate of a running bridge."""

    def __init__(self, bridge):
        self.bridge = bridge
        self.saved = []
        clock = bridge.outside.clock
        entry = Entry(bridge.world, FakeTokens(clock), SITE, self._saved)
        self.gate = RoomGate(bridge.store, entry, bridge.identities, clock, OpenGate(["full.hs"]))

    def _saved(self, room, effects):
        self.saved.append(room.room_id)
        self.bridge.rooms.saved(room, effects)

    async def admits(self, user_id=ANA, *, member="", device="DEV", **changes):
        identity = hash_of([user_id, device, member]) if member else identity_of(user_id, device)
        fields = {
            "room_id": ROOM,
            "slot_id": CALL_SLOT,
            "server_name": "hs",
            "identity": identity,
            **changes,
        }
        ask = Ask(user_id=user_id, device_id=device, **fields)
        return await self.gate.admit(ask)

    async def refuses(self, *args, **options):
        try:
            await self.admits(*args, **options)
        except Refused as refused:
            return refused.status, refused.errcode
        raise AssertionError("let in")


def at_the_door(test):
    @in_virtual_time
    async def run(tmp_path):
        async with running(tmp_path) as bridge:
            await test(bridge, Door(bridge))

    return run


@at_the_door
async def test_who_is_let_in_holds_a_place_and_may_do_what_the_room_says(bridge, door):
    bridge.outside.facts.events = {"io.haos.voice.speak": 50}
    admission = await door.admits()
    assert admission.full_access
    assert "microphone" not in admission.sources
    (place,) = (await bridge.room()).admissions
    assert place.identity == f"{ANA}:DEV"
    assert place.until - bridge.outside.clock.now_ms() > TOKEN_MS, "outlived by no token"
    assert door.saved == [ROOM]


@at_the_door
async def test_a_hash_is_known_before_its_token_is_out_and_a_plain_name_needs_no_memory(
    bridge, door
):
    await door.admits(member="m1")
    await door.admits(BEN)
    assert await bridge.identities.of_device(ROOM, ANA, "DEV") == [hash_of([ANA, "DEV", "m1"])]
    assert await bridge.identities.of_device(ROOM, BEN, "DEV") == []


@at_the_door
async def test_a_hash_holds_its_devices_place(bridge, door):
    for member in ("", "m1", "m2"):
        await door.admits(member=member)
    assert len((await bridge.room()).admissions) == 1


@at_the_door
async def test_each_refusal_has_its_status(bridge, door):
    facts = bridge.outside.facts
    facts.memberships = {BEN: "leave", CLEO: "ban"}
    forbidden = (403, "M_FORBIDDEN")
    for user_id in (BEN, CLEO):
        assert await door.refuses(user_id) == forbidden
        assert await door.refuses(user_id, member="m") == forbidden
        assert await door.refuses(user_id, member="m", enters=False) == forbidden
    assert await door.refuses(slot_id="m.call#OTHER") == forbidden
    assert await door.refuses(room_id="!elsewhere:hs") == forbidden
    assert (await door.admits(room_id="!elsewhere:hs", server_name="full.hs")).full_access
    assert await door.refuses(device="") == (400, "M_BAD_JSON")
    assert await door.refuses(device="8448:DEV", member="m") == (400, "M_BAD_JSON")
    assert await bridge.identities.of_device(ROOM, BEN, "DEV") == []


@at_the_door
async def test_matrix_rtc_clients_need_no_channel_but_keep_out_where_it_was_switched_off(
    bridge, door
):
    for room_id, channel in (("!plain:hs", None), ("!off:hs", Channel(enabled=False))):
        room = Room(room_id, bot="joined", channel=channel)
        await bridge.store.save(room, [], bridge.outside.clock.now_ms())
    assert (await door.admits(room_id="!plain:hs")).full_access
    assert (await door.admits(room_id="!plain:hs", enters=False)).full_access
    assert await door.refuses(room_id="!off:hs") == (403, "M_FORBIDDEN")
    bridge.outside.facts.memberships = {BEN: "leave"}
    assert await door.refuses(BEN, room_id="!plain:hs") == (403, "M_FORBIDDEN")


@at_the_door
async def test_too_many_requests_and_paused_calls_are_told_to_come_again(bridge, door):
    for _ in range(10):
        await door.admits()
    for _ in range(3):
        assert await door.refuses() == (429, "M_LIMIT_EXCEEDED")
    await bridge.database.execute("INSERT INTO flags (name, value) VALUES ($1, 'on')", DRAIN)
    assert await door.refuses(BEN) == (503, "M_UNKNOWN")


@at_the_door
async def test_a_user_asks_only_so_often_whatever_for(bridge, door):
    """Each request is a question to the homeserver, refused or not, in the bot's rooms or not."""
    for _ in range(REQUESTS // 2):
        await door.admits(member="m", enters=False)
        await door.refuses(room_id="!elsewhere:hs")
    asked = list(bridge.outside.facts.asked)
    for options in ({"enters": False}, {}, {"room_id": "!elsewhere:hs", "server_name": "full.hs"}):
        assert await door.refuses(**options) == (429, "M_LIMIT_EXCEEDED")
    assert bridge.outside.facts.asked == asked
    await door.admits(BEN)
    await asyncio.sleep(60)
    await door.admits()


@at_the_door
async def test_a_device_that_is_none_is_refused(bridge, door):
    for device in ("", "8448:DEV", "D" * 256, "D\nEV", "D\ud800"):
        assert await door.refuses(device=device, identity="x") == (400, "M_BAD_JSON")
    assert (await bridge.room()).admissions == ()


@at_the_door
async def test_a_device_of_odd_characters_is_a_device_as_any_other(bridge, door):
    for device in ("a/b", "%2e%2e", "<b>", "d\u202eved", "é💥", "LINKX", "D" * 255):
        assert (await door.admits(device=device)).full_access
        assert await bridge.identities.of_device(ROOM, ANA, device) == []


@at_the_door
async def test_who_only_hands_over_a_leave_holds_no_place(bridge, door):
    assert (await door.admits(member="m", enters=False)).full_access
    room = await bridge.room()
    assert (room.admissions, room.asked) == ((), ())
    assert await bridge.identities.of_device(ROOM, ANA, "DEV") == []


@at_the_door
async def test_who_is_in_the_call_and_hands_over_by_a_token_holds_no_place(bridge, door):
    outside = bridge.outside
    await door.admits(hands_over=True)
    _, came = outside.connects(ANA)
    await bridge.hears(came)
    await until(bridge.in_call)
    await door.admits(hands_over=True)
    assert (await bridge.room()).admissions == ()
    await door.admits()
    assert len((await bridge.room()).admissions) == 1


@at_the_door
async def test_who_was_let_in_before_the_bot_came_is_judged_once_it_is_there(bridge, door):
    """Between the bot's invitation and its arrival the room is as any other without it."""
    outside, room_id = bridge.outside, "!new:hs"
    outside.facts.memberships = {BEN: "leave"}
    for user_id in (ANA, BEN):
        assert (await door.admits(user_id, room_id=room_id, server_name="full.hs")).full_access
        outside.media.connect(room_id, user_id, outside.clock.now_ms())
    await bridge.hears(outside.bot_joins(room_id=room_id))
    began = outside.clock.now_ms()
    await until(lambda: list(outside.media.here) == [(room_id, f"{ANA}:DEV")])
    assert outside.clock.now_ms() - began <= 6_000
    assert await door.refuses(BEN, room_id=room_id) == (403, "M_FORBIDDEN")


@at_the_door
async def test_a_save_that_came_second_is_decided_anew(bridge, door):
    save, overtaken = bridge.store.save, iter(range(TRIES - 1))

    async def overtaking(*args, **options):
        if next(overtaken, None) is not None:
            raise Overtaken("another bridge")
        await save(*args, **options)

    bridge.store.save = overtaking
    assert (await door.admits()).full_access
    assert len((await bridge.room()).admissions) == 1
