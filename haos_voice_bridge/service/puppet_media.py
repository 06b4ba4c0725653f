"""The SFU as the rest of the service sees it: who is called by a puppet's name is a user's device.

What is done to the device is done under both names, since only the token that it came with knows
which it bears; under the other there is nobody.
"""

from collections.abc import Sequence
from dataclasses import replace

from haos_voice_bridge.core.ids import identity_of, parse_identity
from haos_voice_bridge.core.puppets import LINK_DEVICE, PuppetNames
from haos_voice_bridge.core.reconcile import Seen
from haos_voice_bridge.ports import MediaServer
from haos_voice_bridge.service.named_media import NamedMedia


class PuppetMedia(NamedMedia):
    """A `MediaServer` over one that knows nothing of puppets."""

    def __init__(self, media: MediaServer, puppets: PuppetNames) -> None:
        super().__init__(media)
        self._puppets = puppets

    async def participants(self, room_id: str) -> Sequence[Seen]:
        """Who is connected, by their devices."""
        return [self._named(one) for one in await self._media.participants(room_id)]

    def _named(self, one: Seen) -> Seen:
        if (device := self._puppets.device_of(one.identity)) is None:
            return one
        identity = identity_of(*device)
        return replace(
            one,
            identity=identity,
            user_id=device[0],
            device_id=device[1],
            hashed=one.identity,
        )

    async def names(self, room_id: str, identity: str) -> Sequence[str]:
        """The names under which the device may be there."""
        device = parse_identity(identity)
        if device is None or not device[1].startswith(LINK_DEVICE):
            return [identity]
        puppet = self._puppets.of(device[0])
        return [identity, *([identity_of(puppet, device[1])] if puppet else [])]
