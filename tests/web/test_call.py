"""People in a call, each with a real browser, over a real LiveKit."""

import re

from playwright.async_api import expect

QUIET = {"sounds": False}
AUDIBLE = 0.02
SILENT = 0.001


async def together(bridge, visit, *names, moderator=None, **settings):
    """All of them in one call, without sounds of the client's own."""
    room = bridge.room()
    people = [await visit(name, room, may_moderate=name == moderator) for name in names]
    for person in people:
        await person.settings(**QUIET, **settings)
        await person.join()
    for person in people:
        await expect(person.page.locator("[data-tile]")).to_have_count(len(people))
    return room, *people


async def test_two_people_hear_each_other_and_see_who_speaks(bridge, visit):
    room = bridge.room(status="Friday talk")
    ana, ben = await visit("ana", room), await visit("ben", room)
    await expect(ana.page.get_by_text("Friday talk").first).to_be_visible()
    for person in (ana, ben):
        await person.settings(**QUIET)
    await ana.join()
    # From outside, before joining: who is there.
    await expect(ben.row("Ana")).to_be_visible()
    await ben.join()
    await expect(ana.tile("Ben")).to_be_visible()
    assert await ana.hears() > AUDIBLE
    assert await ben.hears() > AUDIBLE
    await expect(ana.ring("Ben")).to_have_attribute("data-speaking", "true")
    await expect(ben.ring("Ana")).to_have_attribute("data-speaking", "true")


async def test_three_people_and_the_ring_is_on_the_one_who_is_heard(bridge, visit):
    _room, ana, ben, cleo = await together(bridge, visit, "ana", "ben", "cleo")
    await ben.control("Mute").click()
    await cleo.control("Mute").click()
    await expect(ana.tile("Ben").get_by_title("muted")).to_be_visible()
    await expect(ana.tile("Cleo").get_by_title("muted")).to_be_visible()
    assert await ana.hears() < SILENT
    await ben.control("Mute").click()
    rings = {"Ben": 0, "Cleo": 0}
    for _ in range(30):
        for name in rings:
            rings[name] += await ana.ring(name).get_attribute("data-speaking") == "true"
        await ana.page.wait_for_timeout(100)
    assert rings["Ben"] > 0
    assert rings["Cleo"] == 0
    assert await cleo.hears() > AUDIBLE


async def test_deafened_hears_nobody_is_muted_and_others_see_it(bridge, visit):
    _room, ana, ben = await together(bridge, visit, "ana", "ben")
    await ben.control("Deafen").click()
    await expect(ana.row("Ben").get_by_title("deafened")).to_be_visible()
    await expect(ana.row("Ben").get_by_title("muted", exact=True)).to_be_visible()
    assert await ben.hears() < SILENT
    assert await ana.hears() < SILENT
    await ben.control("Deafen").click()
    assert await ben.hears() > AUDIBLE
    assert await ana.hears() > AUDIBLE


async def test_volume_of_a_person_up_to_double_and_down_to_nothing_is_remembered(bridge, visit):
    _room, ana, _ben = await together(bridge, visit, "ana", "ben")
    plain = await ana.hears(4)
    await ana.row("Ben").get_by_role("button", name="Options for Ben").click()
    volume = ana.page.get_by_role("slider", name="Volume")
    await volume.fill("200")
    await expect(volume).to_have_attribute("aria-valuetext", "200 %")
    assert await ana.hears(4) > plain * 1.5
    await volume.fill("0")
    assert await ana.hears() < SILENT
    await volume.fill("40")
    await ana.page.reload()
    await ana.join()
    quiet = await ana.hears(4)
    assert SILENT < quiet < plain * 0.7
    await ana.row("Ben").get_by_role("button", name="Options for Ben").click()
    await ana.page.get_by_role("switch", name="Mute for me").click()
    assert await ana.hears() < SILENT


async def test_push_to_talk_sends_while_the_key_is_down_and_closes_on_blur(bridge, visit):
    room = bridge.room()
    ana, ben = await visit("ana", room), await visit("ben", room)
    await ana.settings(**QUIET, inputMode="push", pushReleaseMs=0)
    await ben.settings(**QUIET)
    await ben.join()
    await ana.join()
    await ben.page.bring_to_front()
    await ana.page.bring_to_front()
    assert await ben.hears() < SILENT
    await ana.page.keyboard.down("Space")
    assert await ben.hears() > AUDIBLE
    await ana.page.keyboard.up("Space")
    assert await ben.hears() < SILENT
    await ana.page.keyboard.down("Space")
    assert await ben.hears() > AUDIBLE
    # Another window takes the focus; the key-up never comes.
    await ana.page.evaluate("window.dispatchEvent(new Event('blur'))")
    assert await ben.hears() < SILENT


async def test_camera_and_screen_are_seen_and_the_screen_is_large(bridge, visit):
    _room, ana, ben = await together(bridge, visit, "ana", "ben")
    await ben.control("Camera").click()
    video = ana.tile("Ben").locator("video")
    await expect(video).to_be_visible()
    await ana.page.wait_for_function(
        "() => [...document.querySelectorAll('[data-tile] video')].some(v => v.videoWidth > 0)"
    )
    await ben.control("Share screen").click()
    screen = ana.page.get_by_role("group", name=re.compile("Ben.s screen"))
    await expect(screen).to_be_visible(timeout=30_000)
    face = await ana.tile("Ana").first.bounding_box()
    assert (await screen.bounding_box())["width"] > 2 * face["width"]
    await ben.control("Share screen").click()
    await expect(screen).to_have_count(0)


async def test_the_gate_lets_through_what_is_louder_than_the_mark(bridge, visit):
    room = bridge.room()
    ben, ana = await visit("ben", room), await visit("ana", room)
    await ben.settings(**QUIET)
    await ben.join()
    await ana.settings(**QUIET, inputMode="gate", gateDb=-70)
    await ana.join()
    assert await ben.hears() > AUDIBLE
    await ana.settings(**QUIET, inputMode="gate", gateDb=-1)
    await ana.join()
    assert await ben.hears() < SILENT


async def test_strong_noise_suppression_comes_from_our_own_server_and_lets_the_call_go_on(
    bridge, visit
):
    room = bridge.room()
    ana = await visit("ana", room)
    loaded = []
    ana.page.on("response", lambda answer: loaded.append((answer.url, answer.status)))
    await ana.settings(**QUIET, noise="rnnoise")
    await ana.join()
    await ana.page.wait_for_timeout(1500)
    wasm = [(url, status) for url, status in loaded if "rnnoise" in url and ".wasm" in url]
    assert wasm
    assert all(url.startswith(bridge.url) and status == 200 for url, status in wasm)
    await expect(ana.page.get_by_text("could not be loaded")).to_have_count(0)
