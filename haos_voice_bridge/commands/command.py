"""What a command is, what it gets, and how it answers."""

from collections.abc import Callable
from dataclasses import dataclass

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.effects import Effect, SendMessage
from haos_voice_bridge.core.events import CommandGiven
from haos_voice_bridge.core.permissions import PowerLevels, Role, Standing

CHANNEL = "io.haos.voice.channel"


@dataclass(frozen=True, slots=True)
class Request:
    """A command with all it may look at."""

    room: Room
    given: CommandGiven
    bot_user_id: str
    prefix: str

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
    def is_blocked(self) -> bool:
        """Whether the config wants nothing to do with the person."""
        return self.standing.role is Role.BLOCK

    @property
    def may_set_up(self) -> bool:
        """Whether the person may change the room's voice channel."""
        return self.standing.role is Role.ADMIN or self.standing.may_send_state(CHANNEL)

    def reply(self, body: str, html: str | None = None) -> SendMessage:
        """The answer to the command."""
        event_id = self.given.event_id
        return SendMessage(
            f"reply:{event_id}", contents.notice(body, html), relation="reply", target=event_id
        )


@dataclass(frozen=True, slots=True)
class Command:
    """A command: `usage` follows the prefix; `may_run` decides whether help shows it."""

    name: str
    usage: str
    summary: str
    run: Callable[[Request], tuple[Effect, ...]]
    may_run: Callable[[Request], bool] = lambda _: True


def refused_set_up(request: Request) -> SendMessage:
    """The answer to a person who may not change the room's voice channel."""
    needed = request.levels.to_send_state(CHANNEL)
    mine = request.levels.of(request.standing.user_id)
    return request.reply(
        f"For this you need power level {needed} in this room, and you have {mine}. "
        "Ask an admin of the room."
    )
