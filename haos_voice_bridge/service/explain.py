"""What a room is told when the homeserver refuses what the bridge wants to do there."""

from haos_voice_bridge.core import contents
from haos_voice_bridge.core.effects import (
    Admit,
    CreateChannel,
    FollowUpgrade,
    MergeState,
    Refuse,
    SendLink,
    SendMessage,
    SetState,
)
from haos_voice_bridge.errors import Rejected
from haos_voice_bridge.ports import Owed

DAY_MS = 86_400_000


def explanation(owed: Owed, error: Rejected, bot_user_id: str, now_ms: int) -> SendMessage | None:
    """What a person there must change, at most once a day; None where nobody there can."""
    text = _what_to_change(owed, error, bot_user_id)
    if text is None:
        return None
    effect = owed.effect
    if isinstance(effect, MergeState | SendLink | CreateChannel):
        return SendMessage(
            f"reply:{effect.reply_to}",
            contents.notice(text),
            "reply",
            effect.reply_to,
            effect.thread,
        )
    return SendMessage(f"refused:{now_ms // DAY_MS}", contents.notice(text))


def _what_to_change(owed: Owed, error: Rejected, bot_user_id: str) -> str | None:
    match owed.effect:
        case MergeState():
            return f"I could not change {owed.effect.event_type}: {error}"
        case CreateChannel():
            return f"I could not make the room: {error}."
        case SendLink():
            return f"I could not write to you: {error}. Invite me into a direct chat first."
        case FollowUpgrade():
            return "I cannot follow to the new room by myself: invite me there."
        case SetState() | Admit() | Refuse() if error.errcode == "M_FORBIDDEN":
            return (
                "I may not write state events here, so I can neither show who is in the call "
                f"nor let anybody in. Give {bot_user_id} the power level of a moderator "
                "(50) in the room's settings."
            )
        case _:
            return None
