"""`!voice echo`: does my microphone work?"""

from haos_voice_bridge.commands.command import Answer, Command, Request
from haos_voice_bridge.commands.targets import Unclear
from haos_voice_bridge.core.call import Participant
from haos_voice_bridge.core.echo import echo_identity
from haos_voice_bridge.core.effects import StartEcho, StopEcho
from haos_voice_bridge.core.rules.puppets import name_of


def run(request: Request) -> tuple[Answer, ...]:
    """Start it or end it; what becomes of a start is told once it is known."""
    user_id = request.standing.user_id
    echo = echo_identity(request.room.room_id, user_id)
    wanted = " ".join(request.line.words).lower()
    if wanted == "stop":
        stop = StopEcho(f"echo-stop:{request.event_id}", echo)
        return (stop, request.reply("The echo test is off."))
    if wanted:
        raise Unclear(f"Type: {request.lead}{COMMAND.usage}")
    if request.room.encrypts_media:
        raise Unclear(
            "I cannot play your voice back here: this room's calls are encrypted from end to end, "
            "so I do not hear you. The web client's settings have a microphone test."
        )
    mine = [p for p in request.call.participants if p.user_id == user_id] if request.call else []
    if not mine:
        raise Unclear(f"Join the call first, and then type: {request.lead}echo")
    return (
        StartEcho(
            key=f"echo:{request.event_id}",
            echo=echo,
            listener=_name(min(mine, key=_preference)),
            reply_to=request.event_id,
            thread=request.given.thread,
            stop=f"{request.lead}echo stop",
        ),
    )


def _name(device: Participant) -> str:
    """What the SFU calls it."""
    return name_of(device) or device.identity


def _preference(device: Participant) -> tuple[bool, int]:
    """Of several devices, the one that speaks; then the newest."""
    return device.media.muted, -device.connected


COMMAND = Command(
    name="echo",
    usage="echo [stop]",
    summary="hear yourself: does your microphone work?",
    section="Calls",
    run=run,
    right="join",
    examples=("echo", "echo stop"),
    is_about_channel=True,
)
