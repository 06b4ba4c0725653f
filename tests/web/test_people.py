"""People as the page shows them: with their pictures, where they have one."""

import asyncio

from playwright.async_api import expect

from tests.png import png

RED = (200, 30, 30)
MIDDLE = """async image => {
  await image.decode();
  const canvas = new OffscreenCanvas(9, 9);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, 9, 9);
  return [...context.getImageData(4, 4, 1, 1).data];
}"""


async def test_a_person_has_their_picture_and_others_their_initials(bridge, visit):
    room = bridge.room()
    await asyncio.to_thread(bridge.member, "ben", room)
    await asyncio.to_thread(bridge.show_picture, "ben", png(300, 200, RED))
    ana, ben = await visit("ana", room), await visit("ben", room)
    await ana.join()
    await ben.join()
    picture = ana.tile("Ben").locator("img")
    await expect(picture).to_be_visible()
    red, green, blue, _ = await picture.evaluate(MIDDLE)
    assert red > 150
    assert max(green, blue) < 80
    await expect(ana.row("Ben").locator("img")).to_be_visible()
    await expect(ana.tile("Ana").get_by_text("A", exact=True)).to_be_visible()
    assert await ana.tile("Ana").locator("img").count() == 0
