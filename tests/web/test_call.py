"""People in a call, each with a real browser, over a real LiveKit."""

from playwright.async_api import expect

SOUNDS_OFF = {"sounds": False}
AUDIBLE = 0.02
SILENT = 0.001


async def test_two_people_hear_each_other_and_see_who_speaks(bridge, visit):
    room = bridge.room(status="Friday talk")
    ana, ben = await visit("ana", room), await visit("ben", room)
    await expect(ana.page.get_by_text("Friday talk").first).to_be_visible()
    for person in (ana, ben):
        await person.settings(**SOUNDS_OFF)
    await ana.join()
    # From outside, before joining: who is there.
    await expect(ben.row("Ana")).to_be_visible()
    await ben.join()
    await expect(ana.tile("Ben")).to_be_visible()
    assert await ana.hears() > AUDIBLE
    assert await ben.hears() > AUDIBLE
    await expect(ana.ring("Ben")).to_have_attribute("data-speaking", "true")
    await expect(ben.ring("Ana")).to_have_attribute("data-speaking", "true")
