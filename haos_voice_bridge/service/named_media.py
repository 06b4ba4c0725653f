"""A `MediaServer` over another that calls a device by other names, perhaps by several."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from haos_voice_bridge.core.grants import Grant
from haos_voice_bridge.core.reconcile import Seen
from haos_voice_bridge.ports import MediaServer


class NamedMedia(ABC):
    """What is done to a device is done under each of its names; under some there may be nobody."""

    def __init__(self, media: MediaServer) -> None:
        self._media = media
        self.open_room = media.open_room
        self.close_room = media.close_room
        self.occupied = media.occupied

    @abstractmethod
    async def names(self, room_id: str, identity: str) -> Sequence[str]:
        """The names of a device there."""

    @abstractmethod
    async def participants(self, room_id: str) -> Sequence[Seen]:
        """Who is connected, by their devices."""

    async def remove_participant(self, room_id: str, identity: str) -> None:
        """End all connections of a device; none is success."""
        for name in await self.names(room_id, identity):
            await self._media.remove_participant(room_id, name)

    async def set_grant(self, room_id: str, identity: str, grant: Grant) -> None:
        """Change what a device may do, over each of its connections; none is success."""
        for name in await self.names(room_id, identity):
            await self._media.set_grant(room_id, name, grant)

    async def send_data(self, room_id: str, identity: str, topic: str, data: bytes) -> None:
        """Send to a device, over each of its connections; none is success."""
        for name in await self.names(room_id, identity):
            await self._media.send_data(room_id, name, topic, data)
