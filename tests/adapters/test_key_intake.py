"""What a transaction carries for the bot's device, and what it carries for others."""

import pytest
from hypothesis import given

from haos_voice_bridge.adapters.matrix.key_intake import LOW, KeyIntake, probe_key
from haos_voice_bridge.ports import KEYS_LANE
from tests.adapters.raw import odd
from tests.fakes.people import ANA, BOT

INTAKE = KeyIntake(BOT, "DEV")
COUNTS = "org.matrix.msc3202.device_one_time_keys_count"


def olm(sender=ANA, to=BOT, device="DEV", text="secret"):
    content = {"algorithm": "m.olm.v1.curve25519-aes-sha2", "ciphertext": {"k": text}}
    return {
        "type": "m.room.encrypted",
        "sender": sender,
        "content": content,
        "to_user_id": to,
        "to_device_id": device,
    }


def counted(number):
    return {COUNTS: {BOT: {"DEV": {"signed_curve25519": number}}}}


def kinds(arrivals):
    assert all((one.room_id, one.source) == (KEYS_LANE, "keys") for one in arrivals)
    return [one.payload["kind"] for one in arrivals]


def test_keys_come_first_then_devices_then_counts():
    body = {"org.matrix.msc3202.device_lists": {"changed": [ANA]}, **counted(3)}
    found = INTAKE.arrivals(body, [olm()], "1")
    assert kinds(found) == ["olm", "devices", "one_time_keys"]
    assert found[1].payload["changed"] == [ANA]
    assert found[2].payload["count"] == 3


def test_a_message_is_the_same_however_it_comes():
    first = INTAKE.arrivals({}, [olm()], "1")
    pushed = INTAKE.arrivals({}, [olm()], "2")
    bare = {name: value for name, value in olm().items() if not name.startswith("to_")}
    synced = INTAKE.synced({"next_batch": "s1", "to_device": {"events": [bare]}})
    assert first[0].key == pushed[0].key == synced[0].key
    assert INTAKE.arrivals({}, [olm(text="other")], "1")[0].key != first[0].key


@pytest.mark.parametrize("message", [olm(to=ANA), olm(device="OTHER"), olm(sender=None), {}, 3])
def test_what_is_not_for_the_device_is_passed_over(message):
    assert INTAKE.arrivals({}, [message], "1") == []


@pytest.mark.parametrize(("number", "wanted"), [(LOW - 1, 1), (LOW, 0), (50, 0)])
def test_new_keys_are_made_when_few_are_left(number, wanted):
    assert len(INTAKE.arrivals(counted(number), [], "1")) == wanted
    others = {COUNTS: {ANA: {"DEV": {"signed_curve25519": number}}}}
    assert INTAKE.arrivals(others, [], "1") == []


def test_a_probe_says_whether_keys_are_counted_and_must_be_the_bots_own():
    probe = {**olm(sender=BOT), "type": "io.haos.voice.probe", "content": {"nonce": "n"}}
    (plain,) = INTAKE.arrivals({}, [probe], "1")
    (with_count,) = INTAKE.arrivals(counted(50), [probe], "1")
    assert plain.key == probe_key("n", is_counted=False)
    assert with_count.key == probe_key("n", is_counted=True)
    assert INTAKE.arrivals({}, [{**probe, "sender": ANA}], "1") == []
    assert INTAKE.synced({"next_batch": "s", "to_device": {"events": [probe]}}) == []


@given(odd, odd, odd)
def test_nothing_odd_raises(lists, counts, message):
    body = {"device_lists": lists, COUNTS: counts}
    INTAKE.arrivals(body, [message, {**olm(), "content": message}], "1")
    INTAKE.synced({"next_batch": message, "to_device": lists, **body})
