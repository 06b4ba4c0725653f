"""The client on its own: log in, see who is where, talk, write, go elsewhere, log out."""

import re

from playwright.async_api import expect

from tests.e2e.person import until
from tests.e2e.voice import in_call

AUDIBLE = 0.02


async def test_logging_in_talking_writing_and_logging_out(
    stack, person, channel, at_home
):
    bob = await person("bob")
    lounge = await channel("Parlour", [bob], {"enabled": True, "user_limit": 5, "status": "Tea"})
    await channel("Kitchen", [bob])
    home = await at_home("alice")
    await home.settings(sounds=False)
    await expect(home.rooms).to_be_visible(timeout=20_000)

    # Who is where, live, without joining.
    await expect(home.channel("Parlour")).to_contain_text("Tea")
    await expect(home.channel("Parlour")).to_contain_text("0/5")
    async with in_call(await bob.admission(lounge), tone=440) as voice:
        await expect(home.person("Parlour", "bob")).to_be_visible()
        await expect(home.channel("Parlour")).to_contain_text("1/5")

        # In, hearing and being heard.
        await home.pick("Parlour")
        await home.join()
        await expect(home.person("Parlour", "alice")).to_be_visible()
        assert await home.hears() > AUDIBLE
        ring = home.person("Parlour", "bob").locator("[data-speaking]")
        await expect(ring).to_have_attribute("data-speaking", "true")

        async def is_heard():
            return any(voice.loud_at)

        await until(is_heard)
        await expect(home.page.get_by_text("In voice: Parlour")).to_have_count(0)

        # Writing and reading beside the call.
        await home.write("Parlour", "Hello from the page")
        await bob.say(lounge, "And from Bob")
        await expect(home.messages).to_contain_text("Hello from the page")
        await expect(home.messages).to_contain_text("And from Bob")
        bodies = [e["content"].get("body") for e in await bob.timeline(lounge)]
        assert "Hello from the page" in bodies

        # Another channel by a click; the controls stay.
        await home.pick("Kitchen")
        await expect(home.person("Kitchen", "alice")).to_be_visible(timeout=15_000)
        await expect(home.person("Parlour", "alice")).to_have_count(0)
        await expect(home.control("Leave")).to_be_visible()
    await expect(home.person("Parlour", "bob")).to_have_count(0)
    await home.control("Leave").click()

    # The session outlives a reload; its token is nowhere to be read.
    await home.page.reload()
    await expect(home.channel("Kitchen")).to_be_visible(timeout=20_000)
    assert re.search(r"syt_[A-Za-z0-9_]+", await home.stored()) is None

    sessions = await devices(stack, "alice")
    await home.page.get_by_role("button", name="Log out").click()
    await home.page.get_by_role("dialog").get_by_role("button", name="Log out").click()
    await expect(home.page.get_by_label("Password", exact=True)).to_be_visible()
    assert len(await devices(stack, "alice")) == len(sessions) - 1
    await home.page.reload()
    await expect(home.page.get_by_label("Password", exact=True)).to_be_visible()


async def devices(stack, name):
    answer = stack.session(name).client("GET", "devices")
    return answer["devices"]
