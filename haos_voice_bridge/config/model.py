"""The configuration as types. Read once at start; each part of the program gets only its section.

The words for a wrong value stand here, beside the rule, and never repeat the value.
"""

import re
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from haos_voice_bridge.core.permissions import Role

LogLevel = Literal["debug", "info", "warning", "error"]
MAX_KEEP_DAYS = 36_500
TO_GENERATE = "generate with -g"
"""Stands for a secret in the example; -g replaces it."""


def _matches(pattern: str, otherwise: str) -> AfterValidator:
    """A rule that a text fits the pattern, and the words for one that does not."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(otherwise)
        return text

    return AfterValidator(check)


def _no_trailing_slash(url: str) -> str:
    return url.rstrip("/")


# Without "@": URLs are printed and logged, so they must not carry a password.
HttpUrl = Annotated[
    str,
    _matches(
        r"https?://[^/\s@]+(/[^\s]*)?",
        "must start with http:// or https:// and a host, without a user name or password",
    ),
    AfterValidator(_no_trailing_slash),
]
WsUrl = Annotated[
    str,
    _matches(
        r"wss?://[^/\s@]+(/[^\s]*)?",
        "must start with ws:// or wss:// and a host, without a user name or password",
    ),
    AfterValidator(_no_trailing_slash),
]


def _network(text: str) -> str:
    try:
        ip_network(text, strict=False)
    except ValueError:
        raise ValueError("must be an address or a network, such as 10.0.0.0/8") from None
    return text


Network = Annotated[str, AfterValidator(_network)]
NonEmpty = Annotated[str, Field(min_length=1)]
Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]
GrantedRole = Annotated[Role, Field(strict=False)]  # a file holds the role's name


class Section(BaseModel):
    """A block of the file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class HomeserverConfig(Section):
    """How the bridge reaches the homeserver, and the name after the colon of its user IDs.

    `browser_address` is where browsers reach it, and so where the web client logs in.
    """

    address: HttpUrl
    browser_address: HttpUrl | None = None
    domain: NonEmpty
    startup_timeout_s: Seconds = 60

    @property
    def login_address(self) -> str:
        """Where browsers reach it; by default, where the bridge does."""
        return self.browser_address or self.address


class BotConfig(Section):
    """The bot's account: the only Matrix user of the bridge."""

    username: Annotated[
        str,
        _matches(
            r"[a-z0-9._=/+-]+", "may hold only the letters a-z, the digits 0-9 and . _ = / + -"
        ),
    ] = "voice"
    displayname: str = "Voice"
    avatar: Annotated[
        str, _matches(r"(mxc://.+)?", "must be an mxc:// address, or empty for no picture")
    ] = ""


class AppserviceConfig(Section):
    """Where the bridge listens, where the homeserver finds it, and the two secrets they share."""

    address: HttpUrl
    hostname: NonEmpty = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 29345
    id: NonEmpty = "haos-voice"
    bot: BotConfig = BotConfig()
    as_token: NonEmpty = Field(repr=False)
    hs_token: NonEmpty = Field(repr=False)


class DatabaseConfig(Section):
    """`sqlite:relative.db`, `sqlite:////absolute.db` or `postgres://user:password@host/name`."""

    uri: Annotated[
        str,
        _matches(r"(sqlite:|postgres(ql)?://).+", "must start with sqlite: or postgres://"),
    ] = Field(repr=False)

    @property
    def kind(self) -> Literal["SQLite", "PostgreSQL"]:
        """The type of database, without its address or password."""
        return "SQLite" if self.uri.startswith("sqlite:") else "PostgreSQL"


class LiveKitConfig(Section):
    """The SFU: what clients are told (`url`) and what the bridge itself calls (`api_url`)."""

    url: WsUrl
    api_url: HttpUrl | None = None
    api_key: NonEmpty
    api_secret: NonEmpty = Field(repr=False)
    startup_timeout_s: Seconds = 60

    @property
    def rpc_url(self) -> str:
        """The base of LiveKit's HTTP API; by default `url` with its scheme changed."""
        return self.api_url or "http" + self.url.removeprefix("ws")

    @property
    def own_url(self) -> str:
        """Where a client beside the bridge connects: the API's address as a WebSocket."""
        return "ws" + self.rpc_url.removeprefix("http")


# Only what cannot end the directive, or the header, that it becomes a part of.
Embedder = Annotated[
    str,
    _matches(
        r"[a-z][a-z0-9+.-]*:(//(\*\.)?[A-Za-z0-9.\[\]:-]+(:\*)?)?",
        "must be an origin such as https://app.element.io, or a scheme such as vector:",
    ),
]


class BridgeConfig(Section):
    """What people see and may do."""

    command_prefix: NonEmpty = "!voice"
    public_url: HttpUrl
    permissions: dict[str, GrantedRole]
    show_status: bool = False
    embed_from: list[Embedder] = ["https:", "vector:", "tauri:"]
    login_homeservers: list[HttpUrl] = []


def _star_alone(names: list[str]) -> list[str]:
    if "*" in names and len(names) > 1:
        raise ValueError('must be "*" alone, or names of servers without it')
    return names


class WellKnownConfig(Section):
    """`/.well-known/matrix/client`: whether the bridge serves it, and where the doctor finds it."""

    serve: bool = False
    homeserver_url: HttpUrl | None = None
    more: dict[str, Any] = {}
    url: HttpUrl | None = None


class MatrixRtcConfig(Section):
    """The token service for MatrixRTC clients, with lk-jwt-service's contract."""

    path_prefix: Annotated[
        str,
        _matches(r"((/[A-Za-z0-9._~-]+)+)?", "must be a path such as /livekit/jwt, or empty"),
    ] = "/livekit/jwt"
    full_access_homeservers: Annotated[list[str], AfterValidator(_star_alone)] = []
    allowed_networks: list[Network] = []
    sanity_check_interval_s: Seconds = 30
    livekit_service_url: HttpUrl | None = None
    puppet_name: Annotated[
        str, _matches(r"(.*\{name\}.*)?", "must have {name} in it, or be empty for no puppets")
    ] = "{name} (link)"
    well_known: WellKnownConfig = WellKnownConfig()


class EncryptionConfig(Section):
    """Whether the bot reads and writes in encrypted rooms, and what its stored keys are kept by."""

    enabled: bool = False
    pickle_key: NonEmpty = Field(TO_GENERATE, repr=False)


class HistoryConfig(Section):
    """How long calls that are over are remembered; 0 days: for ever."""

    keep_days: Annotated[int, Field(ge=0, le=MAX_KEEP_DAYS)] = 0


class LoggingConfig(Section):
    """What is logged, and as what."""

    level: LogLevel = "info"
    format: Literal["text", "json"] = "text"


class Config(Section):
    """The whole file."""

    homeserver: HomeserverConfig
    appservice: AppserviceConfig
    database: DatabaseConfig
    livekit: LiveKitConfig
    bridge: BridgeConfig
    matrix_rtc: MatrixRtcConfig = MatrixRtcConfig()
    encryption: EncryptionConfig = EncryptionConfig()
    history: HistoryConfig = HistoryConfig()
    logging: LoggingConfig = LoggingConfig()

    @property
    def bot_user_id(self) -> str:
        """`@voice:example.com`."""
        return f"@{self.appservice.bot.username}:{self.homeserver.domain}"

    @property
    def livekit_service_url(self) -> str:
        """Where MatrixRTC clients are told that the token service is, to the letter."""
        wanted = self.matrix_rtc
        return wanted.livekit_service_url or f"{self.bridge.public_url}{wanted.path_prefix}"

    @property
    def published_service_url(self) -> str:
        """What the web client publishes as its transport; empty: no token service is known."""
        return (
            self.livekit_service_url
            if self.matrix_rtc.path_prefix
            else (self.matrix_rtc.livekit_service_url or "")
        )

    @property
    def well_known_url(self) -> str:
        """Where clients find `.well-known/matrix/client`: at the server's name, without a port."""
        host = re.sub(r":[0-9]+$", "", self.homeserver.domain)
        return self.matrix_rtc.well_known.url or f"https://{host}/.well-known/matrix/client"
