"""Tokens are put into the file, and nothing else in it changes."""

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge.config.edit import with_tokens, write_tokens
from haos_voice_bridge.errors import ConfigError
from tests.unit.config.sample import TEXT, read

TOKENS = {"as_token": "new-a_s", "hs_token": "new-h_s"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "appservice:   # mine\n    as_token:  'x'  # c\n    hs_token: y # z\n",
            'appservice:   # mine\n    as_token:  "new-a_s"  # c\n    hs_token: "new-h_s" # z\n',
        ),
        (
            "appservice:\n  as_token:\n  hs_token: # none yet\nz: 1\n",
            'appservice:\n  as_token: "new-a_s"\n  hs_token: "new-h_s" # none yet\nz: 1\n',
        ),
        (
            "appservice: {as_token: x, port: 1, hs_token: ''}\n",
            'appservice: {as_token: "new-a_s", port: 1, hs_token: "new-h_s"}\n',
        ),
        (
            "appservice:\n    port: 1\n    hs_token: y",
            'appservice:\n    as_token: "new-a_s"\n    port: 1\n    hs_token: "new-h_s"',
        ),
        (
            "appservice: {port: 1, hs_token: y}",
            'appservice: {as_token: "new-a_s", port: 1, hs_token: "new-h_s"}',
        ),
        (
            "homeserver:\n  domain: a\n",
            "homeserver:\n  domain: a\n\nappservice:\n"
            '  as_token: "new-a_s"\n  hs_token: "new-h_s"\n',
        ),
        (
            "appservice:\r\n  as_token: x\r\n  hs_token: y\r\n",
            'appservice:\r\n  as_token: "new-a_s"\r\n  hs_token: "new-h_s"\r\n',
        ),
        (
            "\ufeffappservice:\n  as_token: ü\n  hs_token: y\n",
            '\ufeffappservice:\n  as_token: "new-a_s"\n  hs_token: "new-h_s"\n',
        ),
    ],
)
def test_only_the_tokens_change(before, after):
    assert with_tokens(before, TOKENS) == after


@pytest.mark.parametrize(
    "text",
    [
        "appservice:\n  as_token: &t x\n  hs_token: *t\n",
        "appservice: text\n",
        "appservice:\n",
        "appservice: {}\n",
        "[]\n",
    ],
)
def test_unusual_yaml_is_refused_and_not_spoilt(text):
    with pytest.raises(ConfigError, match="cannot edit"):
        with_tokens(text, TOKENS)


_COMMENTS = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), max_size=20)


@given(comments=st.lists(_COMMENTS, min_size=3, max_size=3), indent=st.integers(1, 9))
def test_comments_and_indentation_survive_whatever_they_are(comments, indent):
    first, second, third = comments
    pad = " " * indent
    template = (
        (
            f"# {first}\nappservice:\n{pad}port: 1 # {second}\n"
            f"{pad}as_token: {{a}} # {third}\n\n{pad}hs_token: {{h}}\n"
        )
        .replace("{a}", "\0a")
        .replace("{h}", "\0h")
    )
    before = template.replace("\0a", "'generate with -g'").replace("\0h", "generate with -g")
    after = template.replace("\0a", '"new-a_s"').replace("\0h", '"new-h_s"')
    assert with_tokens(before, TOKENS) == after


def test_a_changed_file_can_be_loaded():
    assert read(with_tokens(TEXT, TOKENS)).appservice.hs_token == "new-h_s"


def test_the_file_keeps_its_mode_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(TEXT)
    path.chmod(0o640)
    write_tokens(path, TOKENS)
    assert "new-a_s" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_to_the_file_stays_a_link(tmp_path):
    target, link = tmp_path / "real.yaml", tmp_path / "config.yaml"
    target.write_text(TEXT)
    link.symlink_to(target)
    write_tokens(link, TOKENS)
    assert link.is_symlink()
    assert "new-a_s" in target.read_text()
