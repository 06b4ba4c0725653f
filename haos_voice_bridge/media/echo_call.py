"""The echo test's place in a call. Only here is the native SDK imported."""

import array
import asyncio
import contextlib
import time

from livekit import rtc

from haos_voice_bridge.media.delay import Delay
from haos_voice_bridge.media.echo import DELAY_S, LONGEST_S, MUTED_S, tell, when_stdin_ends

RATE = 48_000
QUEUE_MS = 60
"""What is waiting to be sent adds to the delay, so it stays short."""
TURN_S = 0.01
LOUD = 300
"""A sample above this (of 32,767) is more than the noise of a microphone that is off."""


def run(url: str, token: str, identities: frozenset[str]) -> None:
    """Play until the end, and tell why it ended."""

    async def inside() -> None:
        await _Echo(identities).run(
            url, token
        )  # the SDK's objects belong to the loop they are made in

    asyncio.run(inside())


class _Echo:
    """One connection to a call."""

    def __init__(self, identities: frozenset[str]) -> None:
        self._identities = identities
        self._room = rtc.Room()
        self._source = rtc.AudioSource(RATE, 1, queue_size_ms=QUEUE_MS)
        self._delay: Delay[rtc.AudioFrame] = Delay(DELAY_S)
        self._listening: dict[str, asyncio.Task[None]] = {}
        self._ended = asyncio.Event()
        self._reason = ""
        self._heard = False
        self._last_sound = time.monotonic()

    async def run(self, url: str, token: str) -> None:
        loop = asyncio.get_running_loop()
        when_stdin_ends(lambda: loop.call_soon_threadsafe(self._end, "stopped"))
        self._room.on("track_published", self._on_published)
        self._room.on("track_subscribed", self._on_subscribed)
        self._room.on("track_unsubscribed", self._on_unsubscribed)
        self._room.on("participant_disconnected", self._on_left)
        self._room.on("disconnected", lambda *_: self._end("disconnected"))
        try:
            await self._room.connect(url, token, rtc.RoomOptions(auto_subscribe=False))
        except rtc.ConnectError:  # its text may hold the token
            tell("failed", reason="connect")
            return
        try:
            await self._play()
        finally:
            await self._close()
        tell("ended", reason=self._reason, heard=self._heard)

    async def _play(self) -> None:
        me = self._room.local_participant
        # Before there is a track: nobody else can ever subscribe to it.
        me.set_track_subscription_permissions(
            allow_all_participants=False,
            participant_permissions=[
                rtc.ParticipantTrackPermission(participant_identity=identity, allow_all=True)
                for identity in self._identities
            ],
        )
        track = rtc.LocalAudioTrack.create_audio_track("echo", self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await me.publish_track(track, options)
        askers = self._askers()
        if not askers:
            self._end("left")
            return
        for asker in askers:
            for publication in asker.track_publications.values():
                self._on_published(publication, asker)
        tell("playing")
        began = time.monotonic()
        self._last_sound = began
        while not self._ended.is_set():
            now = time.monotonic()
            for frame in self._delay.take(now):
                await self._source.capture_frame(frame)
            if now - began > LONGEST_S:
                self._end("time")
            elif now - self._last_sound > MUTED_S:
                self._end("silent")
            await asyncio.sleep(TURN_S)

    def _on_published(
        self, publication: rtc.RemoteTrackPublication, who: rtc.RemoteParticipant
    ) -> None:
        if (
            who.identity in self._identities
            and publication.source == rtc.TrackSource.SOURCE_MICROPHONE
        ):
            publication.set_subscribed(True)

    def _on_subscribed(
        self, track: rtc.Track, _: rtc.RemoteTrackPublication, who: rtc.RemoteParticipant
    ) -> None:
        if who.identity in self._identities and track.kind == rtc.TrackKind.KIND_AUDIO:
            task = asyncio.ensure_future(self._listen(track))
            self._listening[track.sid] = task

    def _on_unsubscribed(
        self, track: rtc.Track, _: rtc.RemoteTrackPublication, __: rtc.RemoteParticipant
    ) -> None:
        if (task := self._listening.pop(track.sid, None)) is not None:
            task.cancel()

    def _on_left(self, who: rtc.RemoteParticipant) -> None:
        if who.identity in self._identities and not self._askers(but=who.identity):
            self._end("left")

    def _askers(self, but: str = "") -> list[rtc.RemoteParticipant]:
        present = self._room.remote_participants
        return [present[name] for name in self._identities - {but} if name in present]

    async def _listen(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1, capacity=50)
        try:
            async for event in stream:
                now = time.monotonic()
                self._delay.put(event.frame, now)
                samples = array.array("h", bytes(event.frame.data))
                if max(samples, default=0) > LOUD:
                    self._heard, self._last_sound = True, now
        finally:
            await stream.aclose()

    def _end(self, reason: str) -> None:
        self._reason = self._reason or reason
        self._ended.set()

    async def _close(self) -> None:
        for task in self._listening.values():
            task.cancel()
        await asyncio.gather(*self._listening.values(), return_exceptions=True)
        with contextlib.suppress(Exception):
            await self._source.aclose()
        await self._room.disconnect()
