"""How each effect is done."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.effects import (
    Admit,
    ClearMembership,
    ClearStatus,
    CloseMediaRoom,
    CreateChannel,
    DeclineElsewhere,
    Examine,
    FollowUpgrade,
    HidePuppet,
    JoinRoom,
    LeaveRoom,
    MergeState,
    PartPuppet,
    PushToken,
    Queue,
    RecordCall,
    Refuse,
    RemoveParticipant,
    RevokeLinks,
    SendDirect,
    SendEvent,
    SendLink,
    SendMessage,
    SetFlag,
    SetQuiet,
    SetSources,
    SetState,
    ShowPuppet,
    ShowStatus,
    StartEcho,
    StopEcho,
    TellRoom,
)
from haos_voice_bridge.core.grants import Grant
from haos_voice_bridge.errors import Rejected
from haos_voice_bridge.ports import (
    Clock,
    MatrixBot,
    MediaServer,
    NewArrival,
    Owed,
    People,
    Store,
    TokenMaker,
)
from haos_voice_bridge.service.answers import Answers
from haos_voice_bridge.service.channels import ChannelMaker
from haos_voice_bridge.service.doctor import Doctor
from haos_voice_bridge.service.echoes import Echoes
from haos_voice_bridge.service.explain import explanation
from haos_voice_bridge.service.ghosts import clear_ghost
from haos_voice_bridge.service.links import LinkSender
from haos_voice_bridge.service.mover import Mover
from haos_voice_bridge.service.puppets import Puppeteer
from haos_voice_bridge.service.statuses import StatusKeeper

REMOVED_TOPIC = "io.haos.voice.removed"
WORD_S = 0.2
"""Data goes another way than the news of the removal, and would else come after it."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What the performer acts with."""

    bot: MatrixBot
    media: MediaServer
    tokens: TokenMaker
    store: Store
    clock: Clock
    statuses: StatusKeeper
    echoes: Echoes
    doctor: Doctor
    arrived: Callable[[list[NewArrival]], Awaitable[None]]
    people: People
    links: LinkSender
    channels: ChannelMaker
    puppets: Puppeteer


class Performer:
    """Does one effect; raises `Unavailable` or `Rejected` when it cannot."""

    def __init__(self, hands: Hands, bot_user_id: str) -> None:
        self._hands = hands
        self._bot_user_id = bot_user_id
        self._answers = Answers(hands.bot, hands.media, hands.tokens, hands.clock, hands.arrived)
        self._mover = Mover(hands.media, hands.tokens, hands.clock, self._tell)

    async def perform(self, owed: Owed) -> str:  # noqa: PLR0911, PLR0912, PLR0915 (one an effect)
        """Do it, and give the event id of what was sent, if a message was."""
        bot, room_id, effect = self._hands.bot, owed.room_id, owed.effect
        match effect:
            case JoinRoom():
                await bot.join(room_id)
            case LeaveRoom():
                await bot.leave(room_id, effect.reason)
            case SendMessage():
                return await self._send(room_id, effect)
            case SendEvent():
                return await self._send_event(room_id, effect)
            case DeclineElsewhere():
                await self._hands.arrived([_declined(effect)])
            case SetQuiet():
                await self._hands.people.set_quiet(effect.user_id, quiet=effect.quiet)
            case SendDirect():
                return await self._hands.links.send_direct(effect)
            case SendLink():
                return await self._hands.links.send_link(room_id, effect)
            case CreateChannel():
                return await self._hands.channels.create(room_id, effect)
            case RevokeLinks():
                return await self._hands.links.revoke(room_id, effect)
            case SetState():
                await bot.set_state(room_id, effect.event_type, effect.state_key, effect.content)
            case ClearMembership():
                await clear_ghost(bot, self._hands.clock, self._hands.arrived, room_id, effect)
            case MergeState():
                return await self._merge(room_id, effect)
            case Admit():
                await self._answers.admit(owed, effect)
            case Refuse():
                await self._answers.refuse(room_id, effect)
            case RemoveParticipant():
                await self._remove(room_id, effect)
            case SetSources():
                grant = Grant(effect.sources, effect.can_hear)
                await self._hands.media.set_grant(room_id, effect.identity, grant)
            case TellRoom():
                await self._tell(room_id, effect)
            case PushToken():
                await self._mover.push(room_id, effect)
            case FollowUpgrade():
                await bot.join(effect.replacement)
            case ShowStatus():
                await self._hands.statuses.show(effect)
            case ClearStatus():
                await self._hands.statuses.clear(effect)
            case CloseMediaRoom():
                await self._hands.media.close_room(room_id)
            case Examine():
                return await self._hands.doctor.answer(bot, room_id, effect)
            case StartEcho():
                await self._hands.echoes.start(room_id, effect)
            case StopEcho():
                await self._hands.echoes.stop(room_id, effect)
            case ShowPuppet() | HidePuppet() | PartPuppet():
                await self._hands.puppets.do(room_id, effect)
            case RecordCall() | SetFlag():
                raise Rejected("this is written with the state, not from the outbox")
        return ""

    async def _tell(self, room_id: str, effect: TellRoom) -> None:
        # A room's keys are its own, and the inbox has one space for all.
        key = f"told:{room_id}:{effect.key}"
        note = dict(effect.note)
        await self._hands.arrived([NewArrival(key, effect.room_id, "internal", note)])

    async def _send(self, room_id: str, effect: SendMessage) -> str:
        content = effect.content
        if effect.relation is not None:
            target = await self._event_id(room_id, effect.target)
            content = contents.related(content, effect.relation, target, effect.thread)
        return await self._hands.bot.send(room_id, "m.room.message", content, effect.key)

    async def _send_event(self, room_id: str, effect: SendEvent) -> str:
        if self._hands.clock.now_ms() > effect.until:
            return ""
        content = effect.content
        if effect.target:
            target = await self._event_id(room_id, effect.target)
            content = {**content, "m.relates_to": {"rel_type": "m.reference", "event_id": target}}
        return await self._hands.bot.send(room_id, effect.event_type, content, effect.key)

    async def _event_id(self, room_id: str, target: str) -> str:
        if target.startswith("$"):
            return target
        event_id = await self._hands.store.sent_event(room_id, target)
        if event_id is None:
            raise Rejected(f"the message {target} that this one refers to was never sent")
        return event_id

    async def _remove(self, room_id: str, effect: RemoveParticipant) -> None:
        media = self._hands.media
        if effect.by:
            told = json.dumps({"by": effect.by}).encode()
            await media.send_data(room_id, effect.identity, REMOVED_TOPIC, told)
            await asyncio.sleep(WORD_S)
        await media.remove_participant(room_id, effect.identity)

    async def _merge(self, room_id: str, effect: MergeState) -> str:
        bot = self._hands.bot
        await bot.merge_state(room_id, effect.event_type, effect.state_key, effect.changes)
        if effect.told is None:
            return ""
        content = contents.related(effect.told, "reply", effect.reply_to, effect.thread)
        return await bot.send(room_id, "m.room.message", content, f"reply:{effect.reply_to}")

    async def explain(
        self, owed: Owed, error: Rejected, wake: Callable[[str, Queue], None]
    ) -> None:
        """Tell the room what it must change, where a person there can."""
        now = self._hands.clock.now_ms()
        message = explanation(owed, error, self._bot_user_id, now)
        if message is not None:
            await self._hands.store.owe(owed.room_id, message, now)
            wake(owed.room_id, "matrix")


def _declined(effect: DeclineElsewhere) -> NewArrival:
    note = {"kind": "declined", "user_id": effect.user_id, "at": effect.at}
    return NewArrival(effect.key, effect.room_id, "internal", note)
