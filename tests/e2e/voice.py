"""A participant with a voice: speaks a tone, and hears what others say."""

import asyncio
import time
from contextlib import asynccontextmanager

import numpy as np
from livekit import rtc

RATE = 48_000
FRAME = RATE // 100
LOUD = 1_000


class Voice:
    """A device in a call, by the livekit SDK."""

    def __init__(self):
        self.room = rtc.Room()
        self.heard: dict[str, list[np.ndarray]] = {}
        self.pictures: dict[str, int] = {}
        self.disconnected = asyncio.Event()
        self.reason = None
        self._tasks: set[asyncio.Task] = set()
        self.frequency = 0
        self.loud_at: dict[str, float] = {}
        self.room.on("track_subscribed", self._on_track)
        self.room.on("disconnected", self._on_disconnected)

    async def connect(self, admission, options=None):
        options = options or rtc.RoomOptions()
        await self.room.connect(admission["livekit_url"], admission["jwt"], options)

    async def speak(self, frequency):
        """Publish a microphone that says one tone, without end."""
        source = rtc.AudioSource(RATE, 1, queue_size_ms=100)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self.room.local_participant.publish_track(track, options)
        self.frequency = frequency
        self._spawn(self._say(source))

    async def show(self):
        """Publish a camera: grey that gets lighter, again and again, at 5 pictures a second."""
        source = rtc.VideoSource(160, 90)
        track = rtc.LocalVideoTrack.create_video_track("camera", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA, simulcast=False)
        await self.room.local_participant.publish_track(track, options)
        self._spawn(self._film(source))

    async def _film(self, source):
        grey = 0
        while True:
            pixels = bytes([grey, grey, grey, 255]) * (160 * 90)
            source.capture_frame(rtc.VideoFrame(160, 90, rtc.VideoBufferType.RGBA, pixels))
            grey = (grey + 16) % 256
            await asyncio.sleep(0.2)

    def hush(self):
        """Be silent, with the microphone on; when it was, by `time.monotonic`."""
        self.frequency = 0
        return time.monotonic()

    async def _say(self, source):
        place = 0
        while True:
            moments = (np.arange(FRAME) + place) / RATE
            tone = (np.sin(2 * np.pi * self.frequency * moments) * 12_000).astype(np.int16)
            frame = rtc.AudioFrame(tone.tobytes(), RATE, 1, FRAME)
            await source.capture_frame(frame)
            place += FRAME

    def _on_track(self, track, _publication, participant):
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self._spawn(self._listen(track, participant.identity))
        else:
            self._spawn(self._watch(track, participant.identity))

    async def _watch(self, track, identity):
        stream = rtc.VideoStream(track, capacity=1)
        try:
            async for _event in stream:
                self.pictures[identity] = self.pictures.get(identity, 0) + 1
        finally:
            await stream.aclose()

    async def _listen(self, track, identity):
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1, capacity=50)
        try:
            async for event in stream:
                samples = np.frombuffer(event.frame.data, dtype=np.int16)
                self.heard.setdefault(identity, []).append(samples)
                if samples.max(initial=0) > LOUD:
                    self.loud_at[identity] = time.monotonic()
        finally:
            await stream.aclose()

    def tone_from(self, identity):
        """`(frequency, share of the energy)` of the loudest tone in the last second heard."""
        samples = np.concatenate(self.heard.get(identity) or [np.zeros(1, np.int16)])[-RATE:]
        if len(samples) < RATE // 2 or not samples.any():
            return 0.0, 0.0
        power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
        peak = int(power.argmax())
        near = power[max(0, peak - 3) : peak + 4].sum()
        return peak * RATE / len(samples), near / power.sum()

    def is_subscribed_to(self, identity):
        """Whether a microphone of theirs arrives here."""
        who = self.room.remote_participants.get(identity)
        return bool(who) and any(p.subscribed for p in who.track_publications.values())

    def _on_disconnected(self, reason):
        self.reason = reason
        self.disconnected.set()

    def _spawn(self, work):
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def leave(self):
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.room.disconnect()


@asynccontextmanager
async def in_call(admission, *, tone=None):
    """A device connected with what the bridge handed out."""
    voice = Voice()
    await voice.connect(admission)
    try:
        if tone is not None:
            await voice.speak(tone)
        yield voice
    finally:
        await voice.leave()
