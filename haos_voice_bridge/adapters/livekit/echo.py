"""Echo tests, each a process of its own: the native SDK may take its process down with it."""

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from haos_voice_bridge.adapters.livekit.server import LiveKitServer
from haos_voice_bridge.adapters.livekit.tokens import Tokens
from haos_voice_bridge.aio import TaskScope
from haos_voice_bridge.core.echo import AT_ONCE, EchoNews
from haos_voice_bridge.errors import Unavailable

logger = logging.getLogger(__name__)

COMMAND = (sys.executable, "-P", "-m", "haos_voice_bridge.media.echo")
LIFE_S = 90.0
"""It ends itself after a minute; what hangs then is killed."""
LAST_LINES = 20

Tell = Callable[[EchoNews], Awaitable[None]]
Place = tuple[str, str]


class EchoTests:
    """Those of this bridge. They end with its stop, and also with its death: by stdin's end."""

    def __init__(
        self,
        livekit: LiveKitServer,
        tokens: Tokens,
        scope: TaskScope,
        url: str,
        command: Sequence[str] = COMMAND,
    ) -> None:
        """`url`: LiveKit's WebSocket, as the bridge reaches it."""
        self._livekit = livekit
        self._tokens = tokens
        self._scope = scope
        self._url = url
        self._command = command
        self._running: dict[Place, Process | None] = {}
        self._is_closed = False

    async def start(self, room_id: str, echo: str, listeners: Sequence[str], tell: Tell) -> None:
        """Begin, and return at once; `tell` hears what becomes of it."""
        place = (room_id, echo)
        if self._is_closed:
            raise Unavailable("the bridge stops: echo tests begin at its next start")
        if place in self._running:
            await tell("running")
        elif len(self._running) >= AT_ONCE:
            await tell("too_many")
        else:
            self._running[place] = None
            self._scope.spawn(self._run(place, listeners, tell), name=f"echo test in {room_id}")

    async def stop(self, room_id: str, echo: str) -> None:
        """End it, also where another bridge runs it; none is success."""
        process = self._running.get((room_id, echo))
        if process is not None:
            _let_go(process)
        else:
            await self._livekit.remove_participant(room_id, echo)

    async def close(self) -> None:
        """End all; their tasks then end by themselves."""
        self._is_closed = True
        for process in self._running.values():
            if process is not None:
                _let_go(process)

    async def _run(self, place: Place, listeners: Sequence[str], tell: Tell) -> None:
        room_id, echo = place
        token = self._tokens.echo_token(room_id, echo)
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=_environment(),
                start_new_session=True,  # a Ctrl-C is for the bridge alone
            )
            self._running[place] = process
            order = {"url": self._url, "token": token, "identities": list(listeners)}
            try:
                async with asyncio.timeout(LIFE_S):
                    await self._supervise(process, order, tell)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        except (OSError, TimeoutError) as error:
            logger.warning("an echo test in %s failed: %s", room_id, type(error).__name__)
            await tell("failed")
        finally:
            self._running.pop(place, None)

    async def _supervise(self, process: Process, order: dict[str, Any], tell: Tell) -> None:
        stdin, stdout, stderr = process.stdin, process.stdout, process.stderr
        if stdin is None or stdout is None or stderr is None:
            raise OSError("a pipe is missing")
        last: deque[str] = deque(maxlen=LAST_LINES)
        stdin.write((json.dumps(order) + "\n").encode())
        if self._is_closed:
            stdin.close()
        news, _ = await asyncio.gather(_news(stdout, tell), _keep(stderr, last))
        code = await process.wait()
        if news == "failed" and not self._is_closed:
            text = "\n".join(last).replace(order["token"], "[token]")
            logger.warning("an echo test ended with code %d: %s", code, text or "no output")
        if news is not None and not self._is_closed:
            await tell(news)


async def _news(stdout: asyncio.StreamReader, tell: Tell) -> EchoNews | None:
    """What there is to tell at the end, if anything; that it plays is told at once."""
    is_playing = False
    async for line in stdout:
        said = json.loads(line)
        match said["state"]:
            case "playing":
                is_playing = True
                await tell("playing")
            case "failed" if said["reason"] == "missing":
                return "missing"
            case "ended" if is_playing:
                is_done = said["heard"] or said["reason"] not in ("silent", "time")
                return None if is_done else "silent"
            case _:
                break
    return "failed"  # also where it just broke off


async def _keep(stderr: asyncio.StreamReader, last: deque[str]) -> None:
    async for line in stderr:
        last.append(line.decode(errors="replace").rstrip())


def _let_go(process: Process) -> None:
    if process.stdin is not None:
        process.stdin.close()


def _environment() -> dict[str, str]:
    """Ours without the configuration: it may hold secrets."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HAOS_VOICE_")}
