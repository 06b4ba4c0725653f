"""Somebody who writes encrypted messages, on vodozemac: another implementation than the bot's."""

import base64
import json

import vodozemac
from mautrix.api import Method

from haos_voice_bridge.errors import Rejected
from tests.fakes.people import BOT, ROOM

MEGOLM = "m.megolm.v1.aes-sha2"
OLM = "m.olm.v1.curve25519-aes-sha2"


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Homeserver:
    """Keeps devices and their one-time keys, and answers nothing else."""

    def __init__(self):
        self.user_id = BOT
        self.devices = {}
        self.one_time_keys = {}

    async def request(self, method, path, content=None, query=None, *, as_user=""):
        where = str(path)
        if where.endswith("/keys/upload"):
            if content and content.get("device_keys"):
                keys = content["device_keys"]
                self.devices.setdefault(keys["user_id"], {})[keys["device_id"]] = keys
            self.one_time_keys.update((content or {}).get("one_time_keys", {}))
            return {"one_time_key_counts": {"signed_curve25519": len(self.one_time_keys)}}
        if where.endswith("/keys/query"):
            asked = content["device_keys"]
            return {"device_keys": {user: self.devices.get(user, {}) for user in asked}}
        if method is Method.GET:
            raise Rejected("not found", errcode="M_NOT_FOUND")
        return {}


class Writer:
    """One device of a user, with one Olm session to the bot and one Megolm session."""

    def __init__(self, homeserver, user_id, device_id="PHONE"):
        self.user_id, self.device_id = user_id, device_id
        self.account = vodozemac.Account()
        self.group = vodozemac.GroupSession()
        self._homeserver = homeserver
        self._olm = None
        homeserver.devices.setdefault(user_id, {})[device_id] = self._device_keys()

    def _device_keys(self):
        keys = {
            "user_id": self.user_id,
            "device_id": self.device_id,
            "algorithms": [OLM, MEGOLM],
            "keys": {
                f"curve25519:{self.device_id}": self.curve,
                f"ed25519:{self.device_id}": self.ed,
            },
        }
        signature = self.account.sign(canonical(keys)).to_base64()
        return {**keys, "signatures": {self.user_id: {f"ed25519:{self.device_id}": signature}}}

    @property
    def curve(self):
        return self.account.curve25519_key.to_base64()

    @property
    def ed(self):
        return self.account.ed25519_key.to_base64()

    def _bot(self):
        (keys,) = self._homeserver.devices[BOT].values()
        device = keys["device_id"]
        return keys["keys"][f"curve25519:{device}"], keys["keys"][f"ed25519:{device}"], device

    def to_bot(self, event_type, content, **changes):
        """An encrypted to-device message, as a transaction brings it."""
        curve, ed, device = self._bot()
        if self._olm is None:
            key_id = next(iter(self._homeserver.one_time_keys))
            one_time = self._homeserver.one_time_keys.pop(key_id)["key"]
            identity = vodozemac.Curve25519PublicKey.from_base64(curve)
            key = vodozemac.Curve25519PublicKey.from_base64(one_time)
            self._olm = self.account.create_outbound_session(identity, key)
        plain = {
            "type": event_type,
            "content": content,
            "sender": self.user_id,
            "sender_device": self.device_id,
            "keys": {"ed25519": self.ed},
            "recipient": BOT,
            "recipient_keys": {"ed25519": ed},
            **changes,
        }
        kind, body = self._olm.encrypt(json.dumps(plain).encode()).to_parts()
        ciphertext = {curve: {"type": kind, "body": _base64(body)}}
        message = {"algorithm": OLM, "sender_key": self.curve, "ciphertext": ciphertext}
        return {
            "type": "m.room.encrypted",
            "sender": self.user_id,
            "content": message,
            "to_user_id": BOT,
            "to_device_id": device,
        }

    def room_key(self, group=None):
        """The key of the Megolm session, for the bot."""
        group = group or self.group
        content = {
            "algorithm": MEGOLM,
            "room_id": ROOM,
            "session_id": group.session_id,
            "session_key": group.session_key.to_base64(),
        }
        return self.to_bot("m.room_key", content)

    def says(self, body, event_id="$said", **outer):
        """An encrypted message in the room."""
        plain = {
            "room_id": ROOM,
            "type": "m.room.message",
            "content": {"msgtype": "m.text", "body": body},
        }
        ciphertext = self.group.encrypt(json.dumps(plain).encode()).to_base64()
        return {
            "type": "m.room.encrypted",
            "event_id": event_id,
            "room_id": ROOM,
            "sender": self.user_id,
            "origin_server_ts": 1,
            "content": {
                "algorithm": MEGOLM,
                "session_id": self.group.session_id,
                "ciphertext": ciphertext,
                "sender_key": self.curve,
                "device_id": self.device_id,
            },
            **outer,
        }


def _base64(body):
    return body if isinstance(body, str) else base64.b64encode(body).decode().rstrip("=")
