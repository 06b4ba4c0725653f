"""“In voice: Lounge”, the status of the homeserver's own users while they are in a call."""

from haos_voice_bridge.core.call import Active, Room
from haos_voice_bridge.core.effects import ClearStatus, Effect, ShowStatus
from haos_voice_bridge.core.ids import server_of
from haos_voice_bridge.core.site import Site


def status_changes(before: Room, after: Room, site: Site, now: int) -> tuple[Effect, ...]:
    """What changes for whom by a step; nothing where the admin did not switch it on."""
    if not site.status_domain:
        return ()
    were, are = _local(before, site.status_domain), _local(after, site.status_domain)
    text = f"In voice: {after.name or 'a Matrix room'}"
    return (
        *(ShowStatus(f"status:{user}:{now}:in", user, text) for user in sorted(are - were)),
        *(ClearStatus(f"status:{user}:{now}:out", user) for user in sorted(were - are)),
    )


def _local(room: Room, domain: str) -> set[str]:
    call = room.call
    if not isinstance(call, Active):
        return set()
    users = {participant.user_id for participant in call.everybody}
    users |= {lost.participant.user_id for lost in call.dropped}
    return {user_id for user_id in users if server_of(user_id) == domain}
