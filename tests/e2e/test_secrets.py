"""What a member can read in a room opens no connection."""

import asyncio
import base64
import re

import pytest
from ruamel.yaml import YAML

from tests.e2e.voice import in_call

pytestmark = pytest.mark.e2e

BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")


def texts_in(value):
    """Every text in a JSON value, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


def pieces_of(text):
    """A text, its parts, and what they decode to: whatever a patient attacker might try."""
    found = {text, *text.split("."), *text.split()}
    for piece in tuple(found):
        for candidate in BASE64.findall(piece):
            padded = candidate + "=" * (-len(candidate) % 4)
            for decode in (base64.b64decode, base64.urlsafe_b64decode):
                try:
                    found.add(decode(padded).decode())
                except ValueError:
                    continue
    return found


async def test_a_member_who_reads_everything_cannot_connect_with_any_of_it(
    stack, http, alice, bob, channel
):
    room_id = await channel()
    unused = await alice.admission(room_id)
    async with in_call(await alice.admission(room_id, device_id="SPEAKING")):
        await asyncio.sleep(1)
        seen = [await bob.all_state(room_id), await bob.timeline(room_id)]
    texts = {piece for text in texts_in(seen) for piece in pieces_of(text)}
    assert any("io.haos.voice.token" in text for text in texts), "the sealed token was read"
    assert not [text for text in texts if unused["jwt"] in text]

    url = stack.livekit_url.replace("ws://", "http://") + "/rtc/validate"

    async def opens(token):
        async with http.get(url, headers={"Authorization": f"Bearer {token}"}) as response:
            return response.status == 200

    assert await opens(unused["jwt"]), "the check itself can succeed"
    usable = sorted(text for text in texts if text.strip() and text.isascii() and "\n" not in text)
    assert len(usable) > 50
    tried = [text for text in usable if await opens(text)]
    assert tried == []


async def test_no_secret_is_in_the_logs(stack, alice, bob, channel):
    room_id = await channel()
    admitted = await bob.admission(room_id)
    log = "".join(
        path.read_text(errors="replace") for path in (stack.data / "bridge").glob("*.log")
    )
    config = YAML(typ="safe").load(stack.data / "bridge" / "config.yaml")
    app = config["appservice"]
    tokens = [app["as_token"], app["hs_token"], config["livekit"]["api_secret"]]
    for secret in (*tokens, admitted["jwt"]):
        assert secret not in log
