"""How long calls are remembered."""

import pytest

from haos_voice_bridge.errors import ConfigError
from tests.unit.config.sample import TEXT, read, refusal


def with_days(value: object) -> str:
    return f"{TEXT}history:\n  keep_days: {value}\n"


def test_calls_are_remembered_for_ever_unless_told_otherwise():
    assert read().history.keep_days == 0
    assert read(TEXT + "history: {}\n").history.keep_days == 0


@pytest.mark.parametrize("days", [0, 1, 365, 36500])
def test_days_are_counted_whole(days):
    assert read(with_days(days)).history.keep_days == days


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (-1, "must be greater than or equal to 0"),
        (36501, "must be less than or equal to 36500"),
        (0.5, "must be a whole number"),
        ("'30'", "must be a whole number, without quotes"),
        ("for ever", "must be a whole number"),
    ],
)
def test_any_other_number_of_days_is_refused_at_its_line(value, problem):
    message = refusal(with_days(value), kind=ConfigError)
    line = len(with_days(value).splitlines())
    assert message.startswith(f"config.yaml:{line}: history.keep_days: {problem}")
