"""The SFU's API. Rooms are named by their Matrix room id on our side, by its hash on LiveKit's."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from livekit import api

from haos_voice_bridge.core.events import Media
from haos_voice_bridge.core.grants import Grant
from haos_voice_bridge.core.ids import livekit_room, parse_identity
from haos_voice_bridge.core.reconcile import Seen
from haos_voice_bridge.errors import Rejected, Unavailable

EMPTY_TIMEOUT_S = 75
"""How long LiveKit keeps a room that nobody has entered: longer than a token is valid."""
DEPARTURE_TIMEOUT_S = 20
TIMEOUT = aiohttp.ClientTimeout(total=5, connect=2)

_SOURCES = {
    "microphone": api.TrackSource.MICROPHONE,
    "camera": api.TrackSource.CAMERA,
    "screen_share": api.TrackSource.SCREEN_SHARE,
    "screen_share_audio": api.TrackSource.SCREEN_SHARE_AUDIO,
}
_LISTED_STATES = frozenset({api.ParticipantInfo.State.JOINED, api.ParticipantInfo.State.ACTIVE})


class LiveKitServer:
    """What the bridge asks of the SFU."""

    def __init__(
        self, session: aiohttp.ClientSession, rpc_url: str, api_key: str, api_secret: str
    ) -> None:
        self._rooms = api.LiveKitAPI(
            rpc_url, api_key, api_secret, session=session, timeout=TIMEOUT, failover=False
        ).room

    async def check(self) -> None:
        """Ask something that needs the key, to see that it is accepted."""
        async with livekit_errors():
            await self._rooms.list_rooms(api.ListRoomsRequest(names=["haos-voice-bridge"]))

    async def open_room(self, room_id: str) -> None:
        """Make the LiveKit room; one that exists is success."""
        async with livekit_errors():
            await self._rooms.create_room(
                api.CreateRoomRequest(
                    name=livekit_room(room_id),
                    empty_timeout=EMPTY_TIMEOUT_S,
                    departure_timeout=DEPARTURE_TIMEOUT_S,
                )
            )

    async def remove_participant(self, room_id: str, identity: str) -> None:
        """End a connection; none is success."""
        async with livekit_errors(absent_is_fine=True):
            await self._rooms.remove_participant(
                api.RoomParticipantIdentity(room=livekit_room(room_id), identity=identity)
            )

    async def set_grant(self, room_id: str, identity: str, grant: Grant) -> None:
        """Change what a participant may do; none of that name is success."""
        permission = api.ParticipantPermission(
            can_subscribe=grant.can_hear,
            can_publish=bool(grant.sources),
            can_publish_data=True,
            can_publish_sources=[_SOURCES[source] for source in grant.sources],
            can_update_metadata=True,
        )
        async with livekit_errors(absent_is_fine=True):
            await self._rooms.update_participant(
                api.UpdateParticipantRequest(
                    room=livekit_room(room_id), identity=identity, permission=permission
                )
            )

    async def send_data(self, room_id: str, identity: str, topic: str, data: bytes) -> None:
        """Send to one participant, reliably; none of that name is success."""
        async with livekit_errors(absent_is_fine=True):
            await self._rooms.send_data(
                api.SendDataRequest(
                    room=livekit_room(room_id),
                    data=data,
                    kind=api.DataPacket.Kind.RELIABLE,
                    destination_identities=[identity],
                    topic=topic,
                )
            )

    async def close_room(self, room_id: str) -> None:
        """End all connections; no room is success."""
        async with livekit_errors(absent_is_fine=True):
            await self._rooms.delete_room(api.DeleteRoomRequest(room=livekit_room(room_id)))

    async def occupied(self) -> Sequence[str]:
        """LiveKit's names of the rooms that have somebody in them, ours and others'."""
        async with livekit_errors():
            answer = await self._rooms.list_rooms(api.ListRoomsRequest())
        return [room.name for room in answer.rooms if room.num_participants]

    async def participants(self, room_id: str) -> Sequence[Seen]:
        """Who is connected; no room means nobody."""
        people: list[api.ParticipantInfo] = []
        async with livekit_errors(absent_is_fine=True):
            answer = await self._rooms.list_participants(
                api.ListParticipantsRequest(room=livekit_room(room_id))
            )
            people.extend(answer.participants)
        return [seen for info in people if (seen := _seen(info)) is not None]


def _seen(info: api.ParticipantInfo) -> Seen | None:
    """A person's device; recorders, agents and hidden participants are nobody in a roster."""
    who = parse_identity(info.identity) or ("", "")
    if info.kind != api.ParticipantInfo.Kind.STANDARD or info.permission.hidden:
        return None
    if info.state not in _LISTED_STATES:
        return None
    shown = {track.source for track in info.tracks if not track.muted}
    attributes = info.attributes
    return Seen(
        identity=info.identity,
        sid=info.sid,
        user_id=who[0],
        device_id=who[1],
        at=info.joined_at_ms or info.joined_at * 1000,
        media=Media(
            muted=api.TrackSource.MICROPHONE not in shown,
            deafened=attributes.get("io.haos.voice.deafened") == "true",
            video=api.TrackSource.CAMERA in shown,
            screen=api.TrackSource.SCREEN_SHARE in shown,
            hand=attributes.get("io.haos.voice.hand") == "true",
        ),
    )


@asynccontextmanager
async def livekit_errors(*, absent_is_fine: bool = False) -> AsyncIterator[None]:
    """LiveKit's errors as ours."""
    try:
        yield
    except api.ServerError as error:
        if error.code == "not_found" and absent_is_fine:
            return
        if error.status >= 500 or error.status == 429:
            raise Unavailable(f"LiveKit: {error.message}") from error
        raise Rejected(f"LiveKit: {error.message}", errcode=f"HTTP_{error.status}") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        reason = str(error) or type(error).__name__
        raise Unavailable(f"LiveKit does not answer: {reason}") from error
