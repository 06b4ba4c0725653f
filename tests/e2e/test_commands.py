"""What people type in a room, and what the bot answers there."""

import asyncio

import pytest

from tests.e2e.history import bot_is_in
from tests.e2e.person import until
from tests.e2e.voice import in_call

pytestmark = pytest.mark.e2e


@pytest.fixture
async def lounge(channel):
    """A channel in which Alice may do everything and Bob is an ordinary member."""
    return await channel()


@pytest.fixture
def ask(lounge):
    """`await ask(alice, "who")`: type a command, read the answer."""

    async def asked(person, line):
        said = await person.say(lounge, f"!voice {line}".strip())
        return await person.reply_to(lounge, said)

    return asked


async def settings(person, room_id, **expected):
    """Wait until the room's state has these settings."""

    async def are_set():
        content = await person.state(room_id, "io.haos.voice.channel")
        return expected.items() <= content.items()

    await until(are_set)


async def test_help_tells_each_what_they_may_do(alice, bob, ask):
    assert "!voice lock" in await ask(alice, "help")
    for_bob = await ask(bob, "help")
    assert "!voice who" in for_bob
    assert "!voice lock" not in for_bob
    assert "Example: !voice limit 10" in await ask(alice, "help limit")


async def test_a_typo_gets_a_suggestion(bob, ask):
    assert (await ask(bob, "histroy")).endswith("Did you mean: !voice history")


@pytest.mark.parametrize(
    "line",
    ["lock", "unlock", "limit 3", "status Chess", "end", "enable", "disable", "bitrate 96k"],
)
async def test_a_member_is_told_which_right_is_missing_and_who_has_it(bob, ask, line):
    answer = await ask(bob, line)
    assert "it takes power level 50 in this room, and you have 0" in answer
    assert "Ask Alice." in answer


async def test_settings_are_changed_and_shown(alice, bob, lounge, ask):
    assert "kbit/s" in await ask(alice, "bitrate 96k")
    assert "At most 3 people" in await ask(alice, "limit 3")
    assert "now: Chess, round 2" in await ask(alice, "status Chess, round 2")
    assert "Nobody is rung" in await ask(alice, "settings ring never")
    await settings(
        alice, lounge, bitrate=96_000, user_limit=3, status="Chess, round 2", ring="never"
    )
    shown = await ask(bob, "settings")
    for line in ("limit: 3", "bitrate: 96 kbit/s", "status: Chess, round 2", "ring: never"):
        assert line in shown
    assert "may change these" in await ask(bob, "settings ring always")
    assert "can be never, dm or always" in await ask(alice, "settings ring loud")
    assert "no number from 0 to" in await ask(alice, "limit many")
    assert "no number from 8000 to" in await ask(alice, "bitrate 9")
    assert "The status is gone" in await ask(alice, "status off")
    assert "no limit" in await ask(alice, "limit off")
    await settings(alice, lounge, status="", user_limit=0)


async def test_lock_and_unlock(alice, lounge, ask):
    assert "not locked" in await ask(alice, "unlock")
    assert "Locked" in await ask(alice, "lock")
    await settings(alice, lounge, locked=True)
    assert "locked already" in await ask(alice, "lock")
    assert "Unlocked" in await ask(alice, "unlock")
    await settings(alice, lounge, locked=False)


async def test_who_is_there_how_long_it_took_and_what_was(alice, bob, lounge, ask):
    assert "Nobody is in the call" in await ask(bob, "who")
    assert "no call here yet" in await ask(bob, "history")
    async with in_call(await alice.admission(lounge), tone=440):
        async with in_call(await bob.admission(lounge)):

            async def both_are_shown():
                answer = await ask(bob, "who")
                return answer if "In the call: 2" in answer and "Alice (for" in answer else None

            assert "Bob (muted" in await until(both_are_shown, 15, every_s=1)
        await asyncio.sleep(0.5)

    async def is_told():
        answer = await ask(alice, "history 3")
        return answer if "Alice, Bob" in answer else None

    assert "UTC" in await until(is_told, 15, every_s=1)
    stats = await ask(bob, "stats")
    assert "1 call," in stats
    assert "2 at once at most" in stats
    assert "haos-voice-bridge" in await ask(bob, "version")


async def test_the_end_is_for_everybody(alice, bob, lounge, ask):
    assert "no call to end" in await ask(alice, "end")
    async with (
        in_call(await alice.admission(lounge)) as one,
        in_call(await bob.admission(lounge)) as other,
    ):
        assert "The call is over" in await ask(alice, "end")
        async with asyncio.timeout(5):
            await one.disconnected.wait()
            await other.disconnected.wait()

    async def card_has_ended():
        bodies = [m["content"]["body"] for m in await bob.bot_messages(lounge)]
        return any("Call ended after" in body for body in bodies)

    await until(card_has_ended)
    assert await alice.state(lounge, "io.haos.voice.call") == {}


async def test_a_command_in_a_thread_is_answered_in_the_thread(alice, lounge):
    root = await alice.say(lounge, "Let us talk here")
    thread = {"rel_type": "m.thread", "event_id": root}
    content = {"msgtype": "m.text", "body": "!voice version", "m.relates_to": thread}
    said = await alice.send(lounge, "m.room.message", content)
    await alice.reply_to(lounge, said)
    (answer,) = await alice.bot_messages(lounge)
    relates = answer["content"]["m.relates_to"]
    assert (relates["rel_type"], relates["event_id"]) == ("m.thread", root)


async def test_a_mention_is_as_good_as_the_prefix(stack, alice, lounge):
    bot = stack.info.bot_user_id
    pill = f'<a href="https://matrix.to/#/{bot}">Voice</a>: version'
    content = {
        "msgtype": "m.text",
        "body": "Voice: version",
        "format": "org.matrix.custom.html",
        "formatted_body": pill,
        "m.mentions": {"user_ids": [bot]},
    }
    said = await alice.send(lounge, "m.room.message", content)
    assert "haos-voice-bridge" in await alice.reply_to(lounge, said)


async def test_where_there_is_no_channel_the_way_to_one_is_told(stack, alice):
    bot = stack.info.bot_user_id
    room_id = await alice.create_room(invite=[bot])

    await bot_is_in(alice, room_id, stack)
    said = await alice.say(room_id, "!voice who")
    assert "!voice enable" in await alice.reply_to(room_id, said)


async def test_a_direct_chat_greets_and_needs_no_prefix(stack, alice):
    bot = stack.info.bot_user_id
    room_id = await alice.create_room(invite=[bot], is_direct=True, preset="trusted_private_chat")

    async def greeted():
        return [m["content"]["body"] for m in await alice.bot_messages(room_id)]

    (greeting,) = await until(greeted)
    assert "Type: help" in greeting
    said = await alice.say(room_id, "help")
    answer = await alice.reply_to(room_id, said)
    assert "  version: " in answer
    said = await alice.say(room_id, "lock")
    assert "Type “!voice lock” in the room" in await alice.reply_to(room_id, said)
    said = await alice.say(room_id, "thanks a lot!")
    assert "There is no command “thanks”" in await alice.reply_to(room_id, said)


async def test_who_types_without_end_is_told_once_and_then_not_answered(bob, lounge):
    said = [await bob.say(lounge, "!voice version") for _ in range(24)]
    assert "a lot of commands" in await bob.reply_to(lounge, said[20])
    await asyncio.sleep(1)
    assert len(await bob.bot_messages(lounge)) == 21


async def test_who_is_blocked_gets_no_answer(person, alice, lounge):
    mallory = await person("mallory")
    await alice.invite(lounge, mallory.user_id)
    await mallory.join(lounge)
    await mallory.say(lounge, "!voice help")
    said = await alice.say(lounge, "!voice version")
    await alice.reply_to(lounge, said)
    assert len(await alice.bot_messages(lounge)) == 1


async def test_who_may_only_join_is_told_that_the_config_says_so(person, alice, lounge):
    guest = await person("guest")
    await alice.invite(lounge, guest.user_id)
    await guest.join(lounge)
    said = await guest.say(lounge, "!voice create Attic")
    answer = await guest.reply_to(lounge, said)
    assert "does not give you the role “start”" in answer
    assert "@ada:localhost" in answer


async def test_who_may_not_join_by_level_gets_no_link(alice, bob, lounge, ask):
    levels = await alice.state(lounge, "m.room.power_levels")
    levels["events"]["io.haos.voice.join"] = 25
    await alice.set_state(lounge, "m.room.power_levels", levels)
    answer = await ask(bob, "join")
    assert "it takes power level 25 in this room, and you have 0" in answer
    assert "Ask Alice." in answer


async def test_the_commands_of_admins_work_in_their_direct_chat(stack, person, alice):
    bot = stack.info.bot_user_id
    ada = await person("ada")
    for who, answer in ((ada, "people in them: "), (alice, "does not give you the role “admin”")):
        room_id = await who.create_room(invite=[bot], is_direct=True)

        async def greeted(who=who, room_id=room_id):
            return await who.bot_messages(room_id)

        await until(greeted)
        said = await who.say(room_id, "rooms")
        assert answer in await who.reply_to(room_id, said)
