"""Packs the web client into the wheel, if it was built: `make web`, then `python -m build`."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebClientHook(BuildHookInterface):  # type: ignore[type-arg]
    """Without the client, the wheel is whole but for it: the bridge shows a plain page instead."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add `web/dist` as `haos_voice_bridge/web_client`; an editable install reads it there."""
        dist = Path(self.root, "web", "dist")
        if version == "editable":
            return
        if (dist / "index.html").is_file():
            build_data["force_include"][str(dist)] = "haos_voice_bridge/web_client"
        else:
            self.app.display_warning("web/dist is missing: the wheel has no web client (make web)")
