"""`!voice bitrate <n>`: how good the sound is."""

from haos_voice_bridge.commands.command import Answer, Command, Request
from haos_voice_bridge.commands.numbers import whole_number, with_thousands
from haos_voice_bridge.core.channel import BITRATES


def run(request: Request) -> tuple[Answer, ...]:
    """Set the bitrate, or say what it is."""
    words = request.line.words
    if not words:
        return (request.reply(_said(request.room.settings.bitrate)),)
    number = whole_number(with_thousands(words), BITRATES, f"{request.lead}bitrate 96k")
    return (request.change_channel(_said(number), bitrate=number),)


def _said(bitrate: int) -> str:
    return f"Voices are sent with {bitrate / 1000:g} kbit/s."


COMMAND = Command(
    name="bitrate",
    usage="bitrate <bit/s>",
    summary="how good the sound is (64k is good for speech, 128k for music)",
    section="The channel",
    run=run,
    right="set_up",
    examples=("bitrate 96k", "bitrate 64000"),
    is_about_channel=True,
)
