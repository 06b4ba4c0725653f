"""Who is in a room is asked once for all, and anew when it may have changed."""

import asyncio

from haos_voice_bridge.core.permissions import PowerLevels, Role
from haos_voice_bridge.ports import Members, Profile
from haos_voice_bridge.service.members import FRESH_S, LONGEST_S, Membership, standing_of
from tests.fakes.people import ANA, BEN, ROOM
from tests.fakes.virtual_time import in_virtual_time


class Facts:
    def __init__(self):
        self.asked = 0
        self.here = [ANA]

    async def members(self, _room_id):
        self.asked += 1
        here = list(self.here)
        await asyncio.sleep(0.1)
        people = {user: Profile(user[1:4], "", is_member=True) for user in here}
        return Members(people, PowerLevels(users={ANA: 50}), lambda _: Role.JOIN)


@in_virtual_time
async def test_many_who_ask_at_once_are_one_question():
    facts = Facts()
    membership = Membership(facts)
    await asyncio.gather(*(membership.of(ROOM, 1) for _ in range(50)))
    assert facts.asked == 1
    await membership.of(ROOM, 1)
    assert facts.asked == 1


@in_virtual_time
async def test_a_room_of_another_version_is_asked_anew_but_not_all_the_time():
    facts = Facts()
    membership = Membership(facts)
    await membership.of(ROOM, 1)
    facts.here = [ANA, BEN]
    assert BEN not in (await membership.of(ROOM, 2)).people
    await asyncio.sleep(FRESH_S)
    assert BEN in (await membership.of(ROOM, 2)).people
    await asyncio.sleep(LONGEST_S - 1)
    await membership.of(ROOM, 2)
    assert facts.asked == 2, "nothing changed"
    await asyncio.sleep(2)
    await membership.of(ROOM, 2)
    assert facts.asked == 3


@in_virtual_time
async def test_a_change_that_is_heard_of_counts_at_once_even_while_asking():
    facts = Facts()
    membership = Membership(facts)
    early = asyncio.ensure_future(membership.of(ROOM, 1))
    await asyncio.sleep(0.05)
    facts.here = []
    membership.forget([ROOM])
    assert (await membership.of(ROOM, 1)).people == {}
    assert ANA in (await early).people
    assert (await membership.of(ROOM, 1)).people == {}, "the older answer is not kept"


@in_virtual_time
async def test_a_failure_is_not_remembered():
    facts = Facts()
    membership = Membership(facts)

    async def fails(_room_id):
        raise OSError("down")

    good, facts.members = facts.members, fails
    try:
        await membership.of(ROOM, 1)
    except OSError:
        facts.members = good
    assert ANA in (await membership.of(ROOM, 1)).people


async def test_what_a_member_is():
    members = await Facts().members(ROOM)
    ana = standing_of(members, ANA)
    assert (ana.name, ana.is_member, ana.is_moderator) == ("ana", True, True)
    assert standing_of(members, BEN) is None
