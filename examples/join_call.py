"""Join a voice channel's call from its Matrix room: play a tone, and print who is heard.

A complete client of docs/protocol.md. It needs Python 3.11, aiohttp, joserfc, livekit and numpy.

    join_call.py --info info.json alice       # INFO is what `haos-voice-bridge up --info` wrote
    join_call.py --homeserver URL --token ACCESS_TOKEN --room ROOM_ID --bot BOT_USER_ID
"""

import argparse
import asyncio
import json
import sys
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import numpy as np
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from livekit import rtc

RATE = 48000  # audio samples a second
MICROPHONE = rtc.TrackSource.SOURCE_MICROPHONE
Json = dict[str, Any]


class NotInCall(Exception):
    """We do not get in, or are thrown out; the text says why."""


async def matrix(
    http: aiohttp.ClientSession, method: str, *path: str, body: Json | None = None, **query: str
) -> Json:
    """One request of Matrix's client-server API; the empty dict for what does not exist yet."""
    url = "/".join(quote(part, safe="") for part in path)
    async with http.request(method, url, params=query, json=body) as response:
        answer: Json = await response.json()
    if response.status == 200:
        return answer
    if method == "GET" and answer.get("errcode") == "M_NOT_FOUND":
        return {}
    raise NotInCall(f"refused: {answer.get('errcode')}: {answer.get('error')}")


async def ask_to_join(http: aiohttp.ClientSession, room_id: str, bot: str) -> Json:
    """Ask in the room, wait for the bot's answer, open it: where to connect, and as whom."""
    me = await matrix(http, "GET", "account", "whoami")
    key = ECKey.generate_key("P-256")
    request_id = str(uuid.uuid4())
    public_key = key.as_dict(private=False)
    request = {"request_id": request_id, "device_id": me["device_id"], "public_key": public_key}
    event = ("rooms", room_id, "send", "io.haos.voice.join", request_id)
    await matrix(http, "PUT", *event, body=request)

    state = ("rooms", room_id, "state", "io.haos.voice.token", "_" + me["user_id"])
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        answer = await matrix(http, "GET", *state, format="event")
        content = answer.get("content", {})
        # Anything else is older, or for another device of ours, or a forgery.
        if answer.get("sender") == bot and content.get("request_id") == request_id:
            if error := content.get("error"):
                raise NotInCall(f"refused: {error['code']}: {error['message']}")
            opened = jwe.decrypt_compact(content["token"], key, ["ECDH-ES", "A256GCM"])
            return dict(json.loads(opened.plaintext or b""))
        await asyncio.sleep(0.25)
    raise NotInCall(f"no answer from {bot}")


async def play(source: rtc.AudioSource, hertz: float, gone: asyncio.Future[str]) -> None:
    """Feed a sine tone to the microphone, 20 ms at a time; the source sets the pace."""
    frame, start = RATE // 50, 0
    while not gone.done():
        wave = 8000 * np.sin(2 * np.pi * hertz * np.arange(start, start + frame) / RATE)
        data = wave.astype(np.int16).tobytes()
        await source.capture_frame(rtc.AudioFrame(data, RATE, 1, frame))
        start += frame


async def hear(track: rtc.Track, heard: bytearray) -> None:
    """Collect what a microphone sends, as long as we run."""
    async for event in rtc.AudioStream(track, sample_rate=RATE, num_channels=1):
        heard += event.frame.data


def describe(heard: bytes) -> str:
    """The loudest frequency, the level (0 dB is the loudest possible), and a meter."""
    samples = np.frombuffer(heard, np.int16) / 32768
    level = 10 * np.log10(np.mean(samples**2) + 1e-10) if samples.size else -100
    if level < -60:
        return "silent"
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    hertz = spectrum.argmax() * RATE / samples.size
    return f"{hertz:5.0f} Hz {level:4.0f} dB {'#' * int((level + 60) / 2)}"


async def run(args: argparse.Namespace) -> None:
    api = args.homeserver.rstrip("/") + "/_matrix/client/v3/"
    headers = {"Authorization": f"Bearer {args.token}"}
    async with aiohttp.ClientSession(api, headers=headers) as http:
        access = await ask_to_join(http, args.room, args.bot)
    print(f"admitted as {access['identity']} to call {access['call_id'] or '(a new one)'}")

    room, loop = rtc.Room(), asyncio.get_running_loop()
    gone: asyncio.Future[str] = loop.create_future()  # why we are no longer connected
    heard: dict[str, bytearray] = {}  # by participant, since last printed
    tasks: list[asyncio.Task[None]] = []

    @room.on("track_subscribed")
    def on_track(
        track: rtc.Track, publication: rtc.RemoteTrackPublication, who: rtc.RemoteParticipant
    ) -> None:
        if publication.source == MICROPHONE:
            buffer = heard.setdefault(who.identity, bytearray())
            tasks.append(loop.create_task(hear(track, buffer)))

    @room.on("disconnected")
    def on_disconnected(reason: rtc.DisconnectReason.ValueType) -> None:
        if not gone.done():
            gone.set_result(rtc.DisconnectReason.Name(reason))

    try:
        await room.connect(access["livekit_url"], access["jwt"])
        print("here:", ", ".join(room.remote_participants) or "nobody else")
        may_speak = MICROPHONE in room.local_participant.permissions.can_publish_sources
        if not args.listen and not may_speak:
            print("you may not speak here; listening")
        elif not args.listen:
            source = rtc.AudioSource(RATE, 1, queue_size_ms=100)
            microphone = rtc.LocalAudioTrack.create_audio_track("tone", source)
            options = rtc.TrackPublishOptions(source=MICROPHONE)
            await room.local_participant.publish_track(microphone, options)
            tasks.append(loop.create_task(play(source, args.tone, gone)))
        end = loop.time() + args.seconds
        while loop.time() < end:
            await asyncio.wait([gone], timeout=1)
            if gone.done():
                raise NotInCall(f"disconnected by the server: {gone.result()}")
            for identity in room.remote_participants:
                buffer = heard.get(identity, bytearray())
                print(f"{identity}: {describe(bytes(buffer))}")
                buffer.clear()
    finally:  # also on Ctrl-C, which cancels us
        gone.cancel()  # ends play(); asyncio.run() ends the rest
        await asyncio.sleep(0.1)
        await room.disconnect()
    print("left")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Join a voice channel's call.")
    parser.add_argument("user", nargs="?", help="with --info: who to be, such as alice")
    parser.add_argument("--info", type=Path, help="the file of `haos-voice-bridge up --info`")
    for option in ("--homeserver", "--token", "--room", "--bot"):
        parser.add_argument(option, help="without --info")
    parser.add_argument("--tone", type=float, default=440, metavar="HZ", help="default: 440")
    parser.add_argument("--listen", action="store_true", help="publish nothing")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="leave after so long")
    args = parser.parse_args()
    if args.info:
        info = json.loads(args.info.read_text())
        if args.user not in info["users"]:
            parser.error(f"say who to be: {', '.join(info['users'])}")
        args.token = args.token or info["users"][args.user]["access_token"]
        args.homeserver = args.homeserver or info["homeserver_url"]
        args.room = args.room or info["room_id"]
        args.bot = args.bot or info["bot_user_id"]
    if not (args.homeserver and args.token and args.room and args.bot):
        parser.error("give --info FILE USER, or --homeserver, --token, --room and --bot")
    return args


if __name__ == "__main__":
    try:
        asyncio.run(run(arguments()))
    except KeyboardInterrupt:
        print("left")
    except NotInCall as reason:
        sys.exit(str(reason))
    except (OSError, rtc.ConnectError, aiohttp.ClientError, JoseError) as error:
        sys.exit(f"failed: {error}")
