"""`!voice enable`: make the room a voice channel, or say what stands in the way."""

from html import escape

from haos_voice_bridge.commands.command import CHANNEL, Answer, Command, Request, Steps
from haos_voice_bridge.commands.questions import Asking, StateEvent, ask
from haos_voice_bridge.core.effects import MergeState, SetState
from haos_voice_bridge.core.widget import EVENT, KEY, is_ours, was_removed_by_hand
from haos_voice_bridge.core.widget import content as widget_content

POWER_LEVELS = "m.room.power_levels"
LEVELS = {
    "io.haos.voice.join": 0,
    "io.haos.voice.speak": 0,
    "io.haos.voice.video": 0,
    "io.haos.voice.screen": 0,
    "io.haos.voice.moderate": 50,
    # Else state_default (50) keeps ordinary members out of calls in Element's clients.
    "org.matrix.msc3401.call.member": 0,
}
"""What a new voice channel asks for (docs/protocol.md, "Power levels")."""
WHERE = (
    " In Element it is under Room info → Extensions → Voice channel; the pin beside it puts it at "
    "the top of the room."
)
"""Nobody finds it by themselves: all that Element shows is that a widget was added."""
BOT_WRITES = (CHANNEL, "io.haos.voice.call", "io.haos.voice.token")


def run(request: Request) -> Steps | tuple[Answer, ...]:
    """Set the channel up with the bot's own rights."""
    needed = max(request.levels.to_send_state(event_type) for event_type in BOT_WRITES)
    if request.bot_level < needed:
        return (_bot_needs(request, needed),)
    return _set_up(request)


def _set_up(request: Request) -> Steps:
    missing = {name: level for name, level in LEVELS.items() if name not in request.levels.events}
    widget, about_widget = yield from _widget(request)
    first: tuple[Answer, ...] = ()
    text = "Voice is on in this room. Every member can join, and moderators moderate."
    if missing and not _bot_may_set_levels(request):
        text = "Voice is on in this room. " + _levels_to_set(request)
    elif missing:
        levels = MergeState(
            key=f"levels:{request.event_id}",
            event_type=POWER_LEVELS,
            state_key="",
            changes={"events": missing},
            reply_to=request.event_id,
            thread=request.given.thread,
        )
        first = (levels,)
    told = text + about_widget
    return (*first, *widget, request.change_channel(told, _with_code(told), enabled=True))


def _widget(request: Request) -> Asking[tuple[tuple[SetState, ...], str]]:
    """The client put into the room, and a word about it where a person must know."""
    if not request.site.has_client:
        return (), ""
    needed = request.levels.to_send_state(EVENT)
    if request.bot_level < needed:
        return (), (
            f" I may not add widgets here (that takes level {needed}, and I have "
            f"{request.bot_level}), so Element shows none. People get in by {request.lead}join."
        )
    there = yield from ask(StateEvent(request.room.room_id, EVENT, KEY))
    is_wanted = request.line.rest.strip().lower() == "widget"
    if not is_wanted and was_removed_by_hand(there, request.bot_user_id):
        return (), (
            f" The widget was removed here, so I leave it out; {request.lead}enable widget "
            "puts it back."
        )
    content = widget_content(request.site, request.bot_user_id)
    has_another = there is not None and there.content and not is_ours(there, request.bot_user_id)
    if has_another or (there is not None and there.content == content):
        return (), ""
    return (SetState(f"widget:{request.event_id}", EVENT, KEY, content),), WHERE


def _with_code(text: str) -> str | None:
    """The names of events as code: "m.room" is a link to clients that look for addresses."""
    html = escape(text, quote=False)
    for name in (POWER_LEVELS, "org.matrix.msc3401.call.member"):
        html = html.replace(name, f"<code>{name}</code>")
    return html if html != escape(text, quote=False) else None


def _bot_needs(request: Request, needed: int) -> Answer:
    return request.reply(
        f"I have power level {request.bot_level} here and need {needed}, to write who is in the "
        f"call. Give {request.bot_user_id} that level in the room's settings, under roles and "
        f"permissions (moderator is 50), and type {request.prefix} enable again."
    )


def _bot_may_set_levels(request: Request) -> bool:
    own = request.bot_level
    return own >= request.levels.to_send_state(POWER_LEVELS) and own >= max(LEVELS.values())


def _levels_to_set(request: Request) -> str:
    level = request.levels.to_send_state(POWER_LEVELS)
    return (
        "I may not change the room's power levels (that takes level "
        f"{level}, and I have {request.bot_level}), so Element users of an ordinary power level "
        "cannot join its calls yet. In m.room.power_levels, under “events”, set "
        "org.matrix.msc3401.call.member to 0."
    )


COMMAND = Command(
    name="enable",
    usage="enable [widget]",
    summary="make this room a voice channel",
    section="The channel",
    run=run,
    right="set_up",
)
