"""Somebody beside the call who gets all that the call server has, with keys or without."""

import base64
import uuid
from contextlib import asynccontextmanager

import numpy as np
from livekit import api, rtc
from livekit.rtc._proto.e2ee_pb2 import KeyDerivationFunction

from haos_voice_bridge.core.ids import livekit_room
from tests.e2e.voice import LOUD, RATE, Voice

KEY = "io.element.call.encryption_keys"
GREEN = 0.8
"""So much of the picture of Chromium's camera, at least, is green."""
STEP = RATE // 100
QUIET = 200
PAUSES = 0.6
"""So much of the time Chromium's microphone says nothing: it beeps once a second."""
TONE_HZ = 398
TONE = 0.25
"""So much of a beep's energy is in its tone; of what cannot be opened, less than 0.15."""


def sealing():
    """Rooms that encrypt as Element Call does."""
    ring = rtc.KeyProviderOptions(
        ratchet_window_size=10,
        key_ring_size=256,
        failure_tolerance=10,
        key_derivation_function=KeyDerivationFunction.HKDF,
    )
    return rtc.RoomOptions(encryption=rtc.E2EEOptions(key_provider_options=ring))


class Listener(Voice):
    """Counts what is right alone: what cannot be opened may be decoded to anything."""

    def take(self, identity, content):
        """Use a key as its to-device message has it."""
        key = base64.b64decode(content["keys"]["key"] + "==")
        provider = self.room.e2ee_manager.key_provider
        provider.set_key(identity, key, content["keys"]["index"])

    def forget(self):
        """Count anew."""
        self.pictures.clear()
        self.heard.clear()

    async def _watch(self, track, identity):
        stream = rtc.VideoStream(track, capacity=1, format=rtc.VideoBufferType.RGB24)
        try:
            async for event in stream:
                red, green, blue = np.frombuffer(event.frame.data, np.uint8).reshape(-1, 3).T
                if ((green > 90) & (red < 110) & (blue < 60)).mean() > GREEN:
                    self.pictures[identity] = self.pictures.get(identity, 0) + 1
        finally:
            await stream.aclose()

    def hears_beeps(self, identity):
        """Whether the last three seconds are beeps with pauses, and no noise."""
        said = np.concatenate(self.heard.get(identity) or [np.zeros(1, np.int16)])[-3 * RATE :]
        if len(said) < RATE:
            return False
        steps = np.abs(said[: len(said) // STEP * STEP].astype(np.int32)).reshape(-1, STEP)
        loudest = steps.max(axis=1)
        beeps = loudest.max() > LOUD and (loudest < QUIET).mean() > PAUSES
        return bool(beeps and _tone_in_the_loudest(said) > TONE)


def _tone_in_the_loudest(said):
    length = RATE // 10
    blocks = said[: len(said) // length * length].astype(float).reshape(-1, length)
    block = blocks[np.square(blocks).sum(axis=1).argmax()] * np.hanning(length)
    power = np.square(np.abs(np.fft.rfft(block)))
    near = np.abs(np.fft.rfftfreq(length, 1 / RATE) - TONE_HZ) < 30
    return power[near].sum() / power.sum()


@asynccontextmanager
async def listening(info, room_id, *, with_keys):
    """Not seen by anybody, as who runs the call server can be."""
    grants = api.VideoGrants(
        room_join=True,
        room=livekit_room(room_id),
        hidden=True,
        can_publish=False,
        can_subscribe=True,
    )
    token = api.AccessToken(info.livekit_api_key, info.livekit_api_secret)
    jwt = token.with_identity(f"listener-{uuid.uuid4().hex}").with_grants(grants).to_jwt()
    listener = Listener()
    way = {"livekit_url": info.livekit_url, "jwt": jwt}
    await listener.connect(way, sealing() if with_keys else None)
    try:
        yield listener
    finally:
        await listener.leave()
