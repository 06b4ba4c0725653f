"""A request that is answered with an error, in Matrix's form."""

from haos_voice_bridge.errors import BridgeError


class Refused(BridgeError):
    """The answer: `status`, and `{"errcode", "error"}` as the body."""

    def __init__(
        self, status: int, errcode: str, error: str, *, retry_after_ms: int | None = None
    ) -> None:
        super().__init__(error)
        self.status = status
        self.errcode = errcode
        self.error = error
        self.retry_after_ms = retry_after_ms

    @property
    def body(self) -> dict[str, object]:
        """The JSON of the answer."""
        wait = {} if self.retry_after_ms is None else {"retry_after_ms": self.retry_after_ms}
        return {"errcode": self.errcode, "error": self.error, **wait}


def bad_json(error: str) -> Refused:
    """The request can be read but lacks something."""
    return Refused(400, "M_BAD_JSON", error)


def not_json() -> Refused:
    """The request cannot be read."""
    return Refused(400, "M_NOT_JSON", "Error reading request")


def unauthorised() -> Refused:
    """The token says nothing, or somebody else than was claimed. Why is for the log alone."""
    return Refused(401, "M_UNAUTHORIZED", "The request could not be authorised.")


def internal() -> Refused:
    """An error of ours; the log has it."""
    return Refused(500, "M_UNKNOWN", "Internal Server Error")


def no_room() -> Refused:
    """LiveKit did not make the room."""
    return Refused(500, "M_UNKNOWN", "Unable to create room on SFU")


def shutting_down() -> Refused:
    """A job that is taken on now would be forgotten."""
    return Refused(503, "M_UNKNOWN", "Service is shutting down")


def too_many(wait_ms: int) -> Refused:
    """A user asks too often."""
    return Refused(
        429,
        "M_LIMIT_EXCEEDED",
        f"Too many requests. Try again in {-(-wait_ms // 1000)} s.",
        retry_after_ms=wait_ms,
    )


def too_many_leaves(status: int) -> Refused:
    """As many as we take on of a user (429), or in all (503)."""
    errcode = "M_LIMIT_EXCEEDED" if status == 429 else "M_UNKNOWN"
    return Refused(status, errcode, "Too many leaves are in our hands already. Try again later.")


def undecided() -> Refused:
    """Who knows whether the user may enter does not answer."""
    return Refused(503, "M_UNKNOWN", "It cannot be found out now whether you may enter. Try again.")


def no_client_api() -> Refused:
    """The homeserver does not say where its client-server API is."""
    return bad_json("Unable to resolve client-server API")


DELEGATION = "Delegation of delayed events is only supported for full access users"


class NotVerified(BridgeError):
    """An OpenID token could not be verified; the text is for the log."""


class NoSuchEvent(BridgeError):
    """The homeserver has no delayed event of that id (any more)."""
