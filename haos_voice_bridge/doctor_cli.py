"""`haos-voice-bridge doctor`: the checks of `!voice doctor`, from the command line."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import click

from haos_voice_bridge.adapters.db.connection import open_database
from haos_voice_bridge.adapters.livekit.server import LiveKitServer
from haos_voice_bridge.adapters.matrix.client import MatrixClient
from haos_voice_bridge.adapters.matrix.facts import RoomFacts
from haos_voice_bridge.checkup import Patient, doctor_for
from haos_voice_bridge.config.load import load
from haos_voice_bridge.config.model import Config
from haos_voice_bridge.core.checkup import Finding, summary


class _SystemClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


@click.command("doctor")
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Check the homeserver, LiveKit, its webhooks, the database and the clocks.

    The bridge should run meanwhile: the homeserver is asked to reach it. Ends with 1 if anything
    is an error.
    """
    path: Path = ctx.obj
    findings = asyncio.run(_examine(load(path)))
    for finding in findings:
        click.echo(f"{finding.level:<7}  {finding.text}")
        for more in (finding.detail, finding.advice):
            if more:
                click.echo(f"         {more}")
    click.echo(summary(findings))
    ctx.exit(int(any(finding.level == "error" for finding in findings)))


async def _examine(config: Config) -> Sequence[Finding]:
    database = await open_database(config.database.uri)
    try:
        async with aiohttp.ClientSession() as session:
            client = MatrixClient(
                session, config.homeserver.address, config.appservice.as_token, config.bot_user_id
            )
            keys = config.livekit.api_key, config.livekit.api_secret
            livekit = LiveKitServer(session, config.livekit.rpc_url, *keys)
            facts = RoomFacts(client, config.bridge.permissions)
            patient = Patient(config, session, database, client, livekit, facts, _SystemClock())
            return await doctor_for(patient).examine()
    finally:
        await database.stop()
