"""Somebody calls: seen, heard, told in the title and by the browser, answered and declined."""

import json
import time

from playwright.async_api import expect

from tests.web.axe import cut_off, faults, small_targets
from tests.web.test_call import AUDIBLE, QUIET, SILENT

NOTIFICATIONS = """
(() => {
  window.notified = [];
  const Real = Notification;
  window.Notification = class extends Real {
    constructor(title, options) { super(title, options); window.notified.push(title); }
  };
})();
"""


class Bell:
    """What the bridge's stream of rings tells one page."""

    def __init__(self):
        self.rings, self.missed, self.declined = [], [], []

    @classmethod
    async def of(cls, page):
        bell = cls()
        await page.route("**/v1/events", bell._tell)
        await page.route("**/decline", bell._decline)
        return bell

    def ring(self, room, by="Ben", for_s=30):
        now = round(time.time() * 1000)
        self.rings = [
            {
                "room_id": room.room_id,
                "call_id": f"C{now}",
                "room_name": room.name,
                "caller": {"user_id": f"@{by.lower()}:hs", "name": by},
                "started_ts": now,
                "until_ts": now + for_s * 1000,
                "state": "ringing",
            }
        ]

    async def _tell(self, route):
        data = json.dumps({"channels": [], "rings": self.rings, "missed": self.missed})
        # The stream ends after each word, and the client opens it again.
        await route.fulfill(
            content_type="text/event-stream", body=f"event: channels\ndata: {data}\n\n"
        )

    async def _decline(self, route):
        self.declined.append(route.request.url)
        self.rings = []
        await route.fulfill(json={"declined": True})


async def waits(bridge, visit, **context):
    """Somebody in the lobby, who has clicked once: only then browsers let sound out."""
    room = bridge.room("Den")
    ana = await visit("ana", room, **context)
    await expect(ana.page.get_by_role("button", name="Join voice")).to_be_visible()
    bell = await Bell.of(ana.page)
    await ana.page.add_init_script(NOTIFICATIONS)
    await ana.settings(**QUIET, ringNotifications=True)
    await ana.page.get_by_role("heading", name="Den").first.click()
    return room, ana, bell


async def test_a_call_rings_is_seen_at_the_back_and_accepted_into_it(bridge, visit):
    room, ana, bell = await waits(bridge, visit, permissions=["notifications"])
    ben = await visit("ben", room)
    await expect(ben.page.get_by_role("button", name="Join voice")).to_be_visible()
    await ben.settings(**QUIET)
    await ben.join()
    await ana.page.evaluate("() => { document.hasFocus = () => false; }")
    bell.ring(room)
    toast = ana.page.get_by_role("region", name="Incoming call")
    await expect(toast.get_by_text("Ben is calling")).to_be_visible()
    await expect(ana.page).to_have_title("Ben is calling")
    assert await ana.hears() > AUDIBLE
    assert await ana.page.evaluate("window.notified") == ["Ben is calling"]
    assert await faults(ana.page) == []
    await toast.get_by_role("button", name="Accept").click()
    await expect(ana.page.get_by_text("Voice connected")).to_be_visible(timeout=15_000)
    await expect(toast).to_have_count(0)
    await expect(ana.page).to_have_title("(2) Den")
    await expect(ben.tile("Ana")).to_be_visible()


async def test_a_call_is_declined_with_a_key_and_the_tone_ends(bridge, visit):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    room, ana, bell = await waits(bridge, visit, **phone)
    bell.ring(room)
    toast = ana.page.get_by_role("region", name="Incoming call")
    await expect(toast).to_be_visible()
    assert await cut_off(ana.page) + await small_targets(ana.page) == []
    await ana.page.keyboard.press("r")
    await expect(toast).to_have_count(0)
    assert await ana.hears() < SILENT
    assert len(bell.declined) == 1


async def test_a_call_rings_out_and_is_listed_as_missed(bridge, visit):
    room, ana, bell = await waits(bridge, visit)
    bell.ring(room, for_s=3)
    toast = ana.page.get_by_role("region", name="Incoming call")
    await expect(toast).to_be_visible()
    await expect(toast).to_have_count(0, timeout=10_000)
    (ring,) = bell.rings
    bell.rings, bell.missed = [], [{**ring, "ts": ring["until_ts"]}]
    button = ana.page.get_by_role("button", name="Past calls")
    await expect(button).to_have_accessible_description("1 missed call")
    await button.click()
    dialog = ana.page.get_by_role("dialog", name="Past calls")
    await expect(dialog.get_by_role("heading", name="Missed calls")).to_be_visible()
    await expect(dialog.get_by_text("From Ben")).to_be_visible()
    await ana.page.keyboard.press("Escape")
    await expect(button).to_have_accessible_description("")
    async with ana.page.expect_response("**/v1/events"):
        await ana.page.reload()
    await expect(button).to_be_visible()
    await ana.page.wait_for_timeout(500)  # for what it said to be shown
    await expect(button).to_have_accessible_description("")


async def test_no_tone_and_no_notification_where_they_are_switched_off(bridge, visit):
    room, ana, bell = await waits(bridge, visit, permissions=["notifications"])
    await ana.settings(**QUIET, ring=False, ringNotifications=False)
    await ana.page.get_by_role("heading", name="Den").first.click()
    await ana.page.evaluate("() => { document.hasFocus = () => false; }")
    bell.ring(room)
    await expect(ana.page.get_by_role("region", name="Incoming call")).to_be_visible()
    assert await ana.hears() < SILENT
    assert await ana.page.evaluate("window.notified") == []
