"""Bodies of requests: what is read, what is refused and with which words."""

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haos_voice_bridge.token_service import requests
from haos_voice_bridge.token_service.refused import Refused
from haos_voice_bridge.token_service.requests import Delay

OPENID = {"access_token": "tok", "token_type": "Bearer", "matrix_server_name": "hs"}
LEGACY = {"room": "!roomid:example.com", "openid_token": OPENID, "device_id": "DEVICE123"}
HASHED = {
    "room_id": "!roomid:example.com",
    "slot_id": "m.call#ROOM",
    "openid_token": OPENID,
    "member": {
        "id": "memberABC",
        "claimed_user_id": "@alice:example.com",
        "claimed_device_id": "DEVICE123",
    },
}
DELEGATED = {**HASHED, "delay_id": "syd_1", "delay_timeout": 18_000}


def read(reader, body):
    return reader(json.dumps(body).encode())


def refusal(reader, body):
    with pytest.raises(Refused) as caught:
        reader(body if isinstance(body, bytes) else json.dumps(body).encode())
    return caught.value.status, caught.value.errcode, caught.value.error


def without(body, name, inner=None):
    if inner is None:
        return {key: value for key, value in body.items() if key != name}
    return {**body, name: without(body[name], inner)}


def test_both_endpoints_name_the_same_room_and_different_identities():
    legacy, hashed = read(requests.sfu_get, LEGACY), read(requests.get_token, HASHED)
    assert legacy.alias == hashed.alias == "F4oOprKFBq6JHqy2qYpq6UQQmR7hCvxkQQoUrd0+SbI"
    assert legacy.identity("@alice:example.com") == "@alice:example.com:DEVICE123"
    assert hashed.identity("@alice:example.com") == "J+T45tGruxc+HrUOqJJlyQSV33m728Cme4+vt8/SWrU"


def test_another_slot_is_another_room():
    other = read(requests.get_token, {**HASHED, "slot_id": "slot1234"})
    assert other.alias == "O8437W3+jmzMVjoIP3tNwbm+XxHQk2iKpOA7aqw3qSc"


def test_the_legacy_endpoint_needs_no_device():
    assert read(requests.sfu_get, without(LEGACY, "device_id")).identity("@a:hs") == "@a:hs:"


def test_fields_that_nobody_knows_are_let_pass():
    more = {"future": {"x": 1}, "delay_cs_api_url": "http://169.254.169.254/"}
    assert read(requests.sfu_get, {**LEGACY, **more}) == read(requests.sfu_get, LEGACY)
    member = {**HASHED["member"], "more": True}
    assert read(requests.get_token, {**HASHED, "member": member}).member.member_id == "memberABC"


@pytest.mark.parametrize("reader", [requests.sfu_get, requests.get_token])
def test_a_delay_is_taken_over_where_it_is_whole(reader):
    body = LEGACY if reader is requests.sfu_get else HASHED
    whole = {**body, "delay_id": "syd_1", "delay_timeout": 18_000}
    assert read(reader, whole).delay == Delay("syd_1", 18_000)
    assert read(reader, body).delay is None
    assert read(reader, {**body, "delay_id": "", "delay_timeout": 0}).delay is None
    half = (400, "M_BAD_JSON", "The request body is missing `delay_id` or `delay_timeout`")
    for part in (
        {"delay_id": "syd_1"},
        {"delay_timeout": 5},
        {"delay_id": "x", "delay_timeout": -1},
    ):
        assert refusal(reader, {**body, **part}) == half


@pytest.mark.parametrize(
    ("reader", "body", "error"),
    [
        (requests.sfu_get, without(LEGACY, "room"), "Missing room parameter"),
        (requests.sfu_get, without(LEGACY, "openid_token"), "Missing OpenID token parameters"),
        (
            requests.sfu_get,
            without(LEGACY, "openid_token", "matrix_server_name"),
            "Missing OpenID token parameters",
        ),
        (
            requests.get_token,
            without(HASHED, "slot_id"),
            "The request body is missing `room_id` or `slot_id`",
        ),
        (
            requests.get_token,
            without(HASHED, "member", "claimed_device_id"),
            "The request body `member` is missing a `id`, `claimed_user_id` or `claimed_device_id`",
        ),
        (
            requests.get_token,
            without(HASHED, "openid_token", "access_token"),
            "The request body `openid_token` is missing a `access_token` or `matrix_server_name`",
        ),
        (
            requests.delegate_delayed_leave,
            without(DELEGATED, "member"),
            "The request body `member` is missing `id`, `claimed_user_id` or `claimed_device_id`",
        ),
        (
            requests.delegate_delayed_leave,
            without(DELEGATED, "openid_token"),
            "The request body `openid_token` is missing `access_token` or `matrix_server_name`",
        ),
        (
            requests.delegate_delayed_leave,
            HASHED,
            "The request body is missing `delay_id` or `delay_timeout`",
        ),
        (
            requests.delegate_delayed_leave,
            without(DELEGATED, "delay_timeout"),
            "The request body is missing `delay_id` or `delay_timeout`",
        ),
    ],
)
def test_what_is_missing_is_said_in_the_originals_words(reader, body, error):
    assert refusal(reader, body) == (400, "M_BAD_JSON", error)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        {**LEGACY, "room": 5},
        {**LEGACY, "openid_token": "x"},
        {**LEGACY, "delay_timeout": "5"},
        {**LEGACY, "delay_timeout": True},
        {**LEGACY, "delay_timeout": 1.5},
    ],
)
def test_what_cannot_be_read_is_not_json(body):
    assert refusal(requests.sfu_get, body) == (400, "M_NOT_JSON", "Error reading request")


@pytest.mark.parametrize("room", ["!a\n:hs", "\ud800", "x" * 2000])
def test_a_name_that_is_none_is_refused(room):
    assert refusal(requests.sfu_get, {**LEGACY, "room": room})[:2] == (400, "M_BAD_JSON")


@pytest.mark.parametrize("delay_id", [".", ".."])
def test_a_delay_id_that_would_lead_elsewhere_is_refused(delay_id):
    assert refusal(requests.delegate_delayed_leave, {**DELEGATED, "delay_id": delay_id})[0] == 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from([*DELEGATED, "room", "device_id"])


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first text makes a table of Unicode
@given(st.dictionaries(NAMES, JSON), st.sampled_from([LEGACY, DELEGATED, {}]))
def test_any_json_is_read_or_refused(changes, body):
    text = json.dumps({**body, **changes}).encode()
    for reader in (requests.sfu_get, requests.get_token, requests.delegate_delayed_leave):
        with suppress(Refused):
            request = reader(text)
            assert request.alias
            assert request.identity("@a:hs")
