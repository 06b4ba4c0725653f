"""Whether calls are paused, asked wherever somebody wants to come in: bridges share the flag."""

from dataclasses import replace

from haos_voice_bridge.core.site import DRAIN, Site
from haos_voice_bridge.ports import Store


async def site_now(site: Site, store: Store) -> Site:
    """The installation as it is at this moment."""
    return replace(site, is_draining=await store.flag(DRAIN) == "on")
