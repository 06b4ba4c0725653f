"""Commands as people type them, and the answers to what they ask."""

from dataclasses import dataclass, field, replace

from haos_voice_bridge import commands
from haos_voice_bridge.commands import questions
from haos_voice_bridge.core.events import CommandGiven
from haos_voice_bridge.core.permissions import PowerLevels, Role, Standing
from tests.fakes.people import ANA, BEN, BOT, CLEO, NOW, SITE, lounge

NAMES = {ANA: "Ana", BEN: "Ben", CLEO: "Cleo", BOT: "Voice"}


@dataclass
class World:
    """What questions are answered with."""

    levels: dict = field(default_factory=dict)
    events: dict = field(default_factory=dict)
    names: dict = field(default_factory=lambda: dict(NAMES))
    roles: dict = field(default_factory=dict)
    calls: tuple = ()
    rooms: tuple = ()
    quiet: frozenset = frozenset()
    call_members: dict = field(default_factory=dict)
    ringing_for: tuple = ()
    flags: dict = field(default_factory=dict)
    state: dict = field(default_factory=dict)
    """`Sent`, by type and key."""
    asked: list = field(default_factory=list)
    aliases: dict = field(default_factory=dict)
    outside: dict = field(default_factory=dict)
    """Memberships other than “join”, by `(room_id, user_id)`."""
    levels_in: dict = field(default_factory=dict)
    """Power levels that differ in some room, by `(room_id, user_id)`."""

    def standing(self, user_id, room_id=""):
        users = {BOT: 100, **self.levels}
        users |= {user: level for (room, user), level in self.levels_in.items() if room == room_id}
        levels = PowerLevels(users=users, events=self.events)
        role = self.roles.get(user_id, Role.START)
        membership = self.outside.get((room_id, user_id), "join")
        return Standing(user_id, self.names.get(user_id, user_id), membership, role, levels)

    def answer(self, question):  # noqa: PLR0911 (one a question)
        self.asked.append(question)
        match question:
            case questions.People():
                return tuple(self.standing(user_id) for user_id in self.names)
            case questions.StandingIn():
                return self.standing(question.user_id, question.room_id)
            case questions.RoomOfAlias():
                return self.aliases.get(question.alias)
            case questions.PastCalls():
                return self.calls[: question.limit]
            case questions.QuietAmong():
                return self.quiet & set(question.user_ids)
            case questions.CallMember():
                return self.call_members.get(question.user_id, "")
            case questions.RingingFor():
                return self.ringing_for
            case questions.Rooms():
                return self.rooms
            case questions.StateEvent():
                return self.state.get((question.event_type, question.state_key))
            case questions.Flag():
                return self.flags.get(question.name, "")
        raise AssertionError(question)


def typed(
    text,
    *,
    by=ANA,
    level=0,
    bot=100,
    role=Role.START,
    events=None,
    room=None,
    world=None,
    site=SITE,
):
    """What comes of a command."""
    world = world or World()
    world = replace(
        world,
        levels={BOT: bot, by: level, **world.levels},
        events={**world.events, **(events or {})},
        roles={by: role, **world.roles},
    )
    return answers(CommandGiven("$c", text, world.standing(by)), room or lounge(), world, site)


def answers(given, room, world, site=SITE):
    """What comes of a command that was read already."""
    request = commands.Request(
        room=room,
        given=given,
        now=NOW,
        bot_user_id=BOT,
        prefix="!voice",
        admins=("@root:hs", "hs.example"),
        site=site,
    )
    steps = commands.run(request)
    try:
        question = next(steps)
        while True:
            question = steps.send(world.answer(question))
    except StopIteration as done:
        return tuple(done.value)


def said(answers):
    """The text of the one answer."""
    (answer,) = answers
    assert answer.content["msgtype"] == "m.notice"
    assert answer.content["m.mentions"] == {}
    assert (answer.relation, answer.target) == ("reply", "$c")
    return answer.content["body"]
