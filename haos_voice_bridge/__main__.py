"""The command line. Turns every StartupError into one message and its exit code."""

import asyncio
from importlib import import_module
from pathlib import Path

import click

from haos_voice_bridge import __version__, errors
from haos_voice_bridge.errors import StartupError

NAME = "haos-voice-bridge"
STARTUP_ERRORS: tuple[type[StartupError], ...] = (
    errors.ConfigError,
    errors.RegistrationError,
    errors.DatabaseError,
    errors.HomeserverUnreachable,
    errors.TokenRefused,
    errors.LiveKitUnreachable,
    errors.LiveKitKeyRefused,
    errors.AddressInUse,
    errors.EncryptionUnavailable,
)
"""Those with an exit code of their own."""

ELSEWHERE = {
    "auth-service": ("haos_voice_bridge.auth_service.cli", "auth_service"),
    "doctor": ("haos_voice_bridge.doctor_cli", "doctor"),
    "history": ("haos_voice_bridge.history_cli", "history"),
    "up": ("haos_voice_bridge.devstack.up", "up"),
}
"""Commands that need little of what others need, or others little of theirs."""


def _exit_codes() -> str:
    """The epilog, not wrapped thanks to its first character."""
    lines = [f"  {error.exit_code:>2}  {error.__doc__}" for error in STARTUP_ERRORS]
    return "\n".join(
        [
            "\b",
            "Exit codes:",
            "   0  Ended as asked.",
            "   1  Any other error.",
            "   2  Wrong command line.",
            *lines,
        ]
    )


class _Commands(click.Group):
    """The commands; those in other modules are imported only when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in ELSEWHERE:
            module, name = ELSEWHERE[cmd_name]
            command: click.Command = getattr(import_module(module), name)
            return command
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except StartupError as error:
            click.echo(f"{NAME}: {error}", err=True)
            ctx.exit(error.exit_code)


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_exit_codes(),
)
@click.option(
    "-c",
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    default="config.yaml",
    show_default=True,
    envvar="HAOS_VOICE_CONFIG",
    show_envvar=True,
    help="The configuration file.",
)
@click.option(
    "-g",
    "--generate-registration",
    "generate",
    is_flag=True,
    help="Write the registration for the homeserver, and tokens into the configuration.",
)
@click.option(
    "-r",
    "--registration",
    "registration_path",
    type=click.Path(path_type=Path),
    default="registration.yaml",
    show_default=True,
    help="Where -g writes the registration.",
)
@click.option(
    "-e",
    "--example-config",
    "write_example",
    is_flag=True,
    help="Write an example configuration to the file of -c.",
)
@click.version_option(__version__, prog_name=NAME)
@click.pass_context
def main(
    ctx: click.Context,
    *,
    config_path: Path,
    generate: bool,
    registration_path: Path,
    write_example: bool,
) -> None:
    """Voice channels for Matrix rooms, on LiveKit. Without a command: run the bridge."""
    ctx.obj = config_path
    if generate + write_example + (ctx.invoked_subcommand is not None) > 1:
        raise click.UsageError("-g, -e and commands exclude each other.")
    if write_example:
        _write_example(config_path)
    elif generate:
        _generate(config_path, registration_path)
    elif ctx.invoked_subcommand is None:
        _run(config_path)


@main.command("check-config")
@click.option(
    "-c",
    "--config",
    "own_path",
    type=click.Path(path_type=Path),
    help="The configuration file, if not named before the command.",
)
@click.pass_obj
def check_config(config_path: Path, own_path: Path | None) -> None:
    """Read and check the configuration, and start nothing."""
    from haos_voice_bridge.config.load import load  # noqa: PLC0415 - see ELSEWHERE

    config_path = own_path or config_path
    config = load(config_path)
    click.echo(f"{config_path}: ok")
    click.echo(f"  bot         {config.bot_user_id}")
    click.echo(f"  homeserver  {config.homeserver.address}")
    click.echo(f"  LiveKit     {config.livekit.url}")
    click.echo(f"  database    {config.database.kind}")


def _run(config_path: Path) -> None:
    from haos_voice_bridge import log_setup  # noqa: PLC0415 - see ELSEWHERE, here and below
    from haos_voice_bridge.config.load import load  # noqa: PLC0415

    config = load(config_path)
    # Before any logger of mautrix's is named: they are of a class of its own.
    from haos_voice_bridge.app import run  # noqa: PLC0415

    log_setup.configure(config.logging)
    asyncio.run(run(config))


def _write_example(path: Path) -> None:
    from haos_voice_bridge.config import example  # noqa: PLC0415 - see ELSEWHERE

    example.write(path)
    click.echo(f"Wrote {path}. Next: edit it, then run: {NAME} -c {path} -g -r registration.yaml")


def _generate(config_path: Path, registration_path: Path) -> None:
    from haos_voice_bridge import registration  # noqa: PLC0415 - see ELSEWHERE, here and below
    from haos_voice_bridge.config.load import load_for_registration  # noqa: PLC0415

    config = load_for_registration(config_path)
    if not registration.generate(config, config_path, registration_path):
        click.echo(f"{registration_path} is there already and agrees with {config_path}.")
        return
    click.echo(
        f"Wrote {registration_path}.\n"
        "Next steps:\n"
        "  1. Put its path into the homeserver's homeserver.yaml, where Synapse can read it:\n"
        "       app_service_config_files:\n"
        f"         - {registration_path.resolve()}\n"
        "  2. Restart the homeserver.\n"
        f"  3. Start the bridge: {NAME} -c {config_path}\n"
        f"  4. Invite the bot to a room: {config.bot_user_id}"
    )


if __name__ == "__main__":
    main(prog_name=NAME)
