"""A device in a call that may vanish: a process of its own, so that kill -9 cuts all it has.

python -m tests.chaos.device < {"livekit_url": …, "jwt": …}
"""

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path

from livekit import rtc

from tests.e2e.voice import Voice

ROOT = Path(__file__).parents[2]


class VanishingVoice:
    """Like `tests.e2e.voice.Voice`, as far as the script needs it, with `vanish` besides."""

    def __init__(self):
        self.disconnected = asyncio.Event()
        self._process = None

    async def start(self):
        """Start the process; it waits for `connect`."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.chaos.device"),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def connect(self, admission):
        if self._process is None:
            await self.start()
        wanted = {name: admission[name] for name in ("livekit_url", "jwt")}
        self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
        said = (await self._process.stdout.readline()).strip()
        if said != b"connected":
            await self.vanish()
            raise ConnectionError(said.decode())
        self._watch = asyncio.ensure_future(self._wait())

    async def _wait(self):
        await self._process.stdout.readline()
        self.disconnected.set()

    async def leave(self):
        if self._process.returncode is None:
            with suppress(ConnectionError):
                self._process.stdin.close()
            await self._process.wait()

    async def vanish(self):
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


async def _main():
    admission = json.loads(await asyncio.to_thread(sys.stdin.readline) or "null")
    if admission is None:
        return
    voice = Voice()
    try:
        await voice.connect(admission)
    except (rtc.ConnectError, OSError) as error:
        print(f"{type(error).__name__} {error}".replace("\n", " "), flush=True)  # noqa: T201
        return
    print("connected", flush=True)  # noqa: T201
    ended = asyncio.ensure_future(voice.disconnected.wait())
    told = asyncio.ensure_future(asyncio.to_thread(sys.stdin.readline))
    await asyncio.wait({ended, told}, return_when=asyncio.FIRST_COMPLETED)
    if ended.done():
        print("disconnected", flush=True)  # noqa: T201
    await voice.leave()


if __name__ == "__main__":
    asyncio.run(_main())
