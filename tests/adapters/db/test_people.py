"""Who wants not to be rung, on both kinds of database."""

from haos_voice_bridge.adapters.db.people import SqlPeople
from tests.fakes.people import ANA, BEN, CLEO


async def test_quiet_is_remembered_until_it_is_switched_off(database):
    people = SqlPeople(database)
    assert await people.quiet_among([ANA, BEN]) == set()
    await people.set_quiet(BEN, quiet=True)
    await people.set_quiet(BEN, quiet=True)
    await people.set_quiet(CLEO, quiet=True)
    assert await people.quiet_among([ANA, BEN]) == {BEN}
    await people.set_quiet(BEN, quiet=False)
    assert await people.quiet_among([ANA, BEN, CLEO]) == {CLEO}
    assert await people.quiet_among([]) == set()
