"""What a command is, what it gets, and how it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from haos_voice_bridge.commands.line import Line
from haos_voice_bridge.commands.questions import Asking
from haos_voice_bridge.core import contents
from haos_voice_bridge.core.call import Active, Room
from haos_voice_bridge.core.effects import Effect, MergeState, SendMessage
from haos_voice_bridge.core.events import CommandGiven, Event
from haos_voice_bridge.core.permissions import PowerLevels, Role, Standing
from haos_voice_bridge.core.site import Site

CHANNEL = "io.haos.voice.channel"

Answer = Effect | Event
"""What a command wants done: effects are owed, events go through the room's rules."""
Steps = Asking[tuple[Answer, ...]]

Right = Literal["anyone", "join", "start", "moderate", "set_up", "admin"]
Section = Literal["Calls", "Moderation", "The channel", "The bot", "Bridge admins"]


@dataclass(frozen=True, slots=True)
class Request:
    """A command with all it may look at; `now` in ms since the epoch."""

    room: Room
    given: CommandGiven
    now: int
    bot_user_id: str
    prefix: str
    admins: tuple[str, ...]
    site: Site

    @property
    def line(self) -> Line:
        """What was typed, in words."""
        return Line.read(self.given.text)

    @property
    def event_id(self) -> str:
        """The command's message; keys of what it owes derive from it."""
        return self.given.event_id

    @property
    def standing(self) -> Standing:
        """What the person is in the room."""
        return self.given.standing

    @property
    def levels(self) -> PowerLevels:
        """The room's power levels."""
        return self.given.standing.levels

    @property
    def bot_level(self) -> int:
        """The bot's power level in the room."""
        return self.levels.of(self.bot_user_id)

    @property
    def is_direct(self) -> bool:
        """Whether this is the person's direct chat with the bot."""
        return bool(self.room.direct) and self.room.direct == self.standing.user_id

    @property
    def lead(self) -> str:
        """What commands start with here: nothing in a direct chat."""
        return "" if self.is_direct else f"{self.prefix} "

    @property
    def call(self) -> Active | None:
        """The running call."""
        return self.room.call if isinstance(self.room.call, Active) else None

    def reply(self, body: str, html: str | None = None) -> SendMessage:
        """The answer to the command."""
        return SendMessage(
            f"reply:{self.event_id}",
            contents.notice(body, html),
            relation="reply",
            target=self.event_id,
            thread=self.given.thread,
        )

    def change_channel(self, told: str, html: str | None = None, **changes: object) -> MergeState:
        """Change fields of the channel's settings, and say so once it is done."""
        return MergeState(
            key=f"channel:{self.event_id}",
            event_type=CHANNEL,
            state_key="",
            changes=changes,
            reply_to=self.event_id,
            thread=self.given.thread,
            told=contents.notice(told, html),
        )


@dataclass(frozen=True, slots=True)
class Command:
    """A command.

    Attributes:
        run: What it does; a generator where it must ask first.
        usage: What follows the prefix: `<required>`, `[optional]`.
        right: What it takes; `rights.py` says who has it.
        examples: Whole lines without the prefix.
        is_about_channel: It makes sense only in a voice channel.
        works_in_direct: It makes sense in a direct chat with the bot.
    """

    name: str
    usage: str
    summary: str
    section: Section
    run: Callable[[Request], Steps | tuple[Answer, ...]]
    right: Right = "anyone"
    examples: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    is_about_channel: bool = False
    works_in_direct: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All names that it answers to."""
        return (self.name, *self.aliases)


def may_set_up(standing: Standing) -> bool:
    """Whether the person may change the room's voice channel."""
    return standing.role is Role.ADMIN or standing.may_send_state(CHANNEL)
