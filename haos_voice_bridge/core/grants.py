"""What a participant may do on the SFU: by their rights, and by what moderators laid on them."""

from dataclasses import dataclass

from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.permissions import Standing
from haos_voice_bridge.core.restraints import restraint_on


@dataclass(frozen=True, slots=True)
class Grant:
    """`sources`: the LiveKit track sources to publish; `can_hear`: receive what others publish."""

    sources: tuple[str, ...]
    can_hear: bool = True


EVERYTHING = Grant(("microphone", "camera", "screen_share", "screen_share_audio"))


def grant_for(room: Room, standing: Standing) -> Grant:
    """What a user may do in the room's call. The only place that decides it."""
    restraint = restraint_on(room.restraints, standing.user_id)
    may_speak = standing.has("io.haos.voice.speak") and not restraint.is_silenced
    return Grant(
        sources=(
            *(("microphone",) if may_speak else ()),
            *(("camera",) if standing.has("io.haos.voice.video") else ()),
            *(
                ("screen_share", "screen_share_audio")
                if standing.has("io.haos.voice.screen")
                else ()
            ),
        ),
        can_hear=not restraint.deafened,
    )
