"""The echo test: plays somebody's microphone back to them, and to nobody else.

    python -m haos_voice_bridge.media.echo

One JSON line on stdin says where (`url`, `token`) and whose microphone (`identities`: all names of
one device); it ends when stdin does, so that it never outlives the bridge. Each line on stdout is
a JSON object with a `state`: `playing`; `ended` with its `reason` and whether anything was `heard`;
or `failed`.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable

DELAY_S = 1.7
"""With the way there and back, and its jitter buffers, a listener counts about 2 s."""
LONGEST_S = 60.0
MUTED_S = 20.0
"""Nothing to play for so long: the person has tried what they wanted, or never will."""
GRACE_S = 3.0
"""After the end of stdin the process is gone within this time, whatever the SDK does."""


def tell(state: str, **facts: object) -> None:
    """One line for the bridge."""
    sys.stdout.write(json.dumps({"state": state, **facts}) + "\n")
    sys.stdout.flush()


def when_stdin_ends(stop: Callable[[], object]) -> None:
    """Call `stop` once the bridge lets go of us or is gone, and then make sure of it."""

    def watch() -> None:
        sys.stdin.read()
        stop()
        time.sleep(GRACE_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """Run one echo test."""
    try:
        from haos_voice_bridge.media import echo_call  # noqa: PLC0415 - it may be missing
    except ImportError:
        tell("failed", reason="missing")
        return
    try:
        order = json.loads(sys.stdin.readline())
        url, token = (str(order[name]) for name in ("url", "token"))
        identities = frozenset(map(str, order["identities"]))
    except (ValueError, TypeError, KeyError):
        tell("failed", reason="order")
        return
    echo_call.run(url, token, identities)
    os._exit(0)  # the native library's own tear-down may panic


if __name__ == "__main__":
    main()
