"""The echo test: what it is called in a call, and what people hear of it."""

import hashlib
from typing import Literal

EchoNews = Literal["playing", "running", "too_many", "missing", "failed", "silent"]
"""What becomes of one. `silent`: it is over, and there was nothing to hear."""
AT_ONCE = 4
"""Echo tests of one bridge at the same time: each is a process."""


def echo_identity(room_id: str, user_id: str) -> str:
    """Its name on the SFU: one a person and call, and no device of anybody's."""
    digest = hashlib.sha256(f"{room_id}|{user_id}".encode()).hexdigest()
    return f"echo:{digest[:16]}"


def told(news: EchoNews, stop: str) -> str:
    """What the person reads; `stop` is the command that ends it."""
    match news:
        case "playing":
            return (
                "Say something: you hear yourself 2 seconds later, and nobody else does. "
                f"It ends by itself after a minute, or with: {stop}"
            )
        case "running":
            return f"Your echo test runs already. It ends with: {stop}"
        case "too_many":
            return f"{AT_ONCE} echo tests run already. Try again in a minute."
        case "missing":
            return (
                "This installation has no echo test. Its admin can add it: "
                "pip install 'haos-voice-bridge[media]' (on a system with glibc 2.28 or newer), "
                "and then restart the bridge."
            )
        case "failed":
            return "The echo test could not go on: see the bridge's log. Try it again."
        case "silent":
            return (
                "The echo test is over. It heard nothing from you: check that you are not muted, "
                "and which microphone your client uses."
            )
