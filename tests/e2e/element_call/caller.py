"""Somebody with Element Call: what they do, and what they see and hear."""

import os
from pathlib import Path
from urllib.parse import urlencode

from playwright.async_api import TimeoutError as NotInTime
from playwright.async_api import expect

from tests.e2e.person import until
from tests.widgets.hosted import Hosted

# As Element Web builds it; the host page puts in what the variables stand for.
VARIABLES = (
    "roomId=$matrix_room_id&userId=$matrix_user_id"
    "&deviceId=$org.matrix.msc3819.matrix_device_id&baseUrl=$org.matrix.msc4039.matrix_base_url"
)

# The loudest tone of each voice that the page plays, as `[Hz, loudness from 0 to 1]`. Element Call
# plays by <audio> elements; what is muted or stopped there is not heard.
EAR = """
async () => {
  const context = (window.earContext ??= new AudioContext());
  const ears = (window.ears ??= new Map());
  const playing = [...document.querySelectorAll("audio")].filter(
    (a) => a.srcObject && !a.paused && !a.muted && a.volume > 0,
  );
  return playing.map((element) => {
    if (!ears.has(element.srcObject)) {
      const ear = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
      context.createMediaStreamSource(element.srcObject).connect(ear);
      ears.set(element.srcObject, ear);
    }
    const ear = ears.get(element.srcObject);
    const samples = new Float32Array(ear.fftSize);
    ear.getFloatTimeDomainData(samples);
    const levels = new Float32Array(ear.frequencyBinCount);
    ear.getFloatFrequencyData(levels);
    const hertz = (levels.indexOf(Math.max(...levels)) * context.sampleRate) / ear.fftSize;
    return [hertz, Math.max(...samples.map(Math.abs))];
  });
}
"""
AUDIBLE = 0.02
FRAMES = 5


class Caller(Hosted):
    """They join by themselves; opened with `skipLobby="false"`, they are in the lobby first."""

    @classmethod
    async def open(cls, context, host_url, person, room_id, address, parameters):
        page = await context.new_page()
        log = []
        page.on("console", lambda message: log.append(message.text))
        parameters = {"intent": "join_existing", "skipLobby": "true", **parameters}
        widget = f"{address}index.html#?{VARIABLES}&{urlencode(parameters)}"
        more = {"waitForIframeLoad": "false"}
        caller = await super().open(page, host_url, person, room_id, widget, **more)
        caller.person, caller.context, caller.log = person, context, log
        return caller

    async def joined(self):
        """Wait until Element Call says that it is in the call."""
        await self.has_said("io.element.join")

    def tile(self, name):
        return self.frame.get_by_test_id("videoTile").filter(has_text=name)

    async def sees(self, name, timeout_s=40):
        """Wait until new pictures of theirs are decoded, more than a few."""
        await new_pictures(self.tile(name).locator("video"), timeout_s)

    async def hears(self, timeout_s=40):
        """Wait until one voice is heard; its frequency in Hz, and how loud it is."""

        async def heard():
            voices = await self._voices()
            assert len(voices) <= 1, "one other is in the call"
            return [voice for voice in voices if voice[1] > AUDIBLE]

        return (await until(heard, timeout_s))[0]

    async def hears_all(self, count, timeout_s=40):
        """Wait until so many voices were heard, each at some time: they beep in turn."""
        known = set()

        async def heard():
            voices = enumerate(await self._voices())
            known.update(place for place, (_, loudness) in voices if loudness > AUDIBLE)
            return len(known) >= count

        await until(heard, timeout_s)

    async def hears_nothing(self, timeout_s=10):
        """Wait until nothing is played at all, not even silence."""

        async def is_silent():
            return not await self._voices()

        await until(is_silent, timeout_s)

    async def _voices(self):
        return await self.frame.locator("body").evaluate(EAR)

    async def screenshot(self):
        """Into the folder SCREENSHOTS, if that is set."""
        if "SCREENSHOTS" in os.environ:
            name = f"{self.test}-{self.person.user_id[1:].partition(':')[0]}.png"
            await self.page.screenshot(path=Path(os.environ["SCREENSHOTS"]) / name)

    async def press_mute(self):
        await self.frame.get_by_test_id("incall_mute").first.click()

    async def hang_up(self):
        """Leave; Element Call then asks its host to take it away."""
        await self.frame.get_by_test_id("incall_leave").click()
        await self.has_said("io.element.close")
        await self.close()


async def new_pictures(video, timeout_s):
    """Wait until a video shows, and more than a few new pictures of it are decoded.

    Its element may be replaced meanwhile, as by a connection made anew.
    """
    await expect(video).to_be_visible(timeout=timeout_s * 1000)
    frames = "video => video.getVideoPlaybackQuality().totalVideoFrames"
    before = await video.evaluate(frames)

    async def moves():
        nonlocal before
        try:
            now = await video.evaluate(frames, timeout=2_000)
        except NotInTime:
            return False
        before = min(before, now)
        return now >= before + FRAMES

    await until(moves, timeout_s)
