"""What a transaction carries for the bot's device: keys, devices of others, how many keys are left.

(MSC2409, MSC3202.) All of it is stored like events, in one lane, since Olm's order matters: a room
key that was acknowledged must not be lost.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from haos_voice_bridge.ports import KEYS_LANE, NewArrival

OLM = "m.room.encrypted"
PROBE = "io.haos.voice.probe"
SYNC = "sync:"
LOW = 25
"""Of the 50 one-time keys that are published; each new conversation with a device takes one."""

_DEVICE_LISTS = ("device_lists", "org.matrix.msc3202.device_lists")
_COUNTS = (
    "device_one_time_keys_count",
    "org.matrix.msc3202.device_one_time_keys_count",
    "org.matrix.msc3202.device_one_time_key_counts",
)


class KeyIntake:
    """Picks out what is for the bot's device."""

    def __init__(self, user_id: str, device_id: str) -> None:
        self._user_id = user_id
        self._device_id = device_id

    def arrivals(
        self, body: Mapping[str, Any], to_device: Iterable[object], txn_id: str
    ) -> list[NewArrival]:
        """What is to be stored of a transaction, in the order in which it must be handled."""
        count = self._count(body)
        is_pushed = not txn_id.startswith(SYNC)
        found = []
        for message in to_device:
            if isinstance(message, dict) and self._is_mine(message):
                found += self._message(message, is_counted=count is not None, is_pushed=is_pushed)
        changed = _changed(body)
        if changed:
            payload = {"kind": "devices", "changed": changed}
            found.append(_arrival(f"devices:{txn_id}:{_digest(payload)}", payload))
        if count is not None and count < LOW:
            key = f"one-time-keys:{txn_id}:{_digest(body)}"
            found.append(_arrival(key, {"kind": "one_time_keys", "count": count}))
        return found

    def synced(self, answer: Mapping[str, Any]) -> list[NewArrival]:
        """The same of a `/sync`, which names no recipient: it is for this device."""
        to_device = answer.get("to_device")
        events = to_device.get("events") if isinstance(to_device, dict) else None
        here = {"to_user_id": self._user_id, "to_device_id": self._device_id}
        messages = [{**event, **here} for event in _list(events) if isinstance(event, dict)]
        counts = {self._user_id: {self._device_id: answer.get("device_one_time_keys_count")}}
        batch = str(answer.get("next_batch"))
        body = {**answer, "device_one_time_keys_count": counts}
        return self.arrivals(body, messages, f"{SYNC}{batch}")

    def _is_mine(self, message: Mapping[str, Any]) -> bool:
        to = (message.get("to_user_id"), message.get("to_device_id"))
        return to == (self._user_id, self._device_id) and isinstance(message.get("sender"), str)

    def _message(
        self, message: dict[str, Any], *, is_counted: bool, is_pushed: bool
    ) -> list[NewArrival]:
        match message.get("type"):
            case "m.room.encrypted":
                # By what it says: one that comes twice, in any way, is one.
                said = {name: message.get(name) for name in ("sender", "type", "content")}
                return [_arrival(f"olm:{_digest(said)}", {"kind": "olm", "message": message})]
            case "io.haos.voice.probe" if message["sender"] == self._user_id and is_pushed:
                content = message.get("content")
                nonce = str(content.get("nonce")) if isinstance(content, dict) else ""
                return [_arrival(probe_key(nonce, is_counted=is_counted), {"kind": "probe"})]
            case _:
                return []

    def _count(self, body: Mapping[str, Any]) -> int | None:
        """How many one-time keys the homeserver has of ours; None: it does not say."""
        for name in _COUNTS:
            value: object = body.get(name)
            for step in (self._user_id, self._device_id, "signed_curve25519"):
                value = value.get(step) if isinstance(value, dict) else None
            if isinstance(value, int) and not isinstance(value, bool):
                return value
        return None


def probe_key(nonce: str, *, is_counted: bool) -> str:
    """What an answered probe is stored as."""
    return f"probe:{nonce[:64]}:{'counted' if is_counted else 'uncounted'}"


def _changed(body: Mapping[str, Any]) -> list[str]:
    users: dict[str, None] = {}
    for name in _DEVICE_LISTS:
        lists = body.get(name)
        changed = lists.get("changed") if isinstance(lists, dict) else None
        for user in _list(changed):
            if isinstance(user, str):
                users[user] = None
    return list(users)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _arrival(key: str, payload: dict[str, Any]) -> NewArrival:
    return NewArrival(key, KEYS_LANE, "keys", payload)


def _digest(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]
