"""What `up` tells other programs, through `--info FILE`."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from haos_voice_bridge.config import files
from haos_voice_bridge.devstack.state import User


@dataclass(frozen=True, slots=True)
class Info:
    """The addresses, secrets and people of a running stack."""

    homeserver_url: str
    server_name: str
    livekit_url: str
    livekit_api_key: str
    livekit_api_secret: str
    bridge_url: str
    web_url: str
    bot_user_id: str
    room_id: str
    users: Mapping[str, User]
    pids: Mapping[str, int | None]

    def to_json(self) -> str:
        """One object, its keys named like the fields."""
        return json.dumps(asdict(self), indent=2) + "\n"

    def write(self, path: Path) -> None:
        """Put it there in one step: whoever waits for the file never reads half of it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        files.replace(path, self.to_json())
