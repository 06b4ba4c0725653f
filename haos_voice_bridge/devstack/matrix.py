"""The few calls to the homeserver that the stack needs, over plain HTTP."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from haos_voice_bridge.devstack import http
from haos_voice_bridge.errors import StartupError


class MatrixError(StartupError):
    """The homeserver refused."""

    def __init__(self, request: str, status: int, body: dict[str, Any]) -> None:
        self.errcode = str(body.get("errcode", ""))
        super().__init__(f"Synapse refused {request}: {status} {self.errcode} {body.get('error')}")


@dataclass(frozen=True, slots=True)
class Session:
    """A user's access to the homeserver; without a token, what anybody may do."""

    homeserver_url: str
    access_token: str = ""

    def call(self, method: str, path: str, content: object = None) -> dict[str, Any]:
        """Send one request; `path` is quoted already.

        Raises:
            MatrixError: It was refused.
            StartupError: Nobody answers.
        """
        token = self.access_token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            answer = http.request(method, self.homeserver_url + path, content, headers=headers)
        except OSError as error:
            raise StartupError(f"Synapse does not answer {method} {path}: {error}") from error
        body: dict[str, Any] = answer.json()
        if answer.status != 200:
            raise MatrixError(f"{method} {path}", answer.status, body)
        return body

    def client(self, method: str, *path: str, content: object = None) -> dict[str, Any]:
        """Call the client-server API; the parts of the path are quoted here."""
        quoted = "/".join(quote(part, safe="") for part in path)
        return self.call(method, f"/_matrix/client/v3/{quoted}", content)


def register(
    homeserver_url: str, shared_secret: str, name: str, password: str, *, admin: bool = False
) -> dict[str, Any]:
    """Make an account through Synapse's shared-secret registration."""
    anybody = Session(homeserver_url)
    path = "/_synapse/admin/v1/register"
    nonce = anybody.call("GET", path)["nonce"]
    role = "admin" if admin else "notadmin"
    signed = "\0".join((nonce, name, password, role)).encode()
    content = {
        "nonce": nonce,
        "username": name,
        "displayname": name.capitalize(),
        "password": password,
        "admin": admin,
        "mac": hmac.new(shared_secret.encode(), signed, hashlib.sha1).hexdigest(),
    }
    return anybody.call("POST", path, content)


def login(homeserver_url: str, name: str, password: str) -> dict[str, Any]:
    """A new device for an account that exists."""
    content = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": name},
        "password": password,
        "initial_device_display_name": "haos-voice-bridge up",
    }
    return Session(homeserver_url).client("POST", "login", content=content)
