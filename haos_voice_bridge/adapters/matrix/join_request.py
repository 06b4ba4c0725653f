"""`io.haos.voice.join`, read and checked: what goes on from here can be answered."""

from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from haos_voice_bridge.core.events import JoinMalformed, JoinRequested
from haos_voice_bridge.core.hints import Hint, WithStanding
from haos_voice_bridge.core.ids import is_clean
from haos_voice_bridge.core.request import JoinRequest, Reply
from haos_voice_bridge.ports import Arrival

JOIN = "io.haos.voice.join"
ID_LIMIT = 255


def to_device(arrival: Arrival) -> Hint | None:
    """Read a request to join sent straight to the bot.

    It is answered the same way, whatever it asks for: an outsider must not be able to make the bot
    write into a room.
    """
    event = arrival.payload
    sender, content = event.get("sender"), event.get("content")
    if event.get("type") != JOIN or not isinstance(sender, str) or not isinstance(content, dict):
        return None
    asked = {**content, "reply": "to_device"}
    return join_request(arrival.key, sender, asked, arrival.received_ts)


def join_request(cause: str, sender: str, content: Mapping[str, Any], at: int) -> Hint | None:
    """Read a request, or find what is wrong with it; None where there is nobody to answer."""
    reply = content.get("reply", "state")
    device_id, request_id = _id(content, "device_id"), _id(content, "request_id")
    answer_by: Reply = "to_device" if reply == "to_device" else "state"
    key = public_key(content.get("public_key"))
    if not device_id or not request_id:
        if answer_by == "to_device" and not device_id:
            return None
        reason = f"request_id and device_id must be texts of 1 to {ID_LIMIT} visible characters."
    elif ":" in device_id:
        # `@ana:hs` with a device `8448:X` would read as a user of the server `hs:8448`.
        reason = "device_id must not contain a colon."
    elif not isinstance(reply, str) or reply not in {"state", "to_device"}:
        reason = "reply must be state or to_device."
    elif key is None:
        reason = "public_key must be a P-256 public key as a JWK: kty, crv, x and y."
    else:
        request = JoinRequest(
            cause,
            request_id,
            sender,
            device_id,
            at,
            key,
            answer_by,
            encrypts=content.get("media_encryption") is True,
        )
        return WithStanding(sender, lambda standing: JoinRequested(request, standing))
    return JoinMalformed(cause, sender, device_id, request_id, answer_by, reason)


def public_key(value: object) -> dict[str, str] | None:
    """The public members of a P-256 key, or None if it is not a point of the curve."""
    if not isinstance(value, dict) or value.get("kty") != "EC" or value.get("crv") != "P-256":
        return None
    public: dict[str, str | list[str]] = {
        name: part for name in ("kty", "crv", "x", "y") if isinstance(part := value.get(name), str)
    }
    try:
        key = ECKey.import_key(public)
        return {
            name: str(part) for name, part in key.as_dict(private=False).items() if name in public
        }
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def join_again(arrival: Arrival) -> Hint:
    """Read our own note to judge a request anew."""
    said = arrival.payload
    request = JoinRequest(
        cause=said["cause"],
        request_id=said["request_id"],
        user_id=said["user_id"],
        device_id=said["device_id"],
        asked_ts=said["asked_ts"],
        public_key=said["public_key"],
        reply=said["reply"],
        encrypts=said.get("encrypts") is True,
    )
    return WithStanding(request.user_id, lambda standing: JoinRequested(request, standing))


def _id(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    usable = isinstance(value, str) and len(value) <= ID_LIMIT and is_clean(value)
    return str(value) if usable else ""
