"""Somebody with a browser: what they do, and what they see and hear."""

from playwright.async_api import Browser, expect

# How loud what comes out of the page is. Every connection to the speakers is tapped before any
# script of the page runs, so it measures what would be heard: after volume, mute and deafen.
EAR = """
(() => {
  const connect = AudioNode.prototype.connect;
  const taps = new Map();
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      const context = target.context;
      if (!taps.has(context)) {
        const tap = new AnalyserNode(context, { fftSize: 8192 });
        connect.call(tap, target);
        taps.set(context, tap);
      }
      connect.call(this, taps.get(context));
      return target;
    }
    return connect.call(this, target, ...rest);
  };
  window.loudness = () => {
    let loudest = 0;
    for (const tap of taps.values()) {
      const samples = new Float32Array(tap.fftSize);
      tap.getFloatTimeDomainData(samples);
      for (const s of samples) loudest = Math.max(loudest, Math.abs(s));
    }
    return loudest;
  };
})();
"""


HEARD = 0.02


class Visitor:
    """One browser context; the fake microphone beeps once a second."""

    def __init__(self, name, context, page):
        self.name, self.context, self.page = name, context, page
        self.refused_by_policy = []
        page.on("console", self._listen)

    @classmethod
    async def at(cls, browser: Browser, link, name, **context):
        opened = await browser.new_context(**context)
        await opened.add_init_script(EAR)
        page = await opened.new_page()
        visitor = cls(name, opened, page)
        await page.goto(link)
        return visitor

    async def duplicated(self, browser: Browser):
        """The same page in another tab, with the same session, as browsers duplicate one."""
        opened = await browser.new_context()
        page = await opened.new_page()
        kept = await self.page.evaluate("({...sessionStorage})")
        await page.goto(self.page.url.partition("#")[0] + "icon.svg")
        await page.evaluate("kept => Object.assign(sessionStorage, kept)", kept)
        await page.goto(self.page.url)
        return Visitor(self.name, opened, page)

    def _listen(self, message):
        if "Content Security Policy" in message.text:
            self.refused_by_policy.append(message.text)

    async def join(self):
        await self.page.get_by_role("button", name="Join voice").click()
        await expect(self.page.get_by_text("Voice connected")).to_be_visible(timeout=15_000)

    def control(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def row(self, name):
        """Somebody in the list of people."""
        return self.page.locator("li[data-identity]").filter(has_text=name)

    def tile(self, name):
        """Somebody on the stage."""
        return self.page.locator("[data-tile]").filter(has_text=name)

    def ring(self, name):
        return self.tile(name).locator("[data-speaking]")

    async def hears(self, for_s=None):
        """The loudest that came out of the speakers: the beep is once a second.

        Without a time it ends as soon as something is heard, or after 2.5 s. Volumes change
        softly, and what was under way is still heard: that is let pass first.
        """
        await self.page.wait_for_timeout(1500)
        loudest = 0.0
        for _ in range(round((for_s or 2.5) / 0.1)):
            loudest = max(loudest, await self.page.evaluate("window.loudness()"))
            if for_s is None and loudest > HEARD:
                break
            await self.page.wait_for_timeout(100)
        return loudest

    async def settings(self, **change):
        """Set what the settings dialog sets, before the page is loaded again."""
        await self.page.evaluate(
            "c => localStorage.setItem('haos-voice.settings', JSON.stringify(c))", change
        )
        await self.page.reload()
