"""The appservice registration: what the homeserver is told about the bridge."""

import io
import re
import secrets
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from haos_voice_bridge.config import document, edit, files
from haos_voice_bridge.config.model import TO_GENERATE, Config
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
        "sender_localpart": sender_localpart(config),
        "rate_limited": False,
        "namespaces": {
            "users": [{"exclusive": True, "regex": bot}, _puppets(config), *_others(config)],
            "aliases": [{"exclusive": True, "regex": _aliases(config)}],
            "rooms": [],
        },
        # Requests to join come as to-device messages; the second name is what Synapse reads.
        "receive_ephemeral": True,
        "de.sorunome.msc2409.push_ephemeral": True,
        # A device of the bot's own, made without a login.
        "io.element.msc4190": True,
        # How many keys of the device are left, and whose devices changed, in each transaction.
        **({"org.matrix.msc3202": True} if config.encryption.enabled else {}),
    }


def _aliases(config: Config) -> str:
    """The names of rooms that the bot makes: one that is taken is a room made before."""
    name, domain = re.escape(config.appservice.bot.username), re.escape(config.homeserver.domain)
    return f"#{name}-(dm|room)-[^:]*:{domain}$"


def puppet_prefix(config: Config) -> str:
    """What the names of puppets begin with: those who show people that came by a link."""
    return f"_{config.appservice.bot.username}_"


def _puppets(config: Config) -> dict[str, object]:
    prefix, domain = re.escape(puppet_prefix(config)), re.escape(config.homeserver.domain)
    return {"exclusive": True, "regex": f"@{prefix}[^:]*:{domain}$"}


def sender_localpart(config: Config) -> str:
    """The appservice's own user: the bot, unless the bot must be able to sync.

    With encryption it fetches keys that it missed, and Synapse lets every user of an appservice
    sync but this one.
    """
    username = config.appservice.bot.username
    return f"_{username}_sender" if config.encryption.enabled else username


def _others(config: Config) -> list[dict[str, object]]:
    """The sender, if it is not the bot; and local users, for whose status it takes a claim."""
    domain = re.escape(config.homeserver.domain)
    found: list[dict[str, object]] = []
    if config.encryption.enabled:
        sender = re.escape(sender_localpart(config))
        found.append({"exclusive": True, "regex": f"@{sender}:{domain}$"})
    if config.bridge.show_status:
        found.append({"exclusive": False, "regex": f"@[^:]*:{domain}$"})
    return found


def _direct_chats(config: Config) -> str:
    """The aliases of the chats that the bot makes: nobody else can take one before it does."""
    return f"#voice-dm-[^:]*:{re.escape(config.homeserver.domain)}$"


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
        _generate_pickle_key(config, config_path)
        _compare(_read(registration_path), build(config), registration_path, config_path)
        return False
    new = {name: secrets.token_urlsafe(48) for name in wanting}
    if new:
        # First the configuration: if the second write fails, the next run goes on from here.
        edit.write_tokens(config_path, new)
    _generate_pickle_key(config, config_path)
    appservice = config.appservice.model_copy(update=new)
    complete = config.model_copy(update={"appservice": appservice})
    try:
        files.create(registration_path, _as_yaml(build(complete)))
    except OSError as error:
        raise RegistrationError(
            f"{registration_path}: cannot be written: {error.strerror}"
        ) from None
    return True


def _generate_pickle_key(config: Config, config_path: Path) -> None:
    """Write one where encryption is enabled and has none; one that exists opens stored keys."""
    if config.encryption.enabled and config.encryption.pickle_key == TO_GENERATE:
        new = {"pickle_key": secrets.token_urlsafe(32)}
        edit.write_tokens(config_path, new, "encryption")


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
            "registration, run this again (the tokens stay the same) and restart the homeserver, "
            "which must read the new file"
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
