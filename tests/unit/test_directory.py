"""The list of all channels: what it costs, and what it leaves out."""

from dataclasses import replace

from haos_voice_bridge.core.permissions import PowerLevels, Role
from haos_voice_bridge.ports import Members, Profile
from haos_voice_bridge.service.directory import SHOWN, Directory
from haos_voice_bridge.service.members import Membership
from haos_voice_bridge.service.watch import Watch
from tests.fakes.people import ANA, BEN, joined, lounge, play
from tests.fakes.virtual_time import VirtualClock, in_virtual_time


class Store:
    def __init__(self, rooms):
        self.rooms = {room.room_id: replace(room, version=1) for room in rooms}
        self.loads = 0

    async def versions(self):
        return {room_id: room.version for room_id, room in self.rooms.items()}

    async def known_rooms(self):
        self.loads += 1
        return [room for room in self.rooms.values() if room.bot == "joined"]

    async def load(self, room_id):
        self.loads += 1
        return self.rooms[room_id]

    def save(self, room):
        self.rooms[room.room_id] = replace(room, version=self.rooms[room.room_id].version + 1)


class Facts:
    def __init__(self, members):
        self.of, self.asked, self.role = members, 0, Role.JOIN

    async def members(self, room_id):
        self.asked += 1
        people = {user: Profile(user[1:], "", is_member=True) for user in self.of(room_id)}
        return Members(people, PowerLevels(), lambda _: self.role)

    async def children(self, _space_id):
        return []


def directory(rooms, members):
    store, facts = Store(rooms), Facts(members)
    made = Directory(store, facts, Membership(facts), VirtualClock(), Watch())
    return made, store, facts


@in_virtual_time
async def test_a_thousand_rooms_are_read_once_and_then_only_what_changes():
    rooms = [replace(lounge(), room_id=f"!r{n}:hs") for n in range(1000)]
    channels, store, facts = directory(rooms, lambda room_id: [ANA] if "7" in room_id else [BEN])
    seen = await channels.seen_by(ANA)
    assert len(seen.channels) == sum("7" in room.room_id for room in rooms)
    assert (store.loads, facts.asked) == (1, 1000)
    generation = await channels.changed(-1)
    store.save(replace(store.rooms["!r7:hs"], name="Chess"))
    assert await channels.changed(generation) > generation
    assert (await channels.seen_by(ANA)).channels["!r7:hs"]["name"] == "Chess"
    assert (store.loads, facts.asked) == (2, 1000)


@in_virtual_time
async def test_a_call_of_five_hundred_is_cut_but_counted():
    room, _ = play(lounge(), *(joined(f"@u{n}:hs") for n in range(500)))
    channels, _, _ = directory([room], lambda _: [ANA, *(f"@u{n}:hs" for n in range(500))])
    ((one),) = (await channels.seen_by(ANA)).channels.values()
    assert one["call"]["count"] == 500
    assert len(one["call"]["participants"]) == len(one["people"]) == SHOWN


@in_virtual_time
async def test_who_is_blocked_or_not_in_the_room_sees_nothing_of_it():
    channels, store, facts = directory([lounge()], lambda _: [ANA])
    assert (await channels.seen_by(BEN)).channels == {}
    facts.role = Role.BLOCK
    assert (await channels.seen_by(ANA)).channels == {}
    facts.role = Role.JOIN
    (room,) = store.rooms.values()
    generation = await channels.changed(-1)
    store.save(replace(room, bot="absent"))
    await channels.changed(generation)
    assert (await channels.seen_by(ANA)).channels == {}
