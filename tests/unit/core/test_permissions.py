import pytest
from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge.core.permissions import (
    CREATOR_LEVEL,
    PowerLevels,
    Role,
    power_levels_from,
    role_of,
)
from tests.fakes.people import standing


@pytest.mark.parametrize(
    ("user_id", "role"),
    [
        ("@root:hs", Role.ADMIN),
        ("@ana:hs", Role.START),
        ("@ana:other", Role.JOIN),
        ("@bad:hs", Role.BLOCK),
        ("@ana:hs:8448", Role.MODERATE),
    ],
)
def test_the_most_specific_entry_wins(user_id, role):
    permissions = {
        "*": Role.JOIN,
        "hs": Role.START,
        "hs:8448": Role.MODERATE,
        "@root:hs": Role.ADMIN,
        "@bad:hs": Role.BLOCK,
    }
    assert role_of(user_id, permissions) is role


def test_who_is_not_in_the_map_is_blocked():
    assert role_of("@ana:hs", {"other": Role.ADMIN}) is Role.BLOCK


def test_each_role_includes_the_ones_before():
    roles = list(Role)
    for place, role in enumerate(roles):
        assert [other for other in roles if role.includes(other)] == roles[: place + 1]


def test_creators_of_a_version_12_room_stand_above_every_level():
    create = {"room_version": "12", "additional_creators": ["@ben:hs", 7]}
    levels = power_levels_from({"users": {"@cleo:hs": 100}}, create, "@ana:hs")
    assert levels.of("@ana:hs") == levels.of("@ben:hs") == CREATOR_LEVEL
    assert levels.of("@cleo:hs") == 100


def test_creators_of_older_rooms_have_only_what_the_event_says():
    levels = power_levels_from({"users": {}}, {"room_version": "11"}, "@ana:hs")
    assert levels.of("@ana:hs") == 0


def test_without_power_levels_the_creator_has_100_and_state_is_open():
    levels = power_levels_from(None, {"room_version": "10"}, "@ana:hs")
    assert levels.of("@ana:hs") == 100
    assert levels.to_send_state("m.room.name") == 0


def test_levels_of_old_rooms_may_be_texts():
    content = {"users": {"@ana:hs": "50"}, "users_default": " 5 ", "state_default": "x"}
    levels = power_levels_from(content, {}, "@x:hs")
    assert levels.of("@ana:hs") == 50
    assert levels.of("@ben:hs") == 5
    assert levels.to_send_state("any") == 50


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
keys = st.sampled_from(["users", "users_default", "events", "state_default", "kick"])


@given(st.dictionaries(keys, json), st.dictionaries(st.sampled_from(["room_version"]), json))
def test_no_content_breaks_the_reader(content, create):
    levels = power_levels_from(content, create, "@ana:hs")
    assert isinstance(levels.of("@ana:hs"), int)
    assert isinstance(levels.to_send_state("x"), int)


def test_moderators_are_made_by_the_room_or_by_the_config():
    assert standing(level=50).is_moderator
    assert standing(level=0, role=Role.MODERATE).is_moderator
    assert not standing(level=49).is_moderator
    assert standing(level=10, events={"io.haos.voice.moderate": 10}).is_moderator


def test_rights_default_to_what_the_protocol_says():
    levels = PowerLevels()
    assert [levels.to_use(f"io.haos.voice.{right}") for right in ("join", "speak", "video")] == [
        0
    ] * 3
    assert levels.to_use("io.haos.voice.moderate") == 50
