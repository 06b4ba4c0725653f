"""`!voice join`: a one-time link into the call, by direct message."""

from haos_voice_bridge.commands.command import Answer, Command, Request
from haos_voice_bridge.commands.targets import Unclear
from haos_voice_bridge.core.effects import RevokeLinks, SendLink


def run(request: Request) -> tuple[Answer, ...]:
    """Send a link, or take back what was sent."""
    who, thread = request.standing, request.given.thread
    match [word.lower() for word in request.line.words]:
        case [] if request.room.encrypts_media:
            return (request.reply(_why_no_link(request)),)
        case []:
            link = SendLink(
                key=f"link:{request.event_id}",
                user_id=who.user_id,
                name=who.name,
                room_name=request.room.title,
                reply_to=request.event_id,
                thread=thread,
            )
            return (link,)
        case ["cancel"]:
            key = f"unlink:{request.event_id}"
            return (RevokeLinks(key, who.user_id, request.event_id, thread),)
        case _:
            raise Unclear(f"Type “{request.lead}join”, or “{request.lead}join cancel”.")


def _why_no_link(request: Request) -> str:
    return (
        "This room's calls are encrypted from end to end, and a link cannot take part: nobody "
        "could send it keys. Join by the channel's widget here, with Element Call, or log in at "
        f"{request.site.public_url}/. A moderator may let links in by "
        f"“{request.lead}settings encryption off”: then what this bridge's own clients send is not "
        "encrypted from end to end any more."
    )


COMMAND = Command(
    name="join",
    usage="join [cancel]",
    summary="get a link into the call by direct message; it works once, and is yours alone",
    section="Calls",
    run=run,
    right="join",
    examples=("join", "join cancel"),
    is_about_channel=True,
)
