"""The bot and the channel: invited, set up, switched off, moved."""

from dataclasses import asdict, replace

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.call import Active, Idle, Outcome, Room
from haos_voice_bridge.core.channel import CALL_ROOM_TYPES, BadField, Channel
from haos_voice_bridge.core.effects import (
    CloseMediaRoom,
    Effect,
    FollowUpgrade,
    JoinRoom,
    LeaveRoom,
    RecordCall,
    SendMessage,
    SetState,
)
from haos_voice_bridge.core.events import (
    BotInvited,
    BotJoined,
    BotLeft,
    CallStopped,
    ChannelChanged,
    RoomUpgraded,
)
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.core.rules.departures import end_call
from haos_voice_bridge.core.site import Site


def invited(room: Room, event: BotInvited) -> Outcome:
    """Accept who may start calls; tell others why not."""
    if event.role.includes(Role.START):
        room = replace(room, direct=event.by if event.is_direct else "")
        return room, (JoinRoom(f"join:{event.event_id}"),)
    reason = "You do not have permission to invite this bot. Ask the admin of its server."
    return room, (LeaveRoom(f"leave:{event.event_id}", reason),)


def bot_joined(room: Room, event: BotJoined, site: Site) -> Outcome:
    """The bot is in: its settings, and what it could not say before."""
    room = replace(
        room,
        bot="joined",
        name=event.name,
        room_type=event.room_type,
        is_call_room=event.room_type in CALL_ROOM_TYPES,
    )
    if not room.restraints:  # who is muted does not get away by an upgrade of the room
        room = replace(room, restraints=event.restraints)
    if event.direct:  # what the bot made it for needs no greeting first
        room = replace(room, direct=event.direct, greeted=True)
    effects: tuple[Effect, ...] = room.unsaid
    room = replace(room, unsaid=())
    if room.direct and not room.greeted:
        room = replace(room, greeted=True)
        effects = (
            *effects,
            SendMessage(f"greeting:{event.event_id}", contents.greeting(site.prefix)),
        )
    if event.has_roster and isinstance(room.call, Idle):
        key = f"roster:none:{event.event_id}"
        effects = (*effects, SetState(key, "io.haos.voice.call", "", {}))
    if event.channel is None:
        return room, (*effects, *_inherit(event))
    room, more = _channel_set(room, event.channel, event.event_id)
    return room, (*effects, *more)


def _inherit(event: BotJoined) -> tuple[Effect, ...]:
    """Make the room the channel that its predecessor was."""
    if event.inherited is None:
        return ()
    content = {name: value for name, value in asdict(event.inherited).items() if value != ""}
    key = f"inherit:{event.event_id}"
    return (SetState(key, "io.haos.voice.channel", "", content),)


def bot_left(room: Room, event: BotLeft) -> Outcome:
    """The bot is out."""
    # Nobody is left who could check rights or end the card: the call ends with the bot.
    room, effects = end_call(room, event.at, "bot_removed")
    closing = (CloseMediaRoom(f"close:{event.at}"),) if effects else ()
    records = tuple(effect for effect in effects if isinstance(effect, RecordCall))
    unsaid = tuple(effect for effect in effects if isinstance(effect, SendMessage))
    room = replace(room, bot="absent", admissions=(), channel=None)
    return replace(room, unsaid=(*room.unsaid, *unsaid)), (*records, *closing)


def upgraded(room: Room, event: RoomUpgraded) -> Outcome:
    """The channel moves with the room; a call that runs goes on until its last one leaves."""
    if room.moved_to == event.replacement or not room.is_channel:
        return replace(room, moved_to=event.replacement), ()
    follow = FollowUpgrade(f"follow:{event.event_id}", event.replacement)
    return replace(room, moved_to=event.replacement), (follow,)


def channel_changed(room: Room, event: ChannelChanged) -> Outcome:
    """The channel's settings changed; switched off, its call ends."""
    room, effects = _channel_set(room, event.channel, event.event_id)
    if room.is_channel or not isinstance(room.call, Active):
        return room, effects
    room, ended = end_call(room, event.at, "disabled")
    return (
        replace(room, admissions=()),
        (*effects, *ended, CloseMediaRoom(f"close:{event.event_id}")),
    )


def stopped(room: Room, event: CallStopped) -> Outcome:
    """A moderator ended the call; tokens not used yet are void with it."""
    room, ended = end_call(room, event.at, "stopped")
    if not ended:
        return room, ()
    return replace(room, admissions=()), (*ended, CloseMediaRoom(f"close:{event.cause}"))


def _channel_set(room: Room, channel: Channel | BadField, event_id: str) -> Outcome:
    if isinstance(channel, BadField):
        text = (
            f"The voice channel's setting “{channel.field}” {channel.reason}. "
            "The earlier settings stay in force."
        )
        return room, (
            SendMessage(f"bad-channel:{event_id}", contents.notice(text), "reply", event_id),
        )
    return replace(room, channel=channel), ()
