"""`!voice settings`: all settings of the channel, and the words that change the rarer ones."""

from html import escape
from typing import get_args

from haos_voice_bridge.commands import quiet
from haos_voice_bridge.commands.command import Answer, Command, Request, Steps
from haos_voice_bridge.commands.placement import misplaced
from haos_voice_bridge.commands.rights import may_run
from haos_voice_bridge.commands.targets import Unclear
from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.channel import Channel, Ring, Timeline
from haos_voice_bridge.core.text import clipped, either, plain

CHOICES: dict[str, tuple[str, ...]] = {"ring": get_args(Ring), "timeline": get_args(Timeline)}
_MEANING = {
    ("ring", "never"): "Nobody is rung when a call starts here.",
    ("ring", "dm"): "In a chat of two, the other one is rung when a call starts.",
    ("ring", "always"): "Everybody in the room is rung when a call starts.",
    ("timeline", "card"): "Each call is one message here.",
    ("timeline", "thread"): "Each call is one message here, with joins and leaves in its thread.",
    ("timeline", "quiet"): "Calls are not told in the timeline.",
}

_ENCRYPTION = {
    "on": (
        "Calls here are encrypted from end to end, for everybody who joins from now on. "
        "Links, and clients without keys, cannot take part."
    ),
    "off": (
        "What this bridge's own clients send in calls here is not encrypted from end to end any "
        "more, for everybody who joins from now on, and links may take part. Element Call goes on "
        "encrypting: who has no keys does not hear its users."
    ),
}


def run(request: Request) -> Steps:
    """Show them, or change one."""
    words = request.line.words
    if words and words[0].lower() == "quiet":  # the person's own, wherever they type it
        return (yield from quiet.run(request, " ".join(words[1:]).lower()))
    if (obstacle := misplaced(request, CHANGING)) is not None:
        return (obstacle,)
    if not words:
        return (_shown(request),)
    if not may_run(request, CHANGING):
        raise Unclear("Only who may change this room's settings may change these.")
    name, value = words[0].lower(), " ".join(words[1:]).lower()
    if name == "encryption":
        return (_encryption(request, value),)
    if name not in CHOICES:
        raise Unclear(f"There is no setting “{clipped(words[0])}” to change here. {_how(request)}")
    if value not in CHOICES[name]:
        raise Unclear(f"“{name}” can be {either(CHOICES[name])}.")
    return (request.change_channel(_MEANING[name, value], **{name: value}),)


def _encryption(request: Request, value: str) -> Answer:
    if not request.room.encrypted:
        raise Unclear(
            "Calls here are not encrypted from end to end, since the room itself is not encrypted. "
            "They are once somebody switches on the room's encryption."
        )
    if value not in _ENCRYPTION:
        raise Unclear(f"“encryption” can be {either(tuple(_ENCRYPTION))}.")
    return request.change_channel(_ENCRYPTION[value], media_encryption=value == "on")


def _shown(request: Request) -> Answer:
    rows = [*_rows(request.room.settings), ("encryption", _encrypted(request.room))]
    body = "\n".join([*(f"{name}: {value}" for name, value in rows), _how(request)])
    items = "".join(f"<li><b>{escape(n)}</b>: {escape(v)}</li>" for n, v in rows)
    return request.reply(body, f"<ul>{items}</ul><p>{escape(_how(request))}</p>")


def _rows(channel: Channel) -> list[tuple[str, str]]:
    return [
        ("limit", str(channel.user_limit) if channel.user_limit else "none"),
        ("locked", "yes" if channel.locked else "no"),
        ("bitrate", f"{channel.bitrate / 1000:g} kbit/s"),
        ("status", plain(channel.status) or "none"),
        ("ring", channel.ring),
        ("timeline", channel.timeline),
    ]


def _encrypted(room: Room) -> str:
    if not room.encrypted:
        return "none: the room is not encrypted"
    return "from end to end" if room.encrypts_media else "off"


def _how(request: Request) -> str:
    lead = request.lead
    return (
        f"To change them: {lead}limit, lock, bitrate, status; "
        f"{lead}settings ring {'|'.join(CHOICES['ring'])}; "
        f"{lead}settings timeline {'|'.join(CHOICES['timeline'])}; "
        f"{lead}settings encryption on|off. "
        f"Your own, for all rooms: {lead}settings quiet on|off"
    )


COMMAND = Command(
    name="settings",
    usage="settings [ring|timeline|encryption|quiet <value>]",
    summary="see and change how the channel is set up",
    section="The channel",
    run=run,
    examples=("settings", "settings ring never", "settings timeline quiet", "settings quiet on"),
    works_in_direct=True,
)
CHANGING = Command(
    name="settings",
    usage="",
    summary="",
    section="The channel",
    run=run,
    right="set_up",
    is_about_channel=True,
)
