import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge.core.text import NAME_LIMIT, duration, listed, shown_name


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (45_999, "45 s"),
        (60_000, "1 min"),
        (12 * 60_000 + 59_000, "12 min"),
        (3_600_000, "1 h"),
        (3_900_000, "1 h 5 min"),
    ],
)
def test_durations_read_like_a_clock(ms, text):
    assert duration(ms) == text


def test_names_are_listed_as_people_do():
    assert listed([]) == ""
    assert listed(["Ana"]) == "Ana"
    assert listed(["Ana", "Ben"]) == "Ana and Ben"
    assert listed(["Ana", "Ben", "Cleo"]) == "Ana, Ben and Cleo"


@pytest.mark.parametrize("name", ["", "   ", "\n\t", "\u202e\u2066", None, 7, ["x"]])
def test_who_has_no_name_is_called_by_their_id(name):
    assert shown_name(name, "@ana:hs") == "@ana:hs"


def test_a_name_cannot_reverse_or_break_the_line():
    assert shown_name("Ana\n\u202enimda", "@ana:hs") == "Ana nimda"


def test_scripts_and_emoji_survive():
    for name in ("Zoë", "小林", "عمر", "👩‍👩‍👧 family"):
        assert shown_name(name, "@x:hs") == name


@given(st.text())
def test_any_name_is_one_short_visible_line(name):
    shown = shown_name(name, "@ana:hs")
    assert 0 < len(shown) <= NAME_LIMIT
    assert shown == shown.strip()
    assert not any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} for char in shown)
