"""How MatrixRTC clients find the bridge, and what the doctor says where they do not."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from haos_voice_bridge.devstack.stack import Options, Stack

pytestmark = pytest.mark.e2e

FOCI = "org.matrix.msc4143.rtc_foci"
MEMBER = "org.matrix.msc3401.call.member"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A stack of its own: its homeserver is about to be spoilt."""
    stack = Stack.prepare(Options(tmp_path_factory.mktemp("discovery")))
    with stack:
        yield stack


def doctor(stack, **changes):
    """What the doctor prints, with keys of the configuration changed for this once."""
    argv = [sys.executable, "-m", "haos_voice_bridge", "-c", "config.yaml", "doctor"]
    environ = os.environ | {f"HAOS_VOICE_{name.upper()}": text for name, text in changes.items()}
    run = subprocess.run(
        argv,
        cwd=stack.data / "bridge",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environ,
    )
    return run.returncode, run.stdout + run.stderr


async def test_bridge_and_homeserver_tell_the_same_and_any_page_may_read_it(own, http):
    told = []
    for base in (own.bridge_url, own.homeserver_url):
        async with http.get(f"{base}/.well-known/matrix/client") as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            told.append(await answer.json())
    by_bridge, by_homeserver = told
    service = f"{own.bridge_url}/livekit/jwt"
    assert by_bridge[FOCI] == [{"type": "livekit", "livekit_service_url": service}]
    assert by_homeserver[FOCI] == by_bridge[FOCI]
    assert by_bridge["m.homeserver"]["base_url"] == own.homeserver_url


async def test_the_doctor_finds_all_well(own):
    code, text = await asyncio.to_thread(doctor, own)
    assert code == 0, text
    for part in (
        "ok       .well-known/matrix/client names the bridge as the call server.",
        "ok       The homeserver's list of call servers names the bridge as the call server.",
        "ok       The homeserver has delayed events (MSC4140).",
        "ok       The homeserver has sticky events (MSC4354).",
        "ok       The homeserver tells whose an OpenID token is.",
        "ok       The token service is reached where clients are told that it is.",
        "ok       Members may join by Element Call in the bot's voice channels.",
        "ok       The registration reserves the names of puppets.",
        "ok       Element's users see who comes by a link in each voice channel.",
    ):
        assert part in text, text


async def test_the_doctor_sees_that_clients_are_told_another_address(own):
    elsewhere = f"{own.bridge_url}/another/jwt"
    code, text = await asyncio.to_thread(doctor, own, matrix_rtc__livekit_service_url=elsewhere)
    assert code == 1
    for name in (".well-known/matrix/client", "The homeserver's list of call servers"):
        assert f"error    {name} names another call server than the bridge" in text, text
    assert f"It says {own.bridge_url}/livekit/jwt" in text
    assert (
        f'Put matrix_rtc: {{transports: [{{type: livekit, livekit_service_url: "{elsewhere}"}}]}}'
        in text
    )
    assert (
        "error    The token service cannot be reached at the address that clients are told" in text
    )
    assert f"{elsewhere}/healthz answers HTTP 404." in text


async def test_the_doctor_sees_a_room_where_members_may_not_join_by_element_call(own):
    alice, room_id = own.session("alice"), own.info.room_id
    path = ("rooms", room_id, "state", "m.room.power_levels", "")
    right = alice.client("GET", *path)
    wrong = right | {"events": {**right.get("events", {}), MEMBER: 50}}
    alice.client("PUT", *path, content=wrong)
    try:
        _, text = await asyncio.to_thread(doctor, own)
        assert (
            f"warning  Ordinary members cannot join by Element Call in 1 room: {room_id}." in text
        )
        assert f"Set {MEMBER} to 0 in the power levels there" in text
        unseen = f"warning  Element's users do not see who comes by a link in 1 room: {room_id}."
        assert unseen in text
        assert f"There, {MEMBER} takes power level 50" in text
    finally:
        alice.client("PUT", *path, content=right)


async def test_the_doctor_says_what_a_plain_homeserver_lacks(own):
    path = own.data / "synapse" / "homeserver.yaml"
    right = path.read_text()
    wrong = json.loads(right)
    for key in ("max_event_delay_duration", "matrix_rtc", "extra_well_known_client_content"):
        del wrong[key]
    del wrong["experimental_features"]["msc4143_enabled"]
    del wrong["experimental_features"]["msc4354_enabled"]
    wrong["listeners"][0]["resources"] = [{"names": ["client"], "compress": False}]
    registration = own.data / "bridge" / "registration.yaml"
    reserved = json.loads(registration.read_text())
    del reserved["namespaces"]["users"][1]
    await asyncio.to_thread(own.synapse.stop)
    path.write_text(json.dumps(wrong))
    right_registration = registration.read_text()
    registration.write_text(json.dumps(reserved))
    await asyncio.to_thread(own.synapse.start)
    try:
        code, text = await asyncio.to_thread(doctor, own)
        assert code == 1
        for part in (
            "warning  .well-known/matrix/client names no call server.",
            f'Let it hold "{FOCI}": [{{"type": "livekit", "livekit_service_url": ',
            "warning  The homeserver's list of call servers is not there (MSC4143)",
            "and experimental_features: {msc4143_enabled: true} in homeserver.yaml",
            "warning  The homeserver has no delayed events (MSC4140)",
            "Put max_event_delay_duration: 24h in homeserver.yaml",
            "warning  The homeserver has no sticky events (MSC4354)",
            "Put experimental_features: {msc4354_enabled: true} in homeserver.yaml",
            "error    The homeserver does not tell whose an OpenID token is",
            "Add openid (or federation) to the resources of the listener",
            "warning  The registration reserves no names for puppets",
            "Write it anew with -g into a new file",
        ):
            assert part in text, text
        # Switched on, but with nothing to tell: clients remember that for a day.
        wrong["experimental_features"]["msc4143_enabled"] = True
        del wrong["public_baseurl"]
        await asyncio.to_thread(own.synapse.stop)
        path.write_text(json.dumps(wrong))
        await asyncio.to_thread(own.synapse.start)
        _, text = await asyncio.to_thread(doctor, own)
        assert "warning  The homeserver's list of call servers names no call server." in text
        assert "warning  .well-known/matrix/client is not there" in text
    finally:
        await asyncio.to_thread(own.synapse.stop)
        registration.write_text(right_registration)
        path.write_text(right)
        await asyncio.to_thread(own.synapse.start)
