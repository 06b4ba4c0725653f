"""The errors the bridge raises on purpose, and the exit code of each that ends the program.

BridgeError
 ├─ StartupError            ends the program with `exit_code`; the text says the next step
 │   ├─ ConfigError             10
 │   ├─ RegistrationError       11
 │   ├─ DatabaseError           12
 │   ├─ HomeserverUnreachable   13
 │   ├─ TokenRefused            14
 │   ├─ LiveKitUnreachable      15
 │   ├─ LiveKitKeyRefused       16
 │   ├─ AddressInUse            17
 │   └─ EncryptionUnavailable   18
 ├─ KeyMissing              an encrypted event cannot be read yet
 └─ EffectError             an effect could not be carried out
     ├─ Unavailable             try again later (`retry_after_s` where the peer said so)
     └─ Rejected                will never succeed as it stands
"""


class BridgeError(Exception):
    """Base of every error that the bridge raises on purpose."""


class StartupError(BridgeError):
    """The program cannot go on; its text is one message for an admin, with the next step."""

    exit_code = 1


class ConfigError(StartupError):
    """The configuration file (or an override from the environment) is wrong."""

    exit_code = 10


class RegistrationError(StartupError):
    """The registration is missing, still a placeholder, or does not fit the homeserver's."""

    exit_code = 11


class DatabaseError(StartupError):
    """The database cannot be opened or is newer than this program."""

    exit_code = 12


class HomeserverUnreachable(StartupError):
    """No answer from the homeserver within the time allowed."""

    exit_code = 13


class TokenRefused(StartupError):
    """The homeserver does not take our as_token, or we do not take its hs_token."""

    exit_code = 14


class LiveKitUnreachable(StartupError):
    """No answer from LiveKit within the time allowed."""

    exit_code = 15


class LiveKitKeyRefused(StartupError):
    """LiveKit answers, but not to this API key and secret."""

    exit_code = 16


class AddressInUse(StartupError):
    """Something else listens where the bridge is to listen."""

    exit_code = 17


class EncryptionUnavailable(StartupError):
    """Encryption is enabled, but something that it takes is missing."""

    exit_code = 18


class KeyMissing(BridgeError):
    """An encrypted event cannot be read, as its key has not come yet."""


class EffectError(BridgeError):
    """An effect could not be carried out."""


class Unavailable(EffectError):
    """The other side is down, slow or limits our rate: the same effect may succeed later."""

    def __init__(
        self, message: str, *, retry_after_s: float | None = None, errcode: str = ""
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.errcode = errcode


class Rejected(EffectError):
    """The other side understood and refused: the same effect will never succeed."""

    def __init__(self, message: str, *, errcode: str = "") -> None:
        super().__init__(message)
        self.errcode = errcode
