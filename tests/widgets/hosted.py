"""Somebody's widget in a browser: the host page, and what a test does with it."""

from urllib.parse import urlencode

from playwright.async_api import Page

from tests.e2e.person import until


class Hosted:
    """A widget that the host page shows for a user; `frame` is the widget's own page."""

    def __init__(self, page: Page):
        self.page = page
        self.frame = page.frame_locator("iframe")

    @classmethod
    async def open(cls, page: Page, host_url: str, person, room_id: str, widget: str, **more):
        """Load the host page in `page`.

        `widget` is the widget's address with `$matrix_…` variables, as in a room's state;
        `more` are further parameters of the host page (its README has them all).
        """
        parameters = {
            "homeserver": person.homeserver_url,
            "accessToken": person.access_token,
            "userId": person.user_id,
            "deviceId": person.device_id,
            "roomId": room_id,
            "widget": widget,
            **more,
        }
        await page.goto(f"{host_url}#{urlencode(parameters, doseq=True)}")
        return cls(page)

    async def ready(self, timeout_s=20):
        """Wait until the widget was told what it may do."""

        async def told():
            status = await self.page.evaluate("window.host?.status ?? document.body.innerText")
            assert status in ("loading", "ready", ""), status
            return status == "ready"

        await until(told, timeout_s)

    async def capabilities(self):
        """What the widget asked for."""
        return set(await self.page.evaluate("window.host.capabilities()"))

    async def actions(self):
        """Names and data of what the widget told its host, oldest first."""
        return [
            (a["action"], a["data"]) for a in await self.page.evaluate("window.host?.actions ?? []")
        ]

    async def has_said(self, action, timeout_s=20):
        """Wait until the widget told its host that."""

        async def said():
            return action in [name for name, _ in await self.actions()]

        await until(said, timeout_s)

    async def to_device(self, event_type):
        """`(sender, content)` of the encrypted messages of that type, oldest first."""
        found = await self.page.evaluate("window.host.toDevice")
        messages = [one["message"] for one in found if one["encrypted"]]
        return [(m["sender"], m["content"]) for m in messages if m["type"] == event_type]

    async def tell(self, action, **data):
        """Send the widget an action; its answer."""
        return await self.page.evaluate("([a, d]) => window.host.send(a, d)", [action, data])

    async def close(self):
        await self.page.evaluate("window.host.close()")
