"""What a data folder remembers between runs: secrets, people, the room."""

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from haos_voice_bridge.config import files
from haos_voice_bridge.errors import StartupError


@dataclass(frozen=True, slots=True)
class User:
    """Somebody to log in as; the token and the device are empty until they are registered."""

    user_id: str
    password: str
    access_token: str = ""
    device_id: str = ""


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(slots=True)
class State:
    """Made once for a data folder. The order of the fields means nothing."""

    as_token: str = field(default_factory=_secret)
    hs_token: str = field(default_factory=_secret)
    registration_shared_secret: str = field(default_factory=_secret)
    macaroon_secret: str = field(default_factory=_secret)
    form_secret: str = field(default_factory=_secret)
    livekit_api_key: str = field(default_factory=lambda: f"API{secrets.token_hex(6)}")
    livekit_api_secret: str = field(default_factory=_secret)
    users: dict[str, User] = field(default_factory=dict)
    room_id: str = ""


class StateFile:
    """The state, and the file that holds it, for its owner only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.state = self._read() if path.exists() else State()
        self.save()

    def save(self) -> None:
        """Write it down; whole or not at all."""
        files.replace(self._path, json.dumps(asdict(self.state), indent=2) + "\n")

    def _read(self) -> State:
        try:
            return _state(json.loads(self._path.read_text()))
        except (ValueError, TypeError, KeyError, OSError) as error:
            raise StartupError(
                f"{self._path} cannot be read ({error}); remove its folder to begin anew, "
                "or choose another with --data"
            ) from error


def _state(raw: dict[str, Any]) -> State:
    make: Callable[..., User] = User
    return State(**{**raw, "users": {name: make(**user) for name, user in raw["users"].items()}})
