"""A homeserver that leaves logging in to an authorization server (MSC3861), for a while."""

import json
import secrets
import socket
import subprocess
import time
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.request import urlopen

HERE = Path(__file__).parents[2] / "oauth"
LIFETIME_S = 6
"""Of an access token: short, so that it ends in a call."""


class AuthorizationServer:
    """`tests/oauth/server.mjs`, as its own process."""

    def __init__(self, homeserver_url, known):
        if not (HERE / "node_modules").is_dir():
            raise FileNotFoundError(f"{HERE}/node_modules is missing: run `make oauth` first")
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/"
        self.secret = secrets.token_urlsafe()
        self._options = {
            "port": port,
            "secret": self.secret,
            "homeserver": homeserver_url,
            "lifetime": LIFETIME_S,
            "known": known,
        }

    def start(self):
        self._process = subprocess.Popen(
            ["node", HERE / "server.mjs", json.dumps(self._options)], stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 20
        while True:
            try:
                return self.told()
            except OSError:
                assert self._process.poll() is None, "the authorization server ended"
                assert time.monotonic() < deadline, "the authorization server does not answer"
                time.sleep(0.1)

    def told(self):
        """`{"refreshes": 3, "revoked": ["DEVICE"]}`."""
        with urlopen(f"{self.url}told", timeout=5) as answer:
            return json.load(answer)

    def stop(self):
        self._process.terminate()
        self._process.wait(10)


@contextmanager
def reconfigured(stack, **change):
    """The same homeserver with other settings, until the block ends. None: without the setting."""
    path = stack.data / "synapse" / "homeserver.yaml"
    before = path.read_text()
    settings = {**json.loads(before), **change}
    after = json.dumps({name: value for name, value in settings.items() if value is not None})

    def restart(content):
        stack.bridge.stop()  # it knows for ten minutes where people log in
        stack.synapse.stop()
        path.write_text(content)
        stack.synapse.start()
        stack.bridge.start()

    restart(after)
    try:
        yield
    finally:
        restart(before)
