"""The SFU as the rest of the service sees it: its participants are devices, whatever it calls them.

A MatrixRTC client may come under a name that is a hash (MSC4195), and under several. Here each is
one more connection of `@user:server:DEVICE`, and what is done to the device is done to all of them.
"""

from collections.abc import Sequence
from dataclasses import replace

from haos_voice_bridge.core.ids import identity_of, parse_identity
from haos_voice_bridge.core.reconcile import Seen
from haos_voice_bridge.ports import Identities, MediaServer
from haos_voice_bridge.service.named_media import NamedMedia


class DeviceMedia(NamedMedia):
    """A `MediaServer` over one that knows only its own names."""

    def __init__(self, media: MediaServer, identities: Identities) -> None:
        super().__init__(media)
        self._identities = identities

    async def participants(self, room_id: str) -> Sequence[Seen]:
        """Who is connected, by their devices; who is no known device is a stranger."""
        seen = await self._media.participants(room_id)
        unnamed = [one.identity for one in seen if not one.user_id]
        if not unnamed:
            return seen
        known = await self._identities.devices(room_id, unnamed)
        return [_named(one, known.get(one.identity)) for one in seen]

    async def names(self, room_id: str, identity: str) -> Sequence[str]:
        """What the SFU calls a device: `identity` alone, unless it was given hashes, too.

        Raises:
            Unavailable: The SFU or the database does not answer.
        """
        device = parse_identity(identity)
        hashed = () if device is None else await self._identities.of_device(room_id, *device)
        if not hashed:
            return [identity]
        # There may be many: one for each time that the client asked.
        listed = {one.identity for one in await self._media.participants(room_id)}
        return [identity, *(name for name in hashed if name in listed)]


def _named(one: Seen, device: tuple[str, str] | None) -> Seen:
    if device is None:
        return one
    user_id, device_id = device
    name = identity_of(user_id, device_id)
    return replace(one, identity=name, user_id=user_id, device_id=device_id, hashed=one.identity)
