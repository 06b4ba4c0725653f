import sys

import pytest

from haos_voice_bridge.devstack import leftovers, process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def sleeper(tmp_path):
    """`sleeper(word)`: a process that has that word on its command line."""
    made = []

    def start(word):
        argv = ["/bin/sh", "-c", ":; sleep 60", str(word)]
        made.append(process.spawn(argv, tmp_path / "log", {}))
        return made[-1]

    yield start
    for one in made:
        process.kill_group(one.pid)
        one.wait()


def test_a_process_of_this_folder_is_ended(tmp_path, sleeper):
    data = tmp_path / "data"
    data.mkdir()
    old = sleeper(data / "livekit" / "livekit.yaml")
    leftovers.record(data / "pids.json", {"livekit": old.pid, "bridge": None})
    assert leftovers.end(data / "pids.json", data) == [old.pid]
    assert old.wait(5) < 0


def test_a_process_that_took_over_the_number_is_left_alone(tmp_path, sleeper):
    data = tmp_path / "data"
    data.mkdir()
    other = sleeper(tmp_path / "data-of-another" / "livekit.yaml")
    leftovers.record(data / "pids.json", {"livekit": other.pid})
    assert leftovers.end(data / "pids.json", data) == []
    assert other.poll() is None


@pytest.mark.parametrize("content", [None, "", "[]", "{"])
def test_no_record_or_half_a_record_is_no_obstacle(tmp_path, content):
    path = tmp_path / "pids.json"
    if content is not None:
        path.write_text(content)
    assert leftovers.end(path, tmp_path) == []
