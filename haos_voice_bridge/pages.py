"""What a browser finds at the bridge's address, as far as the configuration decides it."""

import aiohttp

from haos_voice_bridge.adapters.http import web_client
from haos_voice_bridge.adapters.http.front_page import FrontPage
from haos_voice_bridge.adapters.http.login import Login, LoginOptions
from haos_voice_bridge.adapters.http.web_client import WebClient
from haos_voice_bridge.adapters.http.well_known import WellKnown, document
from haos_voice_bridge.config.model import Config


def front_door(session: aiohttp.ClientSession, config: Config) -> FrontPage | WebClient:
    """The web client where it is built; else a plain page that says what this is."""
    folder = web_client.built()
    if folder is None:
        return FrontPage(config.bot_user_id, config.bridge.command_prefix)
    login = _login(session, config)
    return WebClient(folder, config.livekit.url, login, config.bridge.embed_from)


def well_known(config: Config) -> WellKnown:
    """The document that leads MatrixRTC clients here."""
    wanted = config.matrix_rtc.well_known
    service = config.livekit_service_url if config.matrix_rtc.path_prefix else ""
    homeserver = wanted.homeserver_url or config.homeserver.address
    return WellKnown(document(homeserver, service, wanted.more))


def _login(session: aiohttp.ClientSession, config: Config) -> Login:
    """Whom people log in with in the web client."""
    return Login(
        session,
        LoginOptions(
            address=config.homeserver.address,
            homeservers=(config.homeserver.login_address, *config.bridge.login_homeservers),
            server_name=config.homeserver.domain,
            bot_user_id=config.bot_user_id,
            shows_status=config.bridge.show_status,
            livekit_service_url=config.published_service_url,
        ),
    )
