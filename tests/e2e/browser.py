"""The web client, as far as HTTP goes: plain requests, no library."""

import json
from contextlib import asynccontextmanager
from urllib.parse import quote


class Browser:
    """The web client, as far as HTTP goes."""

    def __init__(self, http, url):
        self._http = http
        self._url = f"{url}/_haos/voice/v1"
        self.session = ""

    async def call(self, method, path, body=None, **options):
        """`(status, body)`; every answer may be read by a page of any site."""
        headers = {"Authorization": f"Bearer {self.session}"} if self.session else {}
        async with self._http.request(
            method, self._url + path, json=body, headers=headers, **options
        ) as response:
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            return response.status, await response.json()

    async def file(self, path):
        """`(status, type, bytes)` of a file."""
        headers = {"Authorization": f"Bearer {self.session}"} if self.session else {}
        async with self._http.get(self._url + path, headers=headers) as response:
            return response.status, response.content_type, await response.read()

    async def open(self, code):
        status, body = await self.call("POST", "/session", {"code": code})
        if status == 200:
            self.session = body["session"]
        return status, body

    async def sign_in(self, person, **body):
        """A session by an OpenID token of the person's homeserver."""
        path = ("user", person.user_id, "openid", "request_token")
        openid = await person.request("POST", *path, content={})
        status, answer = await self.call("POST", "/session", {"openid": openid, **body})
        if status == 200:
            self.session = answer["session"]
        return status, answer

    @asynccontextmanager
    async def events(self, room_id):
        """A reader of the stream: `await read()` gives the next room."""
        async with self._stream(f"{room_path(room_id)}/events") as content:

            async def read():
                async for line in content:
                    if line.startswith(b"data: "):
                        return json.loads(line[6:])
                return None

            yield read

    @asynccontextmanager
    async def all_events(self):
        """A reader of all channels: `await read("ring")` gives the next event of that name."""
        async with self._stream("/events") as content:

            async def read(*wanted):
                name = ""
                async for line in content:
                    if line.startswith(b"event: "):
                        name = line[7:].strip().decode()
                    if line.startswith(b"data: ") and (not wanted or name in wanted):
                        return name, json.loads(line[6:])
                return None

            yield read

    @asynccontextmanager
    async def _stream(self, path):
        headers = {"Authorization": f"Bearer {self.session}"}
        async with self._http.get(self._url + path, headers=headers) as response:
            assert response.status == 200
            assert response.content_type == "text/event-stream"
            yield response.content


def room_path(room_id):
    return f"/rooms/{quote(room_id, safe='')}"
