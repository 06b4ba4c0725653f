"""Encrypted rooms: the room is told, once, where the bot cannot read what is typed there."""

from dataclasses import replace

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.call import Outcome, Room
from haos_voice_bridge.core.effects import SendMessage
from haos_voice_bridge.core.site import Site


def encrypted(room: Room, site: Site) -> Outcome:
    """The room is encrypted; in clear, since there is no other way to say it."""
    room = replace(room, encrypted=True)
    if site.reads_encrypted or room.told_unreadable or room.bot != "joined":
        return room, ()
    text = (
        "This room is encrypted, and encryption is not set up for me: I cannot read what you type "
        "here, so commands do not work. Everything else does. To make the room a voice channel, an "
        "admin of the room sends the state event io.haos.voice.channel with "
        '{"enabled": true} (in Element: /devtools, or a widget). '
        f"To join its call, open {site.link(room.room_id)}. What I write here is not encrypted."
    )
    told = SendMessage("told-unreadable", contents.notice(text))
    return replace(room, told_unreadable=True), (told,)
