"""What moderators laid on a user in a room's calls: muted, deafened, put out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Measure = Literal["mute", "unmute", "deafen", "undeafen", "kick"]
"""What a moderator does to somebody."""

KICK_MS = 11 * 60_000
"""How long somebody who was put out needs a new token to come in: LiveKit renews the token of a
connection for 10 minutes, and one not used yet is good for less."""


@dataclass(frozen=True, slots=True)
class Restraint:
    """What holds for all devices of a user until it is undone, whether they are in the call or not.

    Attributes:
        deafened: Receives nothing, and may not speak either.
        out_until: Until then (ms), only a token handed out since lets them in.
    """

    user_id: str
    muted: bool = False
    deafened: bool = False
    out_until: int = 0

    @property
    def is_silenced(self) -> bool:
        """Whether the user may not speak."""
        return self.muted or self.deafened


def restraint_on(restraints: Iterable[Restraint], user_id: str) -> Restraint:
    """What holds for a user; nothing, if nothing was laid on them."""
    return next((one for one in restraints if one.user_id == user_id), Restraint(user_id))


def restrained(
    restraints: Iterable[Restraint], measure: Measure, user_id: str, now: int
) -> tuple[Restraint, ...]:
    """What holds after a moderator's measure; what has run out or was undone is dropped."""
    restraints = tuple(restraints)
    changed = _after(restraint_on(restraints, user_id), measure, now)
    others = (one for one in restraints if one.user_id != user_id)
    return tuple(one for one in (*others, changed) if one.is_silenced or one.out_until > now)


def _after(before: Restraint, measure: Measure, now: int) -> Restraint:
    match measure:
        case "mute" | "unmute":
            return replace(before, muted=measure == "mute")
        case "deafen" | "undeafen":
            return replace(before, deafened=measure == "deafen")
        case "kick":
            return replace(before, out_until=now + KICK_MS)
