"""A bridge for the web client alone: its HTTP API over a real LiveKit, and rooms that tests set up.

Tokens, rosters, moderation and moves are LiveKit's own; only Matrix is missing.
"""

import asyncio
import json
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import aiohttp
from aiohttp import web
from livekit import api

from haos_voice_bridge.core.ids import livekit_room

API = "/_haos/voice/v1"
# LiveKit's client asks its server over HTTP, too, why a WebSocket was refused.
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' data:; media-src 'self' blob:; connect-src 'self' ws: wss: http: https:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
SOURCES = ["microphone", "camera", "screen_share", "screen_share_audio"]


@dataclass
class Room:
    """A room, as a test wants it."""

    room_id: str
    name: str
    channel: dict = field(default_factory=lambda: {"enabled": True, "user_limit": 0})
    calls: list = field(default_factory=list)
    refuses: dict | None = None
    started_ts: int = 0


@dataclass(frozen=True)
class Person:
    """Somebody with a session."""

    user_id: str
    device_id: str
    name: str
    room_id: str
    may_moderate: bool

    @property
    def identity(self):
        return f"{self.user_id}:{self.device_id}"


class Refusal(Exception):
    def __init__(self, status, code=None, error="", retry_after_ms=None):
        super().__init__(error)
        self.status = status
        self.body = {"errcode": "M_FORBIDDEN", "error": error}
        if code:
            self.body["io.haos.voice.code"] = code
        if retry_after_ms is not None:
            self.body["retry_after_ms"] = retry_after_ms


class Bridge:
    """`await bridge.start()`; then `bridge.link("ana", room)` is an address to open."""

    def __init__(self, livekit_url, key, secret, dist: Path):
        self.livekit_url = livekit_url
        self._key, self._secret, self._dist = key, secret, dist
        self.rooms: dict[str, Room] = {}
        self._names: dict[str, str] = {}
        self._codes: dict[str, Person] = {}
        self._sessions: dict[str, Person] = {}
        self.down = False

    async def start(self):
        self._livekit = api.LiveKitAPI(
            self.livekit_url.replace("ws", "http", 1), self._key, self._secret
        )
        app = web.Application(middlewares=[self._errors])
        app.add_routes(
            [
                web.post(f"{API}/session", self._session),
                web.get(f"{API}/rooms/{{room}}", self._room),
                web.get(f"{API}/rooms/{{room}}/events", self._events),
                web.post(f"{API}/rooms/{{room}}/token", self._token),
                web.get(f"{API}/rooms/{{room}}/history", self._history),
                web.post(f"{API}/rooms/{{room}}/participants/{{identity}}", self._moderate),
                web.get("/voice/{path:.*}", self._file),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/voice/"

    async def stop(self):
        await self._livekit.aclose()
        await self._runner.cleanup()

    def room(self, name="Lounge", **channel):
        made = Room(f"!{secrets.token_hex(6)}:hs", name)
        made.channel |= channel
        self.rooms[made.room_id] = made
        return made

    def link(self, name, room, *, may_moderate=False, device=None, shown=None):
        code = secrets.token_urlsafe(12)
        user_id = f"@{name}:hs"
        self._names[user_id] = shown or name.capitalize()
        device = device or f"WEB{secrets.token_hex(3).upper()}"
        person = Person(user_id, device, self._names[user_id], room.room_id, may_moderate)
        self._codes[code] = person
        return f"{self.url}#/link/{code}"

    async def participants(self, room):
        with suppress(api.TwirpError, aiohttp.ClientError):
            answer = await self._livekit.room.list_participants(
                api.ListParticipantsRequest(room=livekit_room(room.room_id))
            )
            return list(answer.participants)
        return []

    @web.middleware
    async def _errors(self, request, handler):
        if self.down and request.path.startswith(API):
            request.transport.close()
        try:
            return await handler(request)
        except Refusal as refusal:
            return web.json_response(refusal.body, status=refusal.status)

    async def _file(self, request):
        path = (self._dist / (request.match_info["path"] or "index.html")).resolve()
        if not path.is_file() or not path.is_relative_to(self._dist.resolve()):
            raise web.HTTPNotFound
        return web.FileResponse(path, headers={"Content-Security-Policy": POLICY})

    async def _session(self, request):
        person = self._codes.pop((await request.json())["code"], None)
        if person is None:
            raise Refusal(403, error="This link was used, or is too old.")
        session = secrets.token_urlsafe(24)
        self._sessions[session] = person
        return web.json_response(
            {
                "session": session,
                "expires_ts": round((time.time() + 3600) * 1000),
                "user_id": person.user_id,
                "device_id": person.device_id,
                "name": person.name,
                "avatar_url": None,
                "room_id": person.room_id,
            }
        )

    def _asker(self, request):
        person = self._sessions.get(
            request.headers.get("Authorization", "").removeprefix("Bearer ")
        )
        if person is None:
            raise Refusal(401, error="No such session.")
        return person, self.rooms[unquote(request.match_info["room"])]

    async def _snapshot(self, person, room):
        people = [p for p in await self.participants(room) if p.state in (1, 2)]
        if people and not room.started_ts:
            room.started_ts = round(time.time() * 1000)
        if not people:
            room.started_ts = 0
        call = {}
        if people:
            call = {
                "call_id": f"C{room.started_ts}",
                "started_ts": room.started_ts,
                "started_by": people[0].identity.rpartition(":")[0],
                "count": len(people),
                "revision": 1,
                "participants": [self._entry(p) for p in people],
            }
        names = {user: {"name": name, "avatar_url": None} for user, name in self._names.items()}
        return {
            "room_id": room.room_id,
            "name": room.name,
            "channel": room.channel,
            "call": call,
            "people": names,
            "you": {"user_id": person.user_id, "may_moderate": person.may_moderate},
        }

    @staticmethod
    def _entry(p):
        user_id, _, device = p.identity.rpartition(":")
        live = {t.source for t in p.tracks if not t.muted}
        return {
            "user_id": user_id,
            "device_id": device,
            "joined_ts": p.joined_at * 1000,
            "muted": api.TrackSource.MICROPHONE not in live,
            "deafened": p.attributes.get("io.haos.voice.deafened") == "true",
            "video": api.TrackSource.CAMERA in live,
            "screen": api.TrackSource.SCREEN_SHARE in live,
            "hand": p.attributes.get("io.haos.voice.hand") == "true",
        }

    async def _room(self, request):
        return web.json_response(await self._snapshot(*self._asker(request)))

    async def _events(self, request):
        person, room = self._asker(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        last = ""
        with suppress(ConnectionError, aiohttp.ClientError):
            while not self.down:
                text = json.dumps(await self._snapshot(person, room))
                if text != last:
                    last = text
                    await response.write(f"event: room\ndata: {text}\n\n".encode())
                await asyncio.sleep(0.25)
        return response

    async def _token(self, request):
        person, room = self._asker(request)
        return web.json_response(await self.way_in(person, room))

    async def way_in(self, person, room):
        if room.refuses:
            raise Refusal(**room.refuses)
        name = livekit_room(room.room_id)
        await self._livekit.room.create_room(
            api.CreateRoomRequest(name=name, empty_timeout=60, departure_timeout=20)
        )
        grants = api.VideoGrants(
            room_join=True,
            room=name,
            can_publish=True,
            can_publish_sources=SOURCES,
            can_subscribe=True,
            can_publish_data=True,
            can_update_own_metadata=True,
        )
        jwt = (
            api.AccessToken(self._key, self._secret)
            .with_identity(person.identity)
            .with_name(person.name)
            .with_ttl(timedelta(seconds=60))
            .with_grants(grants)
            .to_jwt()
        )
        return {
            "livekit_url": self.livekit_url,
            "jwt": jwt,
            "livekit_room": name,
            "identity": person.identity,
            "call_id": "",
            "expires_ts": round((time.time() + 60) * 1000),
        }

    async def _history(self, request):
        _person, room = self._asker(request)
        return web.json_response({"calls": room.calls[: int(request.query.get("limit", 20))]})

    async def _moderate(self, request):
        person, room = self._asker(request)
        if not person.may_moderate:
            raise Refusal(403, "FORBIDDEN", "You may not moderate here.")
        order = await request.json()
        await self.order(room, unquote(request.match_info["identity"]), **order)
        return web.json_response({})

    async def order(self, room, identity, action, to=None):
        name, rooms = livekit_room(room.room_id), self._livekit.room
        target = api.RoomParticipantIdentity(room=name, identity=identity)
        if action == "kick":
            await rooms.remove_participant(target)
        elif action == "move":
            other = self.rooms.get(to)
            if other is None:
                raise Refusal(404, error="There is no such room.")
            user_id, _, device = identity.rpartition(":")
            moved = Person(user_id, device, self._names[user_id], to, may_moderate=False)
            way = await self.way_in(moved, other)
            content = json.dumps({**way, "room_id": to, "name": other.name}).encode()
            await rooms.send_data(
                api.SendDataRequest(
                    room=name,
                    data=content,
                    kind=api.DataPacket.RELIABLE,
                    destination_identities=[identity],
                    topic="io.haos.voice.move",
                )
            )
        elif action == "mute":
            for p in await self.participants(room):
                for track in p.tracks:
                    if p.identity == identity and track.source == api.TrackSource.MICROPHONE:
                        await rooms.mute_published_track(
                            api.MuteRoomTrackRequest(
                                room=name, identity=identity, track_sid=track.sid, muted=True
                            )
                        )
        else:
            silenced, deaf = action == "silence", action == "deafen"
            sources = [s for s in (2, 1, 3, 4) if not (silenced and s == 2)]
            permission = api.ParticipantPermission(
                can_publish=True,
                can_subscribe=not deaf,
                can_publish_data=True,
                can_update_metadata=True,
                can_publish_sources=sources,
            )
            await rooms.update_participant(
                api.UpdateParticipantRequest(room=name, identity=identity, permission=permission)
            )

    async def close_room(self, room):
        await self._livekit.room.delete_room(api.DeleteRoomRequest(room=livekit_room(room.room_id)))
