"""The microphone in all its modes: what leaves it is what the person wants to be heard."""

from playwright.async_api import expect

from tests.web.test_call import AUDIBLE, QUIET, SILENT, together

LABELS = """
(() => {
  window.opened = [];
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    const stream = await open(wish);
    for (const track of stream.getAudioTracks()) window.opened.push(track.label);
    return stream;
  };
})();
"""

LOST = {
    "hidden": "Object.defineProperty(document, 'hidden', { configurable: true, value: true });"
    "document.dispatchEvent(new Event('visibilitychange'));",
    # No event at all says that another window has the focus.
    "focus": "document.hasFocus = () => false;",
}


async def test_another_microphone_in_the_call_and_the_others_hear_no_end(bridge, visit):
    room = bridge.room()
    ana, ben = await visit("ana", room), await visit("ben", room)
    await ana.page.add_init_script(LABELS)
    for person in (ana, ben):
        await person.settings(**QUIET)
        await person.join()
    await ana.control("Settings").click()
    choice = ana.page.get_by_role("combobox", name="Microphone")
    await choice.select_option(label="Fake Audio Input 2")
    await ana.page.wait_for_function("() => window.opened.includes('Fake Audio Input 2')")
    assert await ben.hears() > AUDIBLE
    await ana.page.keyboard.press("Escape")
    # Remembered: the next visit opens it at once.
    await ana.page.reload()
    await ana.join()
    assert await ana.page.evaluate("window.opened") == ["Fake Audio Input 2"]
    assert await ben.hears() > AUDIBLE


async def test_another_speaker_plays_the_call(bridge, visit):
    _room, ana, _ben = await together(bridge, visit, "ana", "ben")
    await ana.page.evaluate(
        "() => { const set = AudioContext.prototype.setSinkId; window.sinks = [];"
        "AudioContext.prototype.setSinkId = function (id) {"
        " window.sinks.push(id); return set.call(this, id); }; }"
    )
    await ana.control("Settings").click()
    choice = ana.page.get_by_role("combobox", name="Speaker")
    await expect(choice.get_by_role("option").nth(1)).to_be_attached()
    last = choice.get_by_role("option").last
    await choice.select_option(label=await last.inner_text())
    assert await ana.page.evaluate("window.sinks") == [await last.get_attribute("value")]
    assert await ana.hears() > AUDIBLE


async def test_push_to_talk_closes_whenever_the_key_up_may_be_lost(bridge, visit):
    room = bridge.room()
    ana, ben = await visit("ana", room), await visit("ben", room)
    await ben.settings(**QUIET)
    await ben.join()
    for way, happens in LOST.items():
        await ana.settings(**QUIET, inputMode="push", pushReleaseMs=0)
        await ana.join()
        await ana.page.bring_to_front()
        await ana.page.keyboard.down("Space")
        assert await ben.hears(1.2) > AUDIBLE, way
        await ana.page.evaluate(happens)
        assert await ben.hears(1.2) < SILENT, way
        await ana.page.keyboard.up("Space")


async def test_muted_is_silent_with_the_key_down_and_others_see_it(bridge, visit):
    room = bridge.room()
    ana, ben = await visit("ana", room), await visit("ben", room)
    await ben.settings(**QUIET)
    await ana.settings(**QUIET, inputMode="push")
    for person in (ana, ben):
        await person.join()
    await ana.page.bring_to_front()
    await ana.page.keyboard.down("Space")
    assert await ben.hears(1.2) > AUDIBLE
    await ana.control("Mute").click()
    await expect(ben.tile("Ana").get_by_title("muted")).to_be_visible()
    assert await ben.hears(1.2) < SILENT
