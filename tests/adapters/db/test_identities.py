"""Hashed identities, on both kinds of database."""

import pytest

from haos_voice_bridge.adapters.db.identities import SqlIdentities

LOUNGE, ATTIC = "!lounge:hs", "!attic:hs"
ANA, BEN = {"user_id": "@ana:hs", "device_id": "DEV"}, {"user_id": "@ben:hs", "device_id": "DEV"}


@pytest.fixture
async def identities(database):
    known = SqlIdentities(database)
    await known.remember(LOUNGE, "A/b+1", **ANA, until=10)
    await known.remember(LOUNGE, "a2", **ANA, until=20)
    await known.remember(LOUNGE, "b1", **BEN, until=20)
    await known.remember(ATTIC, "a3", **ANA, until=20)
    return known


async def test_an_identity_is_a_devices_in_its_room_alone(identities):
    found = await identities.devices(LOUNGE, ["A/b+1", "b1", "a3", "nobody's"])
    assert found == {"A/b+1": ("@ana:hs", "DEV"), "b1": ("@ben:hs", "DEV")}
    assert await identities.of_device(LOUNGE, "@ana:hs", "DEV") == ["A/b+1", "a2"]
    assert await identities.of_device(ATTIC, "@ana:hs", "DEV") == ["a3"]
    assert await identities.of_device(LOUNGE, "@ana:hs", "OTHER") == []


async def test_what_is_in_use_is_kept_and_the_rest_forgotten(identities):
    await identities.keep(LOUNGE, ["A/b+1", "not known"], 30)
    await identities.forget_before(25)
    assert await identities.of_device(LOUNGE, "@ana:hs", "DEV") == ["A/b+1"]
    assert await identities.of_device(ATTIC, "@ana:hs", "DEV") == []


async def test_the_same_again_is_one_row_that_lives_longer(identities):
    await identities.remember(LOUNGE, "A/b+1", **ANA, until=40)
    await identities.forget_before(30)
    assert await identities.of_device(LOUNGE, "@ana:hs", "DEV") == ["A/b+1"]
