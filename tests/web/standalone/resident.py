"""Somebody who uses the client on its own."""

import os
from pathlib import Path

from playwright.async_api import expect

from tests.web.visitor import Visitor

PICTURES = os.environ.get("PICTURES")
SIZES = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
}


class Resident(Visitor):
    """A browser with an account."""

    async def log_in(self, user, password):
        page = self.page
        await page.get_by_label("User name").fill(user)
        await page.get_by_label("Password", exact=True).fill(password)
        await page.get_by_role("button", name="Log in", exact=True).click()
        await expect(self.rooms).to_be_visible(timeout=20_000)

    async def join(self):
        # To the letter: somebody may be invited to a room that is called "Voice".
        await self.page.get_by_role("button", name="Join voice", exact=True).click()
        await expect(self.page.get_by_text("Voice connected")).to_be_visible(timeout=15_000)

    @property
    def rooms(self):
        return self.page.get_by_role("navigation", name="Rooms")

    def channel(self, name):
        """A voice channel in the list, with its people."""
        return self.page.locator("li[data-channel]").filter(
            has=self.page.get_by_role("button", name=f"Messages of {name}", exact=True)
        )

    async def pick(self, name):
        await self.channel(name).get_by_role("button").first.click()

    def person(self, channel, name):
        """Somebody in a channel of the list."""
        return self.channel(channel).locator("li[data-identity]").filter(has_text=name)

    @property
    def messages(self):
        return self.page.get_by_role("list", name="Messages", exact=True)

    async def write(self, room, body):
        field = self.page.get_by_role("textbox", name=f"Message {room}")
        await field.fill(body)
        await field.press("Enter")

    async def picture(self, state):
        """Into the folder PICTURES, if that is set: wide and narrow, dark and light."""
        if not PICTURES:
            return
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        before = self.page.viewport_size
        for name, size in SIZES.items():
            await self.page.set_viewport_size(size)
            for colours in ("dark", "light"):
                await self.page.emulate_media(color_scheme=colours, reduced_motion="reduce")
                await self.page.wait_for_timeout(600)
                await self.page.screenshot(path=f"{PICTURES}/{state}-{name}-{colours}.png")
        await self.page.set_viewport_size(before)
        await self.page.emulate_media()

    async def stored(self):
        """All that the page keeps in storage that any script could read, as one text."""
        return await self.page.evaluate(
            """async () => {
              const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
              for (const { name } of await indexedDB.databases()) {
                const db = await new Promise((resolve, reject) => {
                  const asked = indexedDB.open(name);
                  asked.onsuccess = () => resolve(asked.result);
                  asked.onerror = () => reject(asked.error);
                });
                for (const store of db.objectStoreNames) {
                  const all = await new Promise((resolve) => {
                    const asked = db.transaction(store).objectStore(store).getAll();
                    asked.onsuccess = () => resolve(asked.result);
                  });
                  found.push(name, store, JSON.stringify(all));
                }
                db.close();
              }
              return found.join("\\n");
            }"""
        )
