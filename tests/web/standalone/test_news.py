"""What is new: calls that ring or were missed, messages; and others see that it was read."""

from itertools import count

from playwright.async_api import expect

from tests.e2e.person import until
from tests.e2e.voice import in_call
from tests.web.axe import faults
from tests.web.standalone.test_changes import AT_ONCE
from tests.web.standalone.test_home import SLOW

TURN = count()


async def test_a_call_declined_is_seen_by_the_caller_and_one_missed_has_a_badge(
    person, channel, at_home
):
    alice, bob = await person("alice"), await person("bob")
    await channel("Loft", [bob])
    den = await channel("Den", [bob])
    home = await at_home("alice")
    page = home.page
    await home.settings(sounds=False)
    await home.channel("Den").wait_for(timeout=SLOW)
    await home.pick("Loft")
    toast = page.get_by_role("region", name="Incoming call")
    badge = home.channel("Den").get_by_title("1 missed call")

    async with in_call(await bob.admission(den)):
        said = await bob.say(den, f"!voice ring {alice.user_id}")
        assert "Ringing" in await bob.reply_to(den, said)
        await expect(toast).to_contain_text("Bob is calling", timeout=SLOW)
        assert await faults(page) == []
        await home.picture("ring")
        await toast.get_by_role("button", name="Decline").click()
        await expect(toast).to_have_count(0)

        async def caller_sees_it():
            cards = [m["content"] for m in await bob.bot_messages(den)]
            return [c for c in cards if "alice declined" in c.get("body", "").lower()]

        await until(caller_sees_it)
    await expect(badge).to_have_count(0)

    # Rung again, and the caller gives up.
    async with in_call(await bob.admission(den)):
        said = await bob.say(den, f"!voice ring {alice.user_id}")
        assert "Ringing" in await bob.reply_to(den, said)
        await expect(toast).to_contain_text("Den", timeout=SLOW)
    await expect(toast).to_have_count(0, timeout=AT_ONCE)
    await expect(badge).to_be_visible(timeout=AT_ONCE)
    assert await faults(page) == []
    await home.picture("missed")
    await page.get_by_role("button", name="Past calls").click()
    dialog = page.get_by_role("dialog", name="Past calls")
    await expect(dialog.get_by_text("From Bob")).to_be_visible()
    await page.keyboard.press("Escape")
    await home.pick("Den")
    await expect(badge).to_have_count(0)
    # It was seen for good, wherever one looks.
    last = (await bob.timeline(den))[-1]["event_id"]
    await until(has_read(bob, alice, den, last))
    await page.reload()
    await home.channel("Den").wait_for(timeout=SLOW)
    await home.pick("Loft")
    await expect(badge).to_have_count(0)


async def test_messages_are_marked_read_out_and_said_to_be_read(person, channel, at_home):
    alice, bob = await person("alice"), await person("bob")
    porch = await channel("Porch", [bob])
    letters = await alice.create_room(name="Letters", invite=[bob.user_id])
    await bob.join(letters)
    home = await at_home("alice")
    page = home.page
    rooms = page.get_by_role("region", name="Rooms", exact=True)
    await rooms.get_by_role("button", name="Letters").click(timeout=SLOW)
    told = page.locator("[data-region=chat]")
    await expect(home.messages).to_be_attached()

    # Of the open room: read out at once, several together, none of one's own; and read.
    await home.write("Letters", "Anybody there?")
    await bob.say(letters, "Good morning")
    last = await bob.say(letters, "Tea is ready")
    await expect(told).to_have_text("Bob: Good morning Bob: Tea is ready", timeout=AT_ONCE)
    await until(has_read(bob, alice, letters, last))
    for number in range(4):
        await bob.say(letters, f"And {number}")
    await expect(told).to_have_text("4 new messages, the last from Bob", timeout=AT_ONCE)

    # Of other rooms: a mark, until one goes there.
    mark = rooms.get_by_role("button", name="Letters").get_by_text("1 new message")
    chat = page.get_by_role("button", name="Messages of Porch")
    last = await bob.say(porch, "Out here")
    await expect(chat).to_have_accessible_description("1 new message", timeout=AT_ONCE)
    assert not await has_read(bob, alice, porch, last)()
    await chat.click()
    await expect(chat).to_have_accessible_description("")
    await until(has_read(bob, alice, porch, last))
    await bob.say(letters, "And a letter")
    await expect(mark).to_be_attached(timeout=AT_ONCE)
    await expect(told).not_to_contain_text("And a letter")
    await home.picture("unread")


def has_read(who, whose, room_id, event_id):
    """Whether `who` is told that `whose` user read that far."""

    async def check():
        # Never the same question twice: the homeserver would give the same answer.
        answer = await who.request("GET", "sync", timeout=str(next(TURN)))
        ephemeral = answer["rooms"]["join"][room_id]["ephemeral"]["events"]
        receipts = [e["content"] for e in ephemeral if e["type"] == "m.receipt"]
        return any(
            whose.user_id in users.get("m.read", {})
            for content in receipts
            for event, users in content.items()
            if event == event_id
        )

    return check
