"""What clients ask, read from JSON (lk-jwt-service 0.5 `requests.go`, MSC4195).

The words of the errors are the original's: clients and their tests look at them. Unlike it, we let
fields pass that we do not know, so that a newer client is not turned away.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from haos_voice_bridge.core.ids import CALL_SLOT, hash_of, identity_of, is_clean
from haos_voice_bridge.token_service.refused import bad_json, not_json

LONGEST = 1024
"""Characters of a name at most: Matrix's own end at 255 bytes, tokens may be longer."""
LONGEST_DELAY_MS = 30 * 86_400_000
"""A delay beyond this is handled as this: it is restarted the more often."""


@dataclass(frozen=True, slots=True)
class OpenIdToken:
    """A Matrix OpenID token, and the server that vouches for it."""

    server_name: str
    access_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """Who a client of the newer endpoints says it is; the device is not verified."""

    member_id: str
    user_id: str
    device_id: str


@dataclass(frozen=True, slots=True)
class Delay:
    """A delayed leave (MSC4140) that the client hands over; times in ms."""

    delay_id: str
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request to be let in, or to take over a leave.

    Attributes:
        member: None on the legacy endpoint, whose identities are not hashed.
    """

    room_id: str
    slot_id: str
    token: OpenIdToken
    device_id: str
    member: Member | None
    delay: Delay | None

    @property
    def alias(self) -> str:
        """The LiveKit room."""
        return hash_of([self.room_id, self.slot_id])

    def identity(self, user_id: str) -> str:
        """The LiveKit identity of that user's device."""
        if self.member is None:
            return identity_of(user_id, self.device_id)
        return hash_of([user_id, self.device_id, self.member.member_id])


def sfu_get(body: bytes) -> TokenRequest:
    """`POST /sfu/get`."""
    data = _object(body)
    room = _text(data, "room")
    token = _token(data)
    device = _text(data, "device_id")
    delay = _delay(data)
    if not room:
        raise bad_json("Missing room parameter")
    if token is None:
        raise bad_json("Missing OpenID token parameters")
    if ":" in device:
        # The identity `@a:hs` + `:` + `8448:DEV` is that of another user, `@a:hs:8448`.
        raise bad_json("`device_id` must not contain a colon")
    _whole(delay, data)
    return TokenRequest(room, CALL_SLOT, token, device, None, delay)


def get_token(body: bytes) -> TokenRequest:
    """`POST /get_token`."""
    return _hashed(_object(body), " a")


def delegate_delayed_leave(body: bytes) -> TokenRequest:
    """`POST /delegate_delayed_leave`; always with a `delay`."""
    request = _hashed(_object(body), "")
    if request.delay is None:
        raise _no_delay()
    return request


def _hashed(data: Mapping[str, Any], article: str) -> TokenRequest:
    room, slot = _text(data, "room_id"), _text(data, "slot_id")
    token, member, delay = _token(data), _member(data), _delay(data)
    if not (room and slot):
        raise bad_json("The request body is missing `room_id` or `slot_id`")
    if member is None:
        raise bad_json(
            f"The request body `member` is missing{article} "
            "`id`, `claimed_user_id` or `claimed_device_id`"
        )
    if token is None:
        raise bad_json(
            f"The request body `openid_token` is missing{article} "
            "`access_token` or `matrix_server_name`"
        )
    _whole(delay, data)
    return TokenRequest(room, slot, token, member.device_id, member, delay)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise not_json() from error
    if not isinstance(data, dict):
        raise not_json()
    return data


def _part(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = data.get(name)
    if part is None:
        return {}
    if not isinstance(part, dict):
        raise not_json()
    return part


def _text(data: Mapping[str, Any], name: str) -> str:
    text = data.get(name)
    if text is None:
        return ""
    if not isinstance(text, str):
        raise not_json()
    if len(text) > LONGEST or not is_clean(text):
        raise bad_json(f"`{name}` is too long or has characters that no Matrix name has")
    return text


def _token(data: Mapping[str, Any]) -> OpenIdToken | None:
    part = _part(data, "openid_token")
    server, token = _text(part, "matrix_server_name"), _text(part, "access_token")
    return OpenIdToken(server, token) if server and token else None


def _member(data: Mapping[str, Any]) -> Member | None:
    part = _part(data, "member")
    names = [_text(part, name) for name in ("id", "claimed_user_id", "claimed_device_id")]
    return Member(*names) if all(names) else None


def _timeout(data: Mapping[str, Any]) -> int:
    timeout = data.get("delay_timeout")
    if timeout is None:
        return 0
    if isinstance(timeout, bool) or not isinstance(timeout, int):
        raise not_json()
    return min(timeout, LONGEST_DELAY_MS)


def _delay(data: Mapping[str, Any]) -> Delay | None:
    """`delay_cs_api_url` is not looked at: a client must not choose whom we call."""
    delay_id, timeout = _text(data, "delay_id"), _timeout(data)
    if delay_id in {".", ".."}:  # it becomes a part of a path
        raise bad_json("`delay_id` is not one that a homeserver gives")
    return Delay(delay_id, timeout) if delay_id and timeout > 0 else None


def _whole(delay: Delay | None, data: Mapping[str, Any]) -> None:
    """Refuse half a delay."""
    if delay is None and (_text(data, "delay_id") or _timeout(data) > 0):
        raise _no_delay()


def _no_delay() -> Exception:
    return bad_json("The request body is missing `delay_id` or `delay_timeout`")
