import pytest
from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge.core.channel import BadField, Channel, channel_from

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)
NAMES = sorted(Channel.__dataclass_fields__)


def test_an_empty_event_has_the_defaults():
    assert channel_from({}) == Channel()


def test_unknown_fields_are_left_alone():
    assert channel_from({"colour": "green", "locked": True}) == Channel(locked=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("enabled", "yes"),
        ("kind", "party"),
        ("user_limit", -1),
        ("user_limit", True),
        ("bitrate", 7999),
        ("bitrate", 64000.0),
        ("status", "x" * 501),
        ("locked", 1),
        ("ring", None),
        ("timeline", "loud"),
        ("afk_timeout", "60"),
        ("media_encryption", 1),
    ],
)
def test_a_bad_value_is_named(field, value):
    found = channel_from({field: value})
    assert isinstance(found, BadField)
    assert found.field == field
    assert found.reason.startswith("must be")


@given(st.dictionaries(st.sampled_from(NAMES), json))
def test_whatever_is_written_is_read_or_named(content):
    found = channel_from(content)
    if isinstance(found, BadField):
        assert found.field in content
    else:
        for name, value in content.items():
            assert getattr(found, name) == value
