"""Rooms, spaces and calls change while somebody looks: moved, renamed, invited, put out."""

from playwright.async_api import expect

from tests.e2e.person import until
from tests.e2e.voice import in_call
from tests.web.standalone.test_home import AUDIBLE, SLOW, has_members

AT_ONCE = 10_000
"""Milliseconds: a change of the homeserver's, on two busy cores."""
CHANNEL = "io.haos.voice.channel"


async def test_who_is_moved_by_a_moderator_goes_along_with_all_that_is_seen(
    person, channel, at_home
):
    alice, bob = await person("alice"), await person("bob")
    hall, study = await channel("Hall", [bob]), await channel("Quiet study", [bob])
    await alice.say(study, "Welcome to the study")
    home = await at_home("bob")
    await home.settings(sounds=False)
    await home.channel("Hall").wait_for(timeout=SLOW)
    await home.pick("Hall")
    await home.join()
    await until(has_members(alice, hall, 1))
    async with in_call(await alice.admission(study), tone=440):
        said = await alice.say(hall, f"!voice move {bob.user_id} to {study}")
        await expect(home.person("Quiet study", "bob")).to_be_visible(timeout=AT_ONCE)
        assert "is being moved to Quiet study" in await alice.reply_to(hall, said)
        await expect(home.page.get_by_text("Voice connected")).to_be_visible()
        # What is open is where one is: its name, its messages, its address.
        heading = home.page.get_by_role("heading", level=1)
        await expect(heading).to_have_text("Quiet study")
        await expect(home.messages).to_contain_text("Welcome to the study")
        await expect(home.page.get_by_role("textbox", name="Message Quiet study")).to_be_visible()
        await expect(home.page.locator("[data-region=polite]")).to_contain_text("Quiet study")
        assert await home.hears() > AUDIBLE
        # As Element Call's users have it, too.
        await until(has_members(alice, hall, 0))
        await until(has_members(alice, study, 1))
        await home.picture("moved")
    await home.page.reload()
    await expect(home.page.get_by_role("heading", level=1)).to_have_text("Quiet study")


async def test_rooms_and_spaces_are_shown_as_they_are_now(person, channel, at_home):
    alice, bob = await person("alice"), await person("bob")
    home = await at_home("alice")
    page = home.page
    spaces = page.get_by_role("list", name="Spaces")
    rooms = page.get_by_role("region", name="Rooms", exact=True)

    # A space, and a channel in it.
    guild = await alice.create_room(name="Guild", creation_content={"type": "m.space"})
    await spaces.get_by_role("button", name="Guild").click(timeout=AT_ONCE)
    await expect(page.get_by_text("No rooms here yet")).to_be_visible()
    forge = await channel("Forge", [bob])
    await alice.set_state(guild, "m.space.child", {"via": ["localhost"]}, forge)
    await expect(home.channel("Forge")).to_be_visible(timeout=AT_ONCE)
    await home.pick("Forge")

    # Renamed, in the list and where it is open.
    await alice.set_state(forge, "m.room.name", {"name": "Foundry"})
    await expect(home.channel("Foundry")).to_be_visible(timeout=AT_ONCE)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Foundry")
    await alice.set_state(guild, "m.room.name", {"name": "Smiths"})
    await expect(spaces.get_by_role("button", name="Smiths")).to_be_visible(timeout=AT_ONCE)

    # Who is put out of the room is out of its call.
    async with in_call(await bob.admission(forge)):
        await expect(home.person("Foundry", "bob")).to_be_visible(timeout=AT_ONCE)
        await alice.kick(forge, bob.user_id)
        await expect(home.person("Foundry", "bob")).to_have_count(0, timeout=AT_ONCE)

    # A room becomes a channel, and a room again.
    notes = await alice.create_room(name="Notes")
    await alice.set_state(guild, "m.space.child", {"via": ["localhost"]}, notes)
    await expect(rooms.get_by_role("button", name="Notes")).to_be_visible(timeout=AT_ONCE)
    await alice.set_state(notes, CHANNEL, {"enabled": True})
    await expect(home.channel("Notes")).to_be_visible(timeout=AT_ONCE)
    await alice.set_state(notes, CHANNEL, {"enabled": False})
    await expect(rooms.get_by_role("button", name="Notes")).to_be_visible(timeout=AT_ONCE)
    await expect(home.channel("Notes")).to_have_count(0)

    # Invited; in; and out again while it is open.
    tavern = await bob.create_room(name="Tavern")
    await bob.invite(tavern, alice.user_id)
    await page.get_by_role("button", name="Join Tavern").click(timeout=AT_ONCE)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Tavern", timeout=AT_ONCE)
    await bob.kick(tavern, alice.user_id)
    await expect(page.get_by_text("Pick a voice channel to talk")).to_be_visible(timeout=AT_ONCE)

    # Out of the space, and the space itself.
    await alice.set_state(guild, "m.space.child", {}, notes)
    await expect(rooms.get_by_role("button", name="Notes")).to_have_count(0, timeout=AT_ONCE)
    await alice.leave(guild)
    await expect(spaces).to_have_count(0, timeout=AT_ONCE)
    await expect(home.channel("Foundry")).to_be_visible()
