"""Somebody with our widget: what they do, and what they see and hear."""

import os
from pathlib import Path
from urllib.parse import quote

from playwright.async_api import expect

from tests.e2e.element_call.caller import new_pictures
from tests.e2e.person import until
from tests.web.visitor import EAR
from tests.widgets.hosted import Hosted

# What `!voice enable` puts into the room's widget; the host page fills in the variables.
VARIABLES = (
    "roomId=$matrix_room_id&userId=$matrix_user_id&widgetId=$matrix_widget_id"
    "&deviceId=$org.matrix.msc3819.matrix_device_id&theme=$org.matrix.msc2873.client_theme"
    "&lang=$org.matrix.msc2873.client_language&baseUrl=$org.matrix.msc4039.matrix_base_url"
)
AUDIBLE = 0.02


class VoiceWidget(Hosted):
    """The page that hosts it is `page`, the client itself `frame`."""

    @classmethod
    async def at(cls, context, host_url, person, room_id, info, parameters):
        await context.add_init_script(EAR)
        page = await context.new_page()
        log = []
        page.on("console", lambda message: log.append(message.text))
        widget = f"{info.web_url}#/widget?{VARIABLES}&bot={quote(info.bot_user_id)}"
        opened = await super().open(page, host_url, person, room_id, widget, **parameters)
        opened.person, opened.context, opened.log = person, context, log
        await opened.ready()
        return opened

    async def join(self):
        await self.frame.get_by_role("button", name="Join voice").click()
        await self.connected()

    async def connected(self):
        try:
            await expect(self.frame.get_by_text("Voice connected")).to_be_visible(timeout=20_000)
        except AssertionError as error:
            shown = await self.frame.locator("body").inner_text()
            told = "\n".join(self.log[-40:])
            raise AssertionError(f"the widget shows:\n{shown}\nand told:\n{told}") from error

    async def leave(self):
        await self.frame.get_by_role("button", name="Leave", exact=True).click()
        await expect(self.frame.get_by_role("button", name="Join voice")).to_be_visible()

    def control(self, name):
        return self.frame.get_by_role("button", name=name, exact=True)

    def tile(self, name):
        return self.frame.locator("[data-tile]").filter(has_text=name)

    async def sees(self, name, timeout_s=20):
        """Wait until new pictures of theirs are decoded, more than a few."""
        await new_pictures(self.tile(name).locator("video"), timeout_s)

    async def hears(self, timeout_s=20):
        """Wait until something comes out of the widget's speakers; how loud it is."""

        async def loud():
            loudness = await self.frame.locator("body").evaluate("window.loudness()")
            return loudness if loudness > AUDIBLE else 0

        return await until(loud, timeout_s)

    async def screenshot(self, name=""):
        """Into the folder SCREENSHOTS, if that is set."""
        if "SCREENSHOTS" in os.environ:
            path = Path(os.environ["SCREENSHOTS"]) / f"widget-{name or self.test}.png"
            await self.page.screenshot(path=path)

    def refused_by_policy(self):
        return [line for line in self.log if "Content Security Policy" in line]
