"""MatrixRTC memberships: what a device says by Matrix events about being in the room's call.

Two generations are read side by side: state events (MSC3401 as Element Call has it) and sticky
events (MSC4143 on MSC4354). Anybody may write anything: what cannot be read says "not in the call",
and nothing here raises.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from haos_voice_bridge.core.ids import CALL_SLOT, hash_of, identity_of, is_clean

STATE_TYPES = ("org.matrix.msc3401.call.member", "m.call.member")
STICKY_TYPE = "org.matrix.msc4143.rtc.member"
EXPIRES_MS = 4 * 3_600_000
"""How long a state membership lasts that does not say it."""
LONGEST_MS = 7 * 86_400_000
"""At most so long, whatever it says."""
LONGEST_STICKY_MS = 3_600_000
"""What a homeserver allows (MSC4354)."""
LONGEST_TEXT = 255
LONGEST_URL = 1_000


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a membership stands: the next one at the same place replaces it.

    Attributes:
        key: The state key, or what sticky events call sticky key.
        owner: The sender, where each has keys of their own; empty for state.
    """

    event_type: str
    key: str
    owner: str = ""

    @property
    def is_sticky(self) -> bool:
        """It ends by itself, and nobody but its sender can end it."""
        return bool(self.owner)


@dataclass(frozen=True, slots=True)
class Membership:
    """A device that says that it is in the call; times in ms since the epoch.

    Attributes:
        sent_ts: When this event was sent; `created_ts`: when the participation began.
        focus: The address of the service by which it publishes; empty: unknown.
        follows_oldest: It publishes where the oldest member does, whatever its own focus.
        member_id: Names a participation by sticky events.
        name: The user's, for people.
        counts: The user is joined to the room and may be in its call.
        was_here: The device has published on our SFU since.
        absent_since: Since when it is known not to be on our SFU, though it should be.
        cleared: That is over 30 s ago, and the bot was told to clear it.
        dismissed: A moderator ended the call, or put the user out.
    """

    slot: Slot
    event_id: str
    user_id: str
    device_id: str
    sent_ts: int
    created_ts: int
    expires_ts: int
    focus: str = ""
    follows_oldest: bool = False
    member_id: str = ""
    is_video: bool = False
    name: str = ""
    counts: bool = True
    was_here: bool = False
    absent_since: int | None = None
    cleared: bool = False
    dismissed: bool = False

    @property
    def device(self) -> tuple[str, str]:
        """User ID and device ID."""
        return self.user_id, self.device_id

    @property
    def identities(self) -> frozenset[str]:
        """How it may be named on an SFU, by whichever generation of token service."""
        names = {identity_of(self.user_id, self.device_id)}
        if self.member_id:
            names.add(hash_of([self.user_id, self.device_id, self.member_id]))
            names.add(hash_of([self.user_id, self.member_id]))
        return frozenset(names)


@dataclass(frozen=True, slots=True)
class Said:
    """What an event says of its slot; no membership: that the device is not in the call (any more).

    `at`: when it was sent, as far as that can be believed (ms).
    """

    slot: Slot
    event_id: str
    at: int
    membership: Membership | None


def state_said(
    event_type: str,
    state_key: str,
    sender: str,
    event_id: str,
    content: Mapping[str, Any],
    at: int,
) -> Said:
    """Read a membership in the room's state. Whose it is says its sender, not its key."""
    slot = Slot(event_type, state_key)
    active, foci = content.get("focus_active"), content.get("foci_preferred")
    is_call = (
        content.get("application") == "m.call"
        and content.get("call_id") in ("", "ROOM")
        and content.get("scope", "m.room") == "m.room"
        and isinstance(active, Mapping)
        and active.get("type") == "livekit"
        and isinstance(foci, list)
    )
    device_id = _name(content.get("device_id"))
    created = _moment(content.get("created_ts", at), at)
    expires = _positive(content.get("expires", EXPIRES_MS))
    if not is_call or not device_id or created is None or expires is None:
        return Said(slot, event_id, at, None)
    selection = active.get("focus_selection") if isinstance(active, Mapping) else None
    membership = Membership(
        slot=slot,
        event_id=event_id,
        user_id=sender,
        device_id=device_id,
        sent_ts=at,
        created_ts=created,
        expires_ts=min(created + min(expires, LONGEST_MS), at + LONGEST_MS),
        focus=_focus(foci) if selection in ("multi_sfu", "oldest_membership") else "",
        follows_oldest=selection == "oldest_membership",
        is_video=content.get("m.call.intent") == "video",
    )
    return Said(slot, event_id, at, membership)


def sticky_said(
    sender: str, event_id: str, content: Mapping[str, Any], at: int, lasts_ms: object
) -> Said | None:
    """Read a membership among the sticky events; None: it is none at all.

    `lasts_ms`: how long the homeserver keeps it sticky, as the event says beside its content.
    """
    key = _name(content.get("msc4354_sticky_key")) or _name(content.get("sticky_key"))
    if not key:
        return None
    slot = Slot(STICKY_TYPE, key, sender)
    gone = Said(slot, event_id, at, None)
    application, member = content.get("application"), content.get("member")
    lasts = _positive(lasts_ms)
    if not isinstance(application, Mapping) or not isinstance(member, Mapping) or lasts is None:
        return gone
    member_id = _name(member.get("id"))
    device_id = _name(member.get("device_id", member.get("claimed_device_id", member_id)))
    is_call = (
        content.get("slot_id") == CALL_SLOT
        and application.get("type") == "m.call"
        and member.get("user_id", member.get("claimed_user_id", sender)) == sender
        and member.get("membership", "join") == "join"
    )
    if not is_call or not member_id or not device_id:
        return gone
    transports = content.get("transports")
    published = transports.get("published") if isinstance(transports, Mapping) else None
    membership = Membership(
        slot=slot,
        event_id=event_id,
        user_id=sender,
        device_id=device_id,
        sent_ts=at,
        created_ts=at,
        expires_ts=at + min(lasts, LONGEST_STICKY_MS),
        focus=_focus(published) or _focus(content.get("rtc_transports")),
        member_id=member_id,
        is_video=application.get("m.call.intent") == "video",
    )
    return Said(slot, event_id, at, membership)


def _focus(transports: object) -> str:
    """The address of the first LiveKit service of a list; empty: it has none."""
    for transport in transports if isinstance(transports, list) else ():
        if not isinstance(transport, Mapping) or transport.get("type") != "livekit":
            continue
        for name in ("livekit_service_url", "url"):
            url = transport.get(name)
            if isinstance(url, str) and 0 < len(url) <= LONGEST_URL and is_clean(url):
                return url
    return ""


def _name(value: object) -> str:
    is_name = isinstance(value, str) and len(value) <= LONGEST_TEXT and is_clean(value)
    return str(value) if is_name else ""


def _positive(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _moment(value: object, latest: int) -> int | None:
    """A time in the past; a clock that is ahead counts as now."""
    moment = _positive(value)
    return None if moment is None else min(moment, latest)
