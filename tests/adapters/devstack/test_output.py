import io

from haos_voice_bridge.devstack import cache, hints
from haos_voice_bridge.devstack.info import Info
from haos_voice_bridge.devstack.progress import Progress
from haos_voice_bridge.devstack.state import User


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_a_long_step_shows_itself_every_quarter_of_a_minute_in_a_log():
    stream, clock = io.StringIO(), Clock()
    with Progress(stream, clock=clock).step("building") as tick:
        for clock.now in range(40):
            tick()
    assert stream.getvalue() == "▸ building …\n  … 15 s\n  … 30 s\n  done in 39.0 s\n"


def test_a_terminal_shows_the_seconds_on_one_line():
    stream, clock = Terminal(), Clock()
    with Progress(stream, clock=clock).step("building") as tick:
        clock.now = 2.0
        tick()
    assert stream.getvalue() == "▸ building …\r▸ building … 2 s\r▸ building … done in 2.0 s\n"


def hinted(tmp_path, info_file=None, links=None):
    users = {"alice": User("@alice:localhost", "pass-a"), "bob": User("@bob:localhost", "pass-b")}
    info = Info(
        homeserver_url="http://127.0.0.1:1",
        server_name="localhost",
        livekit_url="ws://127.0.0.1:2",
        livekit_api_key="key",
        livekit_api_secret="secret",
        bridge_url="http://127.0.0.1:3",
        web_url="http://127.0.0.1:3/",
        bot_user_id="@voice:localhost",
        room_id="!room",
        users=users,
        pids={},
    )
    return "\n".join(hints.lines(info, info_file, tmp_path, links or {}))


def test_the_hints_say_what_to_open_and_type(tmp_path):
    text = hinted(tmp_path)
    for part in ("http://127.0.0.1:3/", "http://127.0.0.1:1", "pass-a", "pass-b", "!voice help"):
        assert part in text
    assert "secret" not in text


def test_the_links_into_the_call_are_the_first_thing_to_open(tmp_path):
    assert "make web" in hinted(tmp_path), "without the client"
    text = hinted(tmp_path, links={"alice": "http://127.0.0.1:3/#/link/abc"})
    assert "make web" not in text
    assert text.splitlines()[1].split() == ["alice", "http://127.0.0.1:3/#/link/abc"]


def test_the_example_client_is_mentioned_where_it_is(tmp_path):
    assert "join_call" not in hinted(tmp_path)
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "join_call.py").touch()
    assert "python examples/join_call.py --info i.json" in hinted(tmp_path, "i.json")


def test_the_cache_is_the_users_unless_said_otherwise(tmp_path, monkeypatch):
    monkeypatch.delenv("HAOS_VOICE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.folder() == tmp_path / "xdg" / "haos-voice-bridge"
    monkeypatch.setenv("HAOS_VOICE_CACHE", str(tmp_path / "chosen"))
    assert cache.folder() == tmp_path / "chosen"
