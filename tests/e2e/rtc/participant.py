"""A participant in a process of its own, so that it can be killed: `participant.py URL JWT`."""

import asyncio
import sys

from livekit import rtc


async def main(url, token):
    room = rtc.Room()
    await room.connect(url, token)
    sys.stdout.write("connected\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)  # until somebody closes our input
    await room.disconnect()


asyncio.run(main(*sys.argv[1:]))
