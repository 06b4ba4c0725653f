"""A person with a Matrix client, as far as the tests need one: plain requests, no library."""

import asyncio
import json
import time
import uuid
from urllib.parse import quote

import aiohttp
from joserfc import jwe
from joserfc.jwk import ECKey
from ruamel.yaml import YAML


class MatrixRefusal(Exception):
    """The homeserver said no."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body}")
        self.status = status
        self.errcode = body.get("errcode")


class Refused(Exception):
    """The bridge said no."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]
        self.error = error


class Person:
    """Somebody with an account, seen through the client-server API."""

    def __init__(self, http: aiohttp.ClientSession, homeserver_url: str, user, bot_user_id: str):
        self._http = http
        self.homeserver_url = self._url = homeserver_url
        self.access_token = self._token = user.access_token
        self.user_id = user.user_id
        self.device_id = user.device_id
        self._bot = bot_user_id
        self.since = ""

    async def request(self, method, *path, content=None, version="v3", **query):
        url = f"{self._url}/_matrix/client/{version}/" + "/".join(quote(p, safe="") for p in path)
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._http.request(
            method, url, json=content, params=query, headers=headers
        ) as response:
            body = await response.json()
            if response.status != 200:
                raise MatrixRefusal(response.status, body)
            return body

    async def show_picture(self, content, content_type="image/png"):
        """Upload it, and have it as one's picture in all rooms."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": content_type}
        async with self._http.post(
            f"{self._url}/_matrix/media/v3/upload", data=content, headers=headers
        ) as response:
            mxc = (await response.json())["content_uri"]
        path = ("profile", self.user_id, "avatar_url")
        await self.request("PUT", *path, content={"avatar_url": mxc})

    async def create_room(self, **options):
        content = {"preset": "private_chat", "name": "Attic", **options}
        return (await self.request("POST", "createRoom", content=content))["room_id"]

    async def invite(self, room_id, user_id):
        await self.request("POST", "rooms", room_id, "invite", content={"user_id": user_id})

    async def join(self, room_id):
        await self.request("POST", "join", room_id, content={})

    async def leave(self, room_id):
        await self.request("POST", "rooms", room_id, "leave", content={})

    async def kick(self, room_id, user_id):
        content = {"user_id": user_id, "reason": "test"}
        await self.request("POST", "rooms", room_id, "kick", content=content)

    async def ban(self, room_id, user_id):
        await self.request("POST", "rooms", room_id, "ban", content={"user_id": user_id})

    async def send(self, room_id, event_type, content):
        path = ("rooms", room_id, "send", event_type, uuid.uuid4().hex)
        return (await self.request("PUT", *path, content=content))["event_id"]

    async def say(self, room_id, body):
        return await self.send(room_id, "m.room.message", {"msgtype": "m.text", "body": body})

    async def send_to_device(self, user_id, event_type, content, device_id="*"):
        path = ("sendToDevice", event_type, uuid.uuid4().hex)
        messages = {user_id: {device_id: content}}
        await self.request("PUT", *path, content={"messages": messages})

    async def set_state(self, room_id, event_type, content, state_key=""):
        path = ("rooms", room_id, "state", event_type, state_key)
        return (await self.request("PUT", *path, content=content))["event_id"]

    async def state(self, room_id, event_type, state_key=""):
        """A state event's content, or None."""
        try:
            return await self.request("GET", "rooms", room_id, "state", event_type, state_key)
        except MatrixRefusal as refusal:
            if refusal.errcode == "M_NOT_FOUND":
                return None
            raise

    async def all_state(self, room_id):
        return await self.request("GET", "rooms", room_id, "state")

    async def timeline(self, room_id):
        """All events of the room that the user may see, oldest first."""
        events, start = [], None
        while True:
            query = {"dir": "b", "limit": "100", **({"from": start} if start else {})}
            page = await self.request("GET", "rooms", room_id, "messages", **query)
            events += page["chunk"]
            start = page.get("end")
            if not start or not page["chunk"]:
                return events[::-1]

    async def bot_messages(self, room_id):
        return [
            event
            for event in await self.timeline(room_id)
            if event["sender"] == self._bot and event["type"] == "m.room.message"
        ]

    async def reply_to(self, room_id, event_id, timeout_s=10):
        """The bot's reply to a message."""

        async def found():
            for event in await self.bot_messages(room_id):
                relates = event["content"].get("m.relates_to", {})
                if relates.get("m.in_reply_to", {}).get("event_id") == event_id:
                    return event["content"]["body"]
            return None

        return await until(found, timeout_s)

    # The bridge's protocol (docs/protocol.md)

    async def ask(self, room_id, *, device_id=None, key=None, **changes):
        """Send `io.haos.voice.join`; the request's id."""
        key = key or ECKey.generate_key("P-256", private=True)
        request = {
            "request_id": str(uuid.uuid4()),
            "device_id": device_id or self.device_id,
            "public_key": key.as_dict(private=False),
            "reply": "state",
            **changes,
        }
        await self.send(room_id, "io.haos.voice.join", request)
        return request["request_id"]

    async def answer_to(self, room_id, request_id, timeout_s=10):
        """What the bot wrote into the room's state for this request."""
        name = f"_{self.user_id}"

        async def found():
            content = await self.state(room_id, "io.haos.voice.token", name)
            return content if content and content.get("request_id") == request_id else None

        return await until(found, timeout_s)

    async def admission(self, room_id, *, device_id=None, timeout_s=10, **changes):
        """Ask to be let in, and open the sealed answer."""
        key = ECKey.generate_key("P-256", private=True)
        request_id = await self.ask(room_id, device_id=device_id, key=key, **changes)
        answer = await self.answer_to(room_id, request_id, timeout_s)
        if "error" in answer:
            raise Refused(answer["error"])
        return json.loads(jwe.decrypt_compact(answer["token"], key).plaintext)


async def delete_bot_device(http, stack):
    """What an admin can do at any time; the device's id."""
    config = YAML(typ="safe").load(stack.data / "bridge" / "config.yaml")
    url = f"{stack.homeserver_url}/_matrix/client/v3/devices"
    who = {
        "headers": {"Authorization": f"Bearer {config['appservice']['as_token']}"},
        "params": {"user_id": stack.info.bot_user_id},
    }
    async with http.get(url, **who) as response:
        (device,) = (await response.json())["devices"]
    async with http.delete(f"{url}/{device['device_id']}", **who) as response:
        assert response.status == 200
    return device["device_id"]


async def until(check, timeout_s=10.0, every_s=0.1):
    """Wait until `check()` gives something true, and give that."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = await check()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s} s: {check.__qualname__}")
        await asyncio.sleep(every_s)
