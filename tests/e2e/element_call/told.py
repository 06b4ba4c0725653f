"""What the room tells of a call: roster, card, history."""

from tests.e2e.history import history_of
from tests.e2e.person import until

ROSTER = "io.haos.voice.call"


async def roster_is(reader, room_id, *people, timeout_s=10, **flags):
    """Wait until exactly these people are in the roster, each with their device."""
    wanted = [(person.user_id, person.device_id) for person in people]

    async def tells():
        roster = await reader.state(room_id, ROSTER) or {}
        there = roster.get("participants", [])
        names = [(entry["user_id"], entry["device_id"]) for entry in there]
        right = all(entry[flag] is value for entry in there for flag, value in flags.items())
        return sorted(names) == sorted(wanted) and right

    await until(tells, timeout_s)


async def call_is_over(stack, reader, room_id, *people):
    """The room tells of one call that these people were in, each once, and that it ended."""
    names = [person.user_id for person in people]

    async def card_says_so():
        messages = [m["content"] for m in await reader.bot_messages(room_id)]
        cards = [c.get("m.new_content", c) for c in messages if "io.haos.voice.card" in c]
        return cards[-1] if cards[-1]["io.haos.voice.card"]["state"] == "ended" else None

    card = await until(card_says_so, 10)
    assert await reader.state(room_id, ROSTER) == {}
    assert card["body"].startswith("Call ended after ")
    data = card["io.haos.voice.card"]
    assert (data["started_by"], data["peak"]) == (names[0], len(names)), data
    assert [entry["user_id"] for entry in data["participants"]] == names
    calls, stays = history_of(stack, room_id)
    assert [(call[0], call[1], call[2]) for call in calls] == [
        (data["call_id"], names[0], len(names))
    ], calls
    assert [stay[0] for stay in stays] == names, stays
