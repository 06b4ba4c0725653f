"""`io.haos.voice.join` and the answers to it (docs/protocol.md §2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Reply = Literal["state", "to_device"]
RefusalCode = Literal[
    "NOT_A_CHANNEL",
    "NOT_A_MEMBER",
    "FORBIDDEN",
    "LOCKED",
    "FULL",
    "BANNED",
    "RATE_LIMITED",
    "BAD_REQUEST",
    "SFU_UNAVAILABLE",
    "ENCRYPTED",
    "LINK_SPENT",
    "SESSION_ENDED",
    "NOT_VERIFIED",
    "NOT_IN_CALL",
    "CANNOT_MOVE",
]


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """A device asks to be let in.

    Attributes:
        cause: Names the request uniquely, across redeliveries; answers derive their ids from it.
        asked_ts: When it was asked, in ms since the epoch.
        public_key: A P-256 public key as JWK, already checked to be a point of the curve.
        rings_itself: A MatrixRTC client asks, which may ring people by itself.
        encrypts: It can encrypt its media from end to end, with keys by to-device messages.
        hands_over: It asks to hand over its leave, which it may do by asking for a token once more.
    """

    cause: str
    request_id: str
    user_id: str
    device_id: str
    asked_ts: int
    public_key: Mapping[str, str]
    reply: Reply = "state"
    rings_itself: bool = False
    encrypts: bool = False
    hands_over: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a device is not let in; `message` is for its user."""

    code: RefusalCode
    message: str
    retry_after_ms: int = 0

    def as_content(self) -> dict[str, object]:
        """The `error` of an `io.haos.voice.token` event."""
        return {
            "code": self.code,
            "message": self.message,
            "retry_after_ms": self.retry_after_ms,
        }


SFU_DOWN = Refusal(
    "SFU_UNAVAILABLE", "The call server does not answer. Try again in a moment.", 5_000
)
