import pytest

from haos_voice_bridge.devstack.supervisor import Supervisor
from haos_voice_bridge.errors import StartupError


class FakePart:
    def __init__(self, name):
        self.name = name
        self.is_running = True
        self.is_broken = False
        self.starts = 0

    @property
    def ending(self):
        return f"{self.name} ended with 1; its log: /logs/{self.name}.log"

    def start(self):
        self.starts += 1
        if self.is_broken:
            raise StartupError(f"{self.name} is not ready")
        self.is_running = True

    def kill(self):
        self.is_running = False


class Scene:
    def __init__(self):
        self.now = 1000.0
        self.lines = []
        self.restarts = 0
        self.parts = [FakePart("LiveKit"), FakePart("Synapse")]
        self.supervisor = Supervisor(
            self.parts, say=self.lines.append, restarted=self._restarted, clock=lambda: self.now
        )

    def _restarted(self):
        self.restarts += 1

    def pass_time(self, seconds):
        for _ in range(int(seconds * 4)):
            self.supervisor.look()
            self.now += 0.25


@pytest.fixture
def scene():
    return Scene()


def test_nothing_happens_while_all_runs(scene):
    scene.pass_time(100)
    assert scene.lines == []


def test_a_part_that_ended_is_reported_and_started_again(scene):
    livekit, synapse = scene.parts
    livekit.is_running = False
    scene.pass_time(2)
    assert livekit.is_running
    assert (livekit.starts, synapse.starts, scene.restarts) == (1, 0, 1)
    assert "its log: /logs/LiveKit.log" in scene.lines[0]
    assert "in 1 s" in scene.lines[0]


def test_the_waits_grow_up_to_half_a_minute(scene):
    livekit, _ = scene.parts
    livekit.is_running = False
    livekit.is_broken = True
    scene.pass_time(120)
    waits = [line.rsplit(" in ", 1)[1] for line in scene.lines]
    assert waits == ["1 s", "2 s", "4 s", "8 s", "16 s", "30 s", "30 s", "30 s"]
    assert scene.restarts == 0


def test_after_a_minute_of_health_the_first_wait_is_short_again(scene):
    livekit, _ = scene.parts
    for _ in range(3):
        livekit.is_running = False
        scene.pass_time(5)
    scene.pass_time(70)
    livekit.is_running = False
    scene.pass_time(1)
    assert scene.lines[-1].endswith("in 1 s")


def test_the_other_parts_are_seen_to_while_one_waits(scene):
    livekit, synapse = scene.parts
    livekit.is_running = synapse.is_running = False
    scene.pass_time(2)
    assert (livekit.starts, synapse.starts) == (1, 1)
