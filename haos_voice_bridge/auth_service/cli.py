"""The command line of the service on its own."""

import asyncio
import os

import click


@click.command("auth-service")
def auth_service() -> None:
    """MatrixRTC's token service alone, in place of lk-jwt-service; set by its LIVEKIT_… variables.

    docs/admin.md lists them. It needs no configuration file, homeserver or registration.
    """
    # Here, not above: an error in the environment is told without loading the rest.
    from haos_voice_bridge import log_setup  # noqa: PLC0415
    from haos_voice_bridge.auth_service.environment import settings  # noqa: PLC0415

    made = settings(os.environ)
    log_setup.configure(made)
    from haos_voice_bridge.auth_service.run import run  # noqa: PLC0415

    asyncio.run(run(made))
