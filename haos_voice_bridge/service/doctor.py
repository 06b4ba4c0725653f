"""Examines the installation: every check at the same time, none may hold up or break the others."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.checkup import Finding, report
from haos_voice_bridge.core.effects import Examine
from haos_voice_bridge.core.rules.puppets import obstacle
from haos_voice_bridge.errors import Rejected, Unavailable
from haos_voice_bridge.ports import MatrixBot, RoomFacts, SetAside

logger = logging.getLogger(__name__)

PATIENCE_S = 8.0
LOOKED_AT = 20
"""Rooms whose power levels one checkup reads."""
NAMED = 3
CALL_MEMBER = "org.matrix.msc3401.call.member"
Check = Callable[[], Awaitable[Sequence[Finding]]]


class Doctor:
    """Runs the checks."""

    def __init__(self, checks: Sequence[tuple[str, Check]]) -> None:
        """`checks`: each with the name of what it looks at."""
        self._checks = checks

    async def examine(self) -> list[Finding]:
        """All findings, in the order of the checks."""
        found = await asyncio.gather(*(_checked(name, check) for name, check in self._checks))
        return [finding for findings in found for finding in findings]

    async def answer(self, bot: MatrixBot, room_id: str, effect: Examine) -> str:
        """Examine, and reply; the event id of the reply."""
        body, html = report(await self.examine())
        content = contents.related(
            contents.notice(body, html), "reply", effect.reply_to, effect.thread
        )
        return await bot.send(room_id, "m.room.message", content, f"reply:{effect.reply_to}")


async def _checked(name: str, check: Check) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await check()
    except TimeoutError:
        text = f"{name}: no answer within {PATIENCE_S:.0f} s."
        return [Finding("error", text, "Is it running?")]
    except (Unavailable, Rejected) as error:
        text = f"{name} could not be checked."
        return [Finding("error", text, "The bridge's log says more.", detail=str(error))]
    except Exception as error:
        logger.exception("the check of %s failed", name)
        text = f"{name} could not be checked: {type(error).__name__}."
        return [Finding("error", text, "The bridge's log says more.")]


async def set_aside(
    read: Callable[[], Awaitable[SetAside]], facts: RoomFacts, bot_user_id: str
) -> Sequence[Finding]:
    """What could never be done, and the rooms that still do not let the bot do its work."""
    aside = await read()
    findings = []
    if aside.effects or aside.arrivals:
        text = (
            f"Set aside for good: {aside.effects} things to do and {aside.arrivals} events that "
            "could not be handled."
        )
        advice = "The tables outbox and inbox hold each with its reason (status 2)."
        findings.append(Finding("warning", text, advice))
    else:
        findings.append(Finding("ok", "Nothing was set aside as impossible."))
    weak = []
    for room_id in aside.forbidden[:LOOKED_AT]:
        standing = await facts.standing(room_id, bot_user_id)
        if standing.is_member and not standing.may_send_state("io.haos.voice.call"):
            weak.append(room_id)
    if weak:
        text = f"The bot lacks power in {_named(weak)}."
        findings.append(Finding("warning", text, "Give it the level of a moderator (50) there."))
    return findings


async def call_member_levels(
    rooms: Callable[[], Awaitable[Sequence[Room]]], facts: RoomFacts, bot_user_id: str
) -> Sequence[Finding]:
    """Voice channels whose ordinary members may not write the state event of MatrixRTC."""
    channels = [room for room in await rooms() if room.is_channel]
    shut = []
    for room in channels[:LOOKED_AT]:
        levels = (await facts.standing(room.room_id, bot_user_id)).levels
        if levels.to_send_state(CALL_MEMBER) > levels.users_default:
            shut.append(room.room_id)
    if not shut:
        return [Finding("ok", "Members may join by Element Call in the bot's voice channels.")]
    text = f"Ordinary members cannot join by Element Call in {_named(shut)}."
    advice = f"Set {CALL_MEMBER} to 0 in the power levels there; `enable` does it."
    return [Finding("warning", text, advice)]


async def puppet_rooms(
    rooms: Callable[[], Awaitable[Sequence[Room]]],
    facts: RoomFacts,
    bot_user_id: str,
    puppet: str,
) -> Sequence[Finding]:
    """Voice channels in whose calls MatrixRTC clients do not see who came by a link.

    `puppet`: the name of some puppet, which need not exist.
    """
    channels = [room for room in await rooms() if room.is_channel]
    sealed = sum(room.encrypted for room in channels)
    why: dict[str, list[str]] = {}
    for room in [room for room in channels if not room.encrypted][:LOOKED_AT]:
        standing = await facts.standing(room.room_id, puppet)
        if (reason := obstacle(room, standing, bot_user_id)) is not None:
            why.setdefault(reason, []).append(room.room_id)
    # Nobody can mend an encrypted room: no warning, each time, for ever.
    but = f" that is not encrypted ({sealed} {'is' if sealed == 1 else 'are'})" if sealed else ""
    text = f"Element's users see who comes by a link in each voice channel{but}."
    found = [
        Finding(
            "warning",
            f"Element's users do not see who comes by a link in {_named(named)}.",
            f"There, {reason}.",
        )
        for reason, named in why.items()
    ]
    return found or [Finding("ok", text)]


def _named(room_ids: Sequence[str]) -> str:
    """How many rooms, and the names of a few."""
    count = len(room_ids)
    shown = ", ".join(room_ids[:NAMED]) + (f" and {count - NAMED} more" * (count > NAMED))
    return f"{count} room{'s' * (count != 1)}: {shown}"
