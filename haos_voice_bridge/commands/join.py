"""`!voice join`: a one-time link into the call, by direct message."""

from haos_voice_bridge.commands.command import Answer, Command, Request
from haos_voice_bridge.commands.targets import Unclear
from haos_voice_bridge.core.effects import RevokeLinks, SendLink


def run(request: Request) -> tuple[Answer, ...]:
    """Send a link, or take back what was sent."""
    who, thread = request.standing, request.given.thread
    match [word.lower() for word in request.line.words]:
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
