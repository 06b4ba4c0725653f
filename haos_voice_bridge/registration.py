"""The appservice registration: what the homeserver is told about the bridge."""

import io
import re
import secrets
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from haos_voice_bridge.config import document, edit, files
from haos_voice_bridge.config.checks import TO_GENERATE
from haos_voice_bridge.config.model import Config
from haos_voice_bridge.errors import ConfigError, RegistrationError

_TOKENS = ("as_token", "hs_token")


def build(config: Config) -> dict[str, object]:
    """The registration that belongs to a configuration."""
    appservice = config.appservice
    # Homeservers match the start of an ID only: without the end, @voice:example.community fits.
    bot = re.escape(config.bot_user_id) + "$"
    return {
        "id": appservice.id,
        "url": appservice.address,
        "as_token": appservice.as_token,
        "hs_token": appservice.hs_token,
        "sender_localpart": appservice.bot.username,
        "rate_limited": False,
        "namespaces": {
            "users": [{"exclusive": True, "regex": bot}, *_local_users(config)],
            "aliases": [{"exclusive": True, "regex": _aliases(config)}],
            "rooms": [],
        },
        # Requests to join come as to-device messages; the second name is what Synapse reads.
        "receive_ephemeral": True,
        "de.sorunome.msc2409.push_ephemeral": True,
        # A device of the bot's own, made without a login.
        "io.element.msc4190": True,
    }


def _aliases(config: Config) -> str:
    """The names of rooms that the bot makes: one that is taken is a room made before."""
    name, domain = re.escape(config.appservice.bot.username), re.escape(config.homeserver.domain)
    return f"#{name}-(dm|room)-[^:]*:{domain}$"


def _local_users(config: Config) -> list[dict[str, object]]:
    """Setting a user's presence status takes a claim on that user, shared with everybody."""
    if not config.bridge.show_status:
        return []
    regex = f"@[^:]*:{re.escape(config.homeserver.domain)}$"
    return [{"exclusive": False, "regex": regex}]


def generate(config: Config, config_path: Path, registration_path: Path) -> bool:
    """Write the registration, and new tokens into the configuration where it has none.

    Args:
        config: From `load_for_registration`.
        config_path: The file to put new tokens into.
        registration_path: The file to write; one that exists is never changed.

    Returns:
        Whether it was written; False if it is there already and agrees.

    Raises:
        RegistrationError: There is one already that does not agree, or it cannot be written.
    """
    current = {name: getattr(config.appservice, name) for name in _TOKENS}
    wanting = [name for name, token in current.items() if token == TO_GENERATE]
    if registration_path.exists():
        if wanting:
            raise RegistrationError(
                f"{registration_path}: exists already, but {config_path} has no tokens; either "
                f"copy as_token and hs_token from it into {config_path}, or remove it and run "
                "this again"
            )
        _compare(_read(registration_path), build(config), registration_path, config_path)
        return False
    new = {name: secrets.token_urlsafe(48) for name in wanting}
    if new:
        # First the configuration: if the second write fails, the next run goes on from here.
        edit.write_tokens(config_path, new)
    appservice = config.appservice.model_copy(update=new)
    complete = config.model_copy(update={"appservice": appservice})
    try:
        files.create(registration_path, _as_yaml(build(complete)))
    except OSError as error:
        raise RegistrationError(
            f"{registration_path}: cannot be written: {error.strerror}"
        ) from None
    return True


def _read(path: Path) -> dict[str, object]:
    try:
        return document.read(path).data
    except ConfigError as error:
        raise RegistrationError(str(error)) from None


def _compare(
    there: dict[str, object], wanted: dict[str, object], registration: Path, config: Path
) -> None:
    differing = [key for key, value in wanted.items() if there.get(key) != value]
    if differing:
        raise RegistrationError(
            f"{registration}: exists already and does not fit {config}: "
            f"{', '.join(differing)} differ; mend one of the two files, or remove the "
            "registration, run this again and restart the homeserver"
        )


def _as_yaml(content: dict[str, object]) -> str:
    yaml = YAML()
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(_quoted(content), stream)
    return stream.getvalue()


def _quoted(value: object) -> object:
    # Synapse reads YAML 1.1, where a bot named `on` would be a boolean.
    if isinstance(value, dict):
        return {key: _quoted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_quoted(inner) for inner in value]
    return SingleQuotedScalarString(value) if isinstance(value, str) else value
