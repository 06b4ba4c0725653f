import signal
import subprocess
import sys
import threading
import time

import pytest

from haos_voice_bridge.devstack import process
from haos_voice_bridge.devstack.ports import Ports
from haos_voice_bridge.devstack.process import Command, Part
from haos_voice_bridge.errors import StartupError
from tests.adapters.devstack.conftest import lives


@pytest.fixture
def part(tmp_path, web_server):
    """`part(argv=…)`: a part that is stopped when the test ends."""
    made = []

    def make(argv=None, **changes):
        port = Ports.free().bridge
        command = Command(
            name="the server",
            argv=argv or web_server(port),
            log=tmp_path / "logs" / "server.log",
            ready_url=f"http://127.0.0.1:{port}/ready",
            **changes,
        )
        made.append(Part(command))
        return made[-1]

    yield make
    for one in made:
        one.resume()
        one.kill()


def shell(script):
    return ("/bin/sh", "-c", script)


def test_a_part_is_started_once_it_answers(part):
    server = part()
    assert not server.is_running
    server.start()
    assert server.is_running
    assert lives(server.pid)
    assert server.command.log.read_text() == "hello\n"


def test_starting_what_runs_changes_nothing(part):
    server = part()
    server.start()
    pid = server.pid
    server.start()
    assert server.pid == pid


def test_a_part_that_ends_at_once_is_reported_with_its_last_output(part):
    server = part(shell("echo wrong configuration; exit 3"))
    with pytest.raises(StartupError) as failed:
        server.start()
    text = str(failed.value)
    assert text.startswith("the server ended with 3; its log: ")
    assert text.endswith("\n  wrong configuration")


def test_the_output_of_an_earlier_run_is_not_taken_for_this_one(part):
    server = part(shell("exit 1"))
    server.command.log.parent.mkdir()
    server.command.log.write_text("from before\n")
    with pytest.raises(StartupError, match=r"\(no output\)"):
        server.start()


def test_a_part_that_never_answers_is_given_up(part):
    server = part(shell("echo thinking; exec /bin/sleep 60"), ready_within_s=0.3)
    with pytest.raises(
        StartupError, match=r"not ready after 0 s: the server is running.*\n  think"
    ):
        server.start()


def test_a_killed_part_can_be_started_again(part):
    server = part()
    server.start()
    first = server.pid
    server.kill()
    assert not server.is_running
    assert "was ended by SIGKILL" in server.ending
    server.start()
    assert server.pid != first


def test_a_stopped_part_ends_by_itself(part):
    server = part()
    server.start()
    server.stop()
    assert "was ended by SIGTERM" in server.ending


def test_a_part_that_waits_for_something_is_asked_twice(part):
    script = "trap 'trap \"exit 7\" TERM' TERM; while :; do /bin/sleep 0.02; done"
    server = part(shell(script), grace_s=0.3)
    server.start(wait=False)
    time.sleep(0.2)
    server.stop()
    assert "ended with 7" in server.ending


def test_a_part_that_does_not_listen_is_killed(part, monkeypatch):
    monkeypatch.setattr(process, "_AFTER_SECOND_TERM_S", 0.1)
    server = part(shell("trap '' TERM; while :; do /bin/sleep 0.02; done"), grace_s=0.1)
    server.start(wait=False)
    time.sleep(0.2)
    server.stop()
    assert "was ended by SIGKILL" in server.ending


def test_a_paused_part_can_be_stopped(part):
    server = part()
    server.start()
    server.pause()
    server.stop()
    assert "was ended by SIGTERM" in server.ending


def test_stopping_what_never_ran_is_fine(part):
    part().stop()


def test_a_paused_part_answers_again_when_resumed(part):
    server = part()
    server.start()
    server.pause()
    server.resume()
    server.wait_ready()


def test_what_a_crashed_container_left_is_swept_away_first(part, tmp_path):
    server = part(sweep=shell(f"echo swept >> {tmp_path}/sweeps"))
    server.start()
    server.stop()
    assert (tmp_path / "sweeps").read_text() == "swept\n" * 2


def test_a_part_outlives_the_thread_that_started_it(part):
    server = part()
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    time.sleep(0.1)
    assert server.is_running


def test_parts_hear_nothing_of_ctrl_c(part):
    server = part()
    server.start()
    assert process.os.getpgid(server.pid) == server.pid


@pytest.mark.skipif(sys.platform != "linux", reason="a feature of Linux")
def test_children_die_with_a_parent_that_is_killed(tmp_path):
    script = (
        "import pathlib, sys, time\n"
        "from haos_voice_bridge.devstack.process import spawn\n"
        "child = spawn(['/bin/sleep', '60'], pathlib.Path(sys.argv[1]), {})\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    argv = [sys.executable, "-c", script, str(tmp_path / "log")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        assert lives(child)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while lives(child):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_command_that_fails_is_shown_with_its_last_output(tmp_path):
    with pytest.raises(StartupError, match=r"(?s)failed with 4:\n  disk full$"):
        process.run(shell("echo disk full; exit 4"), tmp_path / "log", {}, lambda: None)


def test_a_command_is_ended_when_we_are_interrupted(tmp_path):
    def interrupted():
        raise KeyboardInterrupt

    before = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        process.run(("/bin/sleep", "60"), tmp_path / "log", {}, interrupted)
    assert time.monotonic() - before < 5


def test_a_variable_can_be_taken_away_from_a_child(tmp_path, monkeypatch):
    monkeypatch.setenv("UNWANTED", "1")
    log = tmp_path / "log"
    process.run(shell('echo "<$UNWANTED$WANTED>"'), log, {"UNWANTED": None, "WANTED": "2"}, int)
    assert log.read_text() == "<2>\n"
