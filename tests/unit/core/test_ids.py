import pytest
from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge.core.ids import (
    call_id_of,
    hash_of,
    identity_of,
    livekit_room,
    parse_identity,
)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["!roomid:example.com", "slot1234"], "O8437W3+jmzMVjoIP3tNwbm+XxHQk2iKpOA7aqw3qSc"),
        (["!roomid:example.com", "m.call#ROOM"], "F4oOprKFBq6JHqy2qYpq6UQQmR7hCvxkQQoUrd0+SbI"),
        (
            ["@alice:example.com", "DEVICE123", "memberABC"],
            "J+T45tGruxc+HrUOqJJlyQSV33m728Cme4+vt8/SWrU",
        ),
        (["@alice:example.com", "memberABC"], "M3VnsLXrkbxIDINXO64u8PZzFyD9ZYFiQULR2dshWYs"),
    ],
)
def test_names_are_those_of_elements_token_service(names, expected):
    assert hash_of(names) == expected


def test_a_matrix_room_has_the_livekit_room_that_element_call_uses():
    assert livekit_room("!roomid:example.com") == "F4oOprKFBq6JHqy2qYpq6UQQmR7hCvxkQQoUrd0+SbI"


servers = st.sampled_from(["hs", "example.com", "example.com:8448", "[::1]:8448", "10.0.0.1"])
localparts = st.text("abcdefghijklmnopqrstuvwxyz0123456789._=-/+", min_size=1, max_size=30)
devices = st.text(
    st.characters(exclude_characters=":", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20
).filter(lambda device: not device.isdecimal())


@given(localparts, servers, devices)
def test_an_identity_gives_back_the_user_and_the_device(localpart, server, device):
    user_id = f"@{localpart}:{server}"
    assert parse_identity(identity_of(user_id, device)) == (user_id, device)


@pytest.mark.parametrize("identity", ["", "EG_abc", "agent-x", "@ana", "@ana:hs", "@ana:hs:"])
def test_identities_of_others_are_not_ours(identity):
    assert parse_identity(identity) is None


@given(st.text(max_size=50), st.integers(0, 2**48 - 1))
def test_a_call_id_is_a_ulid_and_the_same_for_the_same_cause(cause, now):
    call_id = call_id_of(cause, now)
    assert len(call_id) == 26
    assert set(call_id) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert call_id == call_id_of(cause, now)


@given(st.integers(0, 2**48 - 2))
def test_call_ids_sort_by_time(now):
    assert call_id_of("z", now) < call_id_of("a", now + 1)
