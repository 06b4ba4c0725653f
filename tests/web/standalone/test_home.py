"""The client on its own: log in, see who is where, talk, write, go elsewhere, log out."""

import re
from pathlib import Path

from playwright.async_api import expect

from tests.e2e.person import until
from tests.e2e.voice import in_call
from tests.png import png
from tests.web.standalone.sso import sso_server

AUDIBLE = 0.02
AXE = Path(__file__).parents[3] / "web" / "node_modules" / "axe-core" / "axe.min.js"
ENCRYPTED = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
SLOW = 20_000
"""Milliseconds: a browser that loads the whole client on two busy cores."""


async def test_who_is_where_talking_writing_and_going_elsewhere(person, channel, at_home):
    alice, bob = await person("alice"), await person("bob")
    await alice.request("PUT", "presence", alice.user_id, "status", content=status("gardening"))
    await bob.show_picture(png(90, 60, (200, 30, 30)))
    parlour = await channel("Parlour", [bob], {"enabled": True, "user_limit": 5, "status": "Tea"})
    kitchen = await channel("Kitchen", [bob])
    home = await at_home("alice")
    await home.settings(sounds=False)

    # Who is where, live, without joining.
    await expect(home.channel("Parlour")).to_contain_text("Tea", timeout=SLOW)
    await expect(home.channel("Parlour")).to_contain_text("0/5")
    async with in_call(await bob.admission(parlour), tone=440) as voice:
        await expect(home.person("Parlour", "bob")).to_be_visible()
        await expect(home.person("Parlour", "bob").locator("img")).to_be_visible()
        await expect(home.channel("Parlour")).to_contain_text("1/5")

        # In: hearing, being heard, and seen to be there.
        await home.pick("Parlour")
        await home.join()
        await expect(home.person("Parlour", "alice")).to_be_visible()
        assert await home.hears() > AUDIBLE
        ring = home.person("Parlour", "bob").locator("[data-speaking]")
        await expect(ring).to_have_attribute("data-speaking", "true")

        async def is_heard():
            return any(user.startswith(alice.user_id) for user in voice.loud_at)

        await until(is_heard)
        await until(shows(bob, alice, "In voice: Parlour"))
        # For Element Call's users: a membership of this device (MatrixRTC).
        await until(has_members(bob, parlour, 1))

        # Writing and reading beside the call.
        await home.write("Parlour", "Hello from the page")
        await bob.say(parlour, "And from Bob")
        await expect(home.messages).to_contain_text("Hello from the page")
        await expect(home.messages).to_contain_text("And from Bob")
        bodies = [event["content"].get("body") for event in await bob.timeline(parlour)]
        assert "Hello from the page" in bodies
        assert await faults(home.page) == []

        # Another channel by a click; the controls stay.
        await home.pick("Kitchen")
        await expect(home.person("Kitchen", "alice")).to_be_visible(timeout=SLOW)
        await expect(home.person("Parlour", "alice")).to_have_count(0)
        await expect(home.page.get_by_text("Voice connected")).to_be_visible()
        await until(shows(bob, alice, "In voice: Kitchen"))
        await until(has_members(bob, kitchen, 1))
        await until(has_members(bob, parlour, 0))
    await expect(home.person("Parlour", "bob")).to_have_count(0)
    # On a phone the rooms lie over the call, and the controls stay in sight.
    await home.page.set_viewport_size({"width": 390, "height": 800})
    await home.page.get_by_role("button", name="Show rooms").click()
    await expect(home.channel("Parlour")).to_be_in_viewport()
    await expect(home.page.get_by_text("Voice connected")).to_be_visible()
    await home.control("Leave").click()
    await until(shows(bob, alice, "gardening"))
    await until(has_members(bob, kitchen, 0))


async def test_a_call_that_the_bot_rings_is_accepted_and_shown(person, channel, at_home):
    alice, bob = await person("alice"), await person("bob")
    attic = await channel("Attic", [bob])
    home = await at_home("alice")
    await home.settings(sounds=False)
    await expect(home.channel("Attic")).to_be_visible(timeout=SLOW)
    async with in_call(await bob.admission(attic), tone=440):
        await expect(home.person("Attic", "bob")).to_be_visible()
        said = await bob.say(attic, f"!voice ring {alice.user_id}")
        assert "Ringing" in await bob.reply_to(attic, said)
        toast = home.page.get_by_role("region", name="Incoming call")
        await expect(toast).to_contain_text("Attic", timeout=SLOW)
        await toast.get_by_role("button", name="Accept").click()
        await expect(home.page.get_by_text("Voice connected")).to_be_visible(timeout=SLOW)
        await expect(toast).to_have_count(0)
        await expect(home.page.get_by_role("textbox", name="Message Attic")).to_be_visible()
        assert await home.hears() > AUDIBLE


async def test_the_session_outlives_a_reload_and_ends_with_the_logout(stack, person, at_home):
    alice = await person("alice")
    secret = await alice.create_room(name="Secret", initial_state=[ENCRYPTED])
    home = await at_home()
    field = home.page.get_by_label("Password", exact=True)
    await expect(field).to_be_visible(timeout=SLOW)
    assert await faults(home.page) == []
    await home.page.get_by_label("User name").fill("alice")
    await field.fill("wrong")
    await field.press("Enter")
    await expect(home.page.get_by_role("alert")).to_contain_text("password is wrong")
    await home.log_in("alice", stack.user("alice").password)

    # What is written in an encrypted room is read there, and nobody else's to read.
    await home.page.get_by_role("button", name="Secret").click()
    await home.write("Secret", "Only for us")
    await expect(home.messages).to_contain_text("Only for us")

    async def is_sent():
        return [e for e in await alice.timeline(secret) if e["type"] == "m.room.encrypted"]

    assert "Only for us" not in str(await until(is_sent))

    # It comes back to the same room; its token is nowhere to be read.
    await home.page.reload()
    await expect(home.messages).to_contain_text("Only for us", timeout=SLOW)
    assert re.search(r"syt_[A-Za-z0-9_]+", await home.stored()) is None

    # One page at a time.
    other = await home.context.new_page()
    await other.goto(stack.info.web_url)
    await other.get_by_role("button", name="Use it here").click()
    await expect(other.get_by_role("navigation", name="Rooms")).to_be_visible(timeout=SLOW)
    await expect(home.page.get_by_text("Voice is open in another tab")).to_be_visible()
    await other.close()
    await home.page.get_by_role("button", name="Use it here").click()
    await expect(home.rooms).to_be_visible(timeout=SLOW)

    sessions = devices(stack, "alice")
    await home.page.get_by_role("button", name="Log out").click()
    await home.page.get_by_role("dialog").get_by_role("button", name="Log out").click()
    await expect(field).to_be_visible(timeout=SLOW)
    assert len(devices(stack, "alice")) == len(sessions) - 1
    assert await home.page.evaluate("indexedDB.databases().then((all) => all.length)") <= 1
    await home.page.reload()
    await expect(field).to_be_visible(timeout=SLOW)


async def test_logging_in_by_single_sign_on(stack, at_home, sso_port):
    async with sso_server(sso_port, "sam"):
        home = await at_home()
        await home.page.get_by_role("button", name="Continue with").click(timeout=SLOW)
        await expect(home.rooms).to_contain_text("@sam:localhost", timeout=SLOW)
    assert "loginToken" not in home.page.url

    # A login that this page did not begin logs nobody in.
    stranger = await at_home(path="?loginToken=stolen")
    await expect(stranger.page.get_by_role("alert")).to_contain_text("did not begin here")
    assert "stolen" not in stranger.page.url


def status(text):
    return {"presence": "online", "status_msg": text}


def shows(who, whose, text):
    async def check():
        answer = await who.request("GET", "presence", whose.user_id, "status")
        return answer.get("status_msg") == text

    return check


def has_members(who, room_id, count):
    async def check():
        members = [
            event
            for event in await who.all_state(room_id)
            if event["type"] == "org.matrix.msc3401.call.member" and event["content"]
        ]
        return len(members) == count

    return check


def devices(stack, name):
    return stack.session(name).client("GET", "devices")["devices"]


async def faults(page):
    """What axe finds: contrast, names, roles."""
    await page.evaluate(AXE.read_text())
    return await page.evaluate(
        """axe.run().then(({ violations }) => violations.map(
             ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`))"""
    )
