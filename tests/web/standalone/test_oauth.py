"""Logging in on the homeserver's own pages (MSC2965): a real authorization server, real tokens."""

import asyncio
import time

import pytest
from playwright.async_api import expect

from tests.e2e.person import until
from tests.e2e.voice import in_call
from tests.web.axe import faults
from tests.web.standalone.oauth import AuthorizationServer, reconfigured
from tests.web.standalone.test_home import AUDIBLE, SLOW, devices, has_members


@pytest.fixture
async def oauth(stack):
    """The authorization server; the people that there are keep their tokens."""
    people = [await asyncio.to_thread(stack.user, name) for name in ("alice", "bob")]
    server = AuthorizationServer(
        stack.homeserver_url,
        {
            user.access_token: {
                "username": user.user_id[1:].partition(":")[0],
                "device_id": user.device_id,
            }
            for user in people
        },
    )
    await asyncio.to_thread(server.start)
    delegated = {"enabled": True, "endpoint": server.url, "secret": server.secret}
    settings = {
        "matrix_authentication_service": delegated,
        "password_config": {"enabled": False},
        "cas_config": None,
    }
    around = reconfigured(stack, **settings)
    await asyncio.to_thread(around.__enter__)
    yield server
    await asyncio.to_thread(around.__exit__, None, None, None)
    server.stop()


async def test_from_the_login_to_the_logout_with_tokens_that_end_in_a_call(
    stack, oauth, person, channel, at_home
):
    bob = await person("bob")
    study = await channel("Study", [bob])
    await bob.say(study, "Said before")
    home = await at_home()
    page = home.page
    go = page.get_by_role("button", name="Continue to localhost")
    await expect(go).to_be_visible(timeout=SLOW)
    assert await faults(page) == []
    await home.picture("oauth-login")
    before = ids(stack)

    # Somebody else's page; who goes back is told so, and may try again.
    await go.click()
    await page.get_by_placeholder("Enter any login").fill("alice", timeout=SLOW)
    await page.get_by_role("link", name="Cancel").click()
    await expect(page.get_by_role("alert")).to_contain_text("You were not logged in", timeout=SLOW)
    await go.click()
    await page.get_by_placeholder("Enter any login").fill("alice", timeout=SLOW)
    await page.get_by_placeholder("and password").fill("…")
    await page.get_by_role("button", name="Sign-in").click()
    await page.get_by_role("button", name="Continue").click()
    await expect(home.channel("Study")).to_be_visible(timeout=SLOW)
    assert "code=" not in page.url
    (mine,) = ids(stack) - before

    # In the call, and the access token ends there: everything goes on.
    await home.pick("Study")
    await expect(home.messages).to_contain_text("Said before")
    async with in_call(await bob.admission(study), tone=440):
        await home.join()
        await until(has_members(bob, study, 1))
        before_it_ended = oauth.told()

        async def has_ended():
            return time.time() > before_it_ended["until"]

        await until(has_ended, 15)
        await home.write("Study", "Said with a new token")
        await expect(home.messages).to_contain_text("Said with a new token")

        async def is_said():
            bodies = [event["content"].get("body") for event in await bob.timeline(study)]
            return "Said with a new token" in bodies

        await until(is_said)
        assert oauth.told()["refreshes"] > before_it_ended["refreshes"]
        await expect(page.get_by_text("Voice connected")).to_be_visible()
        assert await home.hears() > AUDIBLE
        assert await has_members(bob, study, 1)()

    # The newest token was kept, and is nowhere to be read.
    await page.reload()
    await expect(home.messages).to_contain_text("Said with a new token", timeout=SLOW)
    assert ids(stack) - before == {mine}

    await page.get_by_role("button", name="Log out").click()
    await page.get_by_role("dialog").get_by_role("button", name="Log out").click()
    await expect(go).to_be_visible(timeout=SLOW)
    await expect(page.get_by_role("alert")).to_have_count(0)
    assert oauth.told()["revoked"] == [mine]

    async def is_gone():
        return mine not in ids(stack)

    await until(is_gone)


def ids(stack):
    return {device["device_id"] for device in devices(stack, "alice")}
