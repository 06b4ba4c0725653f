"""`!voice lock` and `!voice unlock`: may somebody new come in?"""

from haos_voice_bridge.commands.command import Answer, Command, Request


def _lock(request: Request) -> tuple[Answer, ...]:
    if request.room.settings.locked:
        return (request.reply("The call is locked already."),)
    told = "Locked: nobody new comes in, moderators aside. Who is in the call stays."
    return (request.change_channel(told, locked=True),)


def _unlock(request: Request) -> tuple[Answer, ...]:
    if not request.room.settings.locked:
        return (request.reply("The call is not locked."),)
    return (request.change_channel("Unlocked: everybody can come in again.", locked=False),)


LOCK = Command(
    name="lock",
    usage="lock",
    summary="let nobody new into the call",
    section="Moderation",
    run=_lock,
    right="moderate",
    is_about_channel=True,
)
UNLOCK = Command(
    name="unlock",
    usage="unlock",
    summary="let people in again",
    section="Moderation",
    run=_unlock,
    right="moderate",
    is_about_channel=True,
)
