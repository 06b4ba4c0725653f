"""MatrixRTC memberships as Element Call writes them."""

from haos_voice_bridge.core.events import MembershipSaid
from haos_voice_bridge.core.membership import Said, Slot, state_said, sticky_said
from tests.fakes.people import NOW, standing

STATE = "org.matrix.msc3401.call.member"
STICKY = "org.matrix.msc4143.rtc.member"
OURS = "https://voice.hs/livekit/jwt"
THEIRS = "https://rtc.elsewhere.org/livekit/jwt"


def state_content(device="DEV", focus=OURS, **changes):
    """The content of a state membership in the mode `compatibility`."""
    return {
        "application": "m.call",
        "call_id": "",
        "scope": "m.room",
        "device_id": device,
        "membershipID": f"@somebody:hs:{device}",
        "expires": 14_400_000,
        "m.call.intent": "audio",
        "focus_active": {"type": "livekit", "focus_selection": "multi_sfu"},
        "foci_preferred": [
            {"type": "livekit", "livekit_service_url": focus, "livekit_alias": "!lounge:hs"}
        ],
        **changes,
    }


def state_key(user_id, device="DEV"):
    return f"_{user_id}_{device}_m.call"


def sticky_content(user_id, device="DEV", focus=OURS, key="m1", **changes):
    """The content of a sticky membership in the mode `matrix_2_0`."""
    return {
        "slot_id": "m.call#ROOM",
        "application": {"type": "m.call", "m.call.intent": "audio"},
        "member": {"user_id": user_id, "device_id": device, "id": key},
        "rtc_transports": [{"type": "livekit", "livekit_service_url": focus}],
        "versions": [],
        "msc4354_sticky_key": key,
        **changes,
    }


def says(user_id, device="DEV", *, at=NOW, focus=THEIRS, who=None, event_id="", key="", **changes):
    """Somebody is in the call, as the state says."""
    content = state_content(device, focus, **changes)
    event_id = event_id or f"$member-{user_id}-{device}-{at}"
    said = state_said(STATE, key or state_key(user_id, device), user_id, event_id, content, at)
    return MembershipSaid(said, who or standing(user_id))


def says_stickily(user_id, device="DEV", *, at=NOW, focus=THEIRS, lasts_ms=3_600_000, key="m1"):
    """Somebody is in the call, as a sticky event says."""
    content = sticky_content(user_id, device, focus, key)
    said = sticky_said(user_id, f"$sticky-{user_id}-{key}-{at}", content, at, lasts_ms)
    return MembershipSaid(said, standing(user_id))


def unsays(user_id, device="DEV", *, at):
    """The state event is emptied."""
    return MembershipSaid(Said(Slot(STATE, state_key(user_id, device)), f"$gone{at}", at, None))


def unsays_stickily(user_id, key="m1", *, at):
    """The sticky event is a bare key."""
    return MembershipSaid(Said(Slot(STICKY, key, user_id), f"$gone{at}", at, None))
