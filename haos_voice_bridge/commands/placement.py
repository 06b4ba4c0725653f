"""Where a command makes sense."""

from haos_voice_bridge.commands.command import Answer, Command, Request


def misplaced(request: Request, command: Command) -> Answer | None:
    """What somebody hears who typed it in the wrong place."""
    name, prefix = command.name, request.prefix
    if request.is_direct and not command.works_in_direct:
        return request.reply(f"Type “{prefix} {name}” in the room that it is about.")
    if command.is_about_channel and not request.room.is_channel:
        return request.reply(
            f"This room has no voice channel. An admin of the room can type: {prefix} enable"
        )
    return None
