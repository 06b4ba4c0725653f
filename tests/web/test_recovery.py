"""What goes wrong, what the person is told, and how they get back in."""

import re

from playwright.async_api import expect

from tests.web.test_call import AUDIBLE, QUIET, SILENT, together

ELSEWHERE = "You joined from somewhere else"


async def test_a_link_opens_once_and_a_reload_needs_no_other(bridge, chromium, visit):
    room = bridge.room("Den")
    ana = await visit("ana", room)
    await expect(ana.page.get_by_role("heading", name="Den").first).to_be_visible()
    assert re.search(r"#/room/", ana.page.url)
    await ana.page.reload()
    await expect(ana.page.get_by_role("button", name="Join voice")).to_be_visible()
    other = await chromium.new_page()
    await other.goto(f"{bridge.url}#/link/used")
    await expect(other.get_by_text("This link does not work any more")).to_be_visible()
    await other.close()


async def test_a_full_channel_says_so_and_lets_in_once_there_is_room(bridge, visit):
    room = bridge.room(user_limit=1)
    ben, ana = await visit("ben", room), await visit("ana", room)
    await ben.join()
    await ana.page.get_by_role("button", name="Join voice").click()
    await expect(ana.page.get_by_role("heading", name="This channel is full")).to_be_visible()
    await ben.control("Leave").click()
    await expect(ana.row("Ben")).to_have_count(0)
    await ana.page.get_by_role("button", name="Try again").click()
    await expect(ana.page.get_by_text("Voice connected")).to_be_visible()


async def test_removed_by_a_moderator_is_told_and_does_not_come_back(bridge, visit):
    _room, ana, ben = await together(bridge, visit, "ana", "ben", moderator="ana")
    await ana.row("Ben").get_by_role("button", name="Options for Ben").click()
    await ana.page.get_by_role("button", name="Remove from the call").click()
    await ana.page.get_by_role("button", name="Remove", exact=True).click()
    await expect(ben.page.get_by_role("heading", name="You were removed by Ana")).to_be_visible()
    await expect(ana.page.locator("[data-tile]")).to_have_count(1)
    await ben.page.wait_for_timeout(2000)
    await expect(ana.page.locator("[data-tile]")).to_have_count(1)


async def test_joined_elsewhere_and_taken_over_again(bridge, visit, chromium):
    room = bridge.room()
    first = await visit("ana", room)
    await first.join()
    second = await first.duplicated(chromium)
    await second.join()
    await expect(first.page.get_by_role("heading", name=ELSEWHERE)).to_be_visible()
    await first.page.get_by_role("button", name="Take over here").click()
    await expect(first.page.get_by_text("Voice connected")).to_be_visible()
    await expect(second.page.get_by_role("heading", name=ELSEWHERE)).to_be_visible()
    await second.context.close()


async def test_muted_by_a_moderator_is_told_and_may_speak_again_later(bridge, visit):
    _room, ana, ben = await together(bridge, visit, "ana", "ben", moderator="ana")
    await ana.row("Ben").get_by_role("button", name="Options for Ben").click()
    await ana.page.get_by_role("button", name="Mute for everyone").click()
    told = ben.page.get_by_role("group", name="You may listen here, but not speak")
    await expect(told).to_be_visible()
    by_moderator = ana.tile("Ben").get_by_title("muted by a moderator")
    await expect(by_moderator).to_be_visible()
    await expect(ben.control("Mute")).to_be_disabled()
    await ana.row("Ben").get_by_role("button", name="Options for Ben").click()
    await expect(ana.page.get_by_role("button", name="Mute for everyone")).to_have_count(0)
    await ana.page.get_by_role("button", name="Allow to speak").click()
    await expect(told).to_have_count(0)
    await expect(by_moderator).to_have_count(0)
    await expect(ana.tile("Ben").get_by_title("muted")).to_be_visible()
    await ben.control("Mute").click()
    assert await ana.hears() > AUDIBLE


async def test_deafened_by_a_typed_command_is_told(bridge, visit):
    room, ana, ben = await together(bridge, visit, "ana", "ben")
    identity = await ana.row("Ben").get_attribute("data-identity")
    bridge.order(room, identity, "deafen")
    told = ben.page.get_by_role("group", name="A moderator deafened you")
    await expect(told).to_be_visible()
    assert await ben.hears() < SILENT
    bridge.order(room, identity, "undeafen")
    await expect(told).to_have_count(0)
    assert await ben.hears() > AUDIBLE


async def test_moved_to_another_channel_and_heard_there(bridge, visit):
    room, ana, ben = await together(bridge, visit, "ana", "ben")
    other = bridge.room("Quiet corner")
    bridge.member("ben", other)
    cleo = await visit("cleo", other)
    await cleo.settings(**QUIET)
    await cleo.join()
    identity = await ana.row("Ben").get_attribute("data-identity")
    bridge.order(room, identity, "move", other.room_id)
    await expect(ben.page.get_by_role("heading", name="Quiet corner")).to_be_visible()
    await expect(cleo.tile("Ben")).to_be_visible()
    await expect(ana.page.locator("[data-tile]")).to_have_count(1)
    assert await cleo.hears() > AUDIBLE
    # The session came along: so does the page after a reload.
    await ben.page.reload()
    await expect(ben.page.get_by_role("heading", name="Quiet corner").first).to_be_visible()
    await ben.join()


async def test_the_call_server_restarts_and_everybody_comes_back_by_themselves(
    bridge, visit, livekit
):
    _room, ana, ben = await together(bridge, visit, "ana", "ben")
    livekit.livekit.kill()
    await expect(ana.page.get_by_text("Reconnecting…")).to_be_visible(timeout=20_000)
    await expect(ana.page.get_by_role("button", name="Try now")).to_be_visible(timeout=30_000)
    livekit.livekit.start()
    for person in (ana, ben):
        await expect(person.page.get_by_text("Voice connected")).to_be_visible(timeout=60_000)
        await expect(person.page.locator("[data-tile]")).to_have_count(2, timeout=60_000)
    assert await ana.hears() > AUDIBLE
    assert await ben.hears() > AUDIBLE


async def test_without_a_microphone_one_listens_and_reads_how_to_allow_it(bridge, visit):
    room = bridge.room()
    ben = await visit("ben", room)
    await ben.settings(**QUIET)
    await ben.join()
    ana = await visit("ana", room)
    await ana.settings(**QUIET)
    await ana.page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = async () => {"
        " throw new DOMException('no', 'NotAllowedError'); } }"
    )
    await ana.join()
    await expect(ana.page.get_by_text("does not let this page use the microphone")).to_be_visible()
    await expect(ana.page.get_by_text("Click the icon at the left of the address")).to_be_visible()
    assert await ana.hears() > AUDIBLE
