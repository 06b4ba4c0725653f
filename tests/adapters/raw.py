"""Raw Matrix events, as a homeserver pushes them, and odd ones."""

from hypothesis import strategies as st

from haos_voice_bridge.adapters.matrix.translate import Reading
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.ports import Arrival
from tests.fakes.people import ANA, BOT, NOW, PUPPETS, ROOM

READING = Reading(BOT, "Voice", "!voice", {"*": Role.START}, puppets=PUPPETS)
POINT = {
    "kty": "EC",
    "crv": "P-256",
    "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
    "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
}
"""Bob's public key in RFC 7518, appendix C."""
PRIVATE = {**POINT, "d": "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"}

TYPES = [
    "m.room.message",
    "m.room.member",
    "m.room.name",
    "io.haos.voice.channel",
    "io.haos.voice.join",
    "m.room.topic",
]

odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
FIELDS = (
    *("membership", "name", "msgtype", "body", "enabled", "kind", "user_limit", "timeline"),
    *("device_id", "request_id", "public_key", "reply", "kty", "crv", "x", "y"),
)
odd_contents = st.dictionaries(st.sampled_from(FIELDS), odd, max_size=6)


def event(event_type, content, **more):
    return {
        "type": event_type,
        "event_id": "$e",
        "room_id": ROOM,
        "sender": ANA,
        "origin_server_ts": NOW - 100,
        "content": content,
        **more,
    }


def state(event_type, content, key="", **more):
    return event(event_type, content, state_key=key, **more)


def message(body, msgtype="m.text", **more):
    return event("m.room.message", {"msgtype": msgtype, "body": body}, **more)


def asking(**fields):
    return {"request_id": "r1", "device_id": "DEV", "public_key": POINT, **fields}


def arrival(raw, source="matrix", received=NOW, key="$key"):
    return Arrival(1, key, ROOM, source, raw, received)
