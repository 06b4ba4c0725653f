"""The example has every key of the model, no other, and explains each."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from haos_voice_bridge.config import checks, document, example, schema
from haos_voice_bridge.config.checks import value_at
from haos_voice_bridge.errors import ConfigError
from tests.unit.config.sample import SECRET, read, refusal

TEXT = example.text()
DATA = YAML(typ="safe", pure=True).load(TEXT)
FIELDS = dict(schema.leaves())


def keys_of(data, prefix=()):
    for name, value in data.items():
        path = (*prefix, name)
        if isinstance(value, dict) and path not in FIELDS:
            yield from keys_of(value, path)
        else:
            yield path


def edited() -> str:
    text = TEXT.replace("livekit.example.com", "sfu.hs.test").replace("example.com", "hs.test")
    text = text.replace("your LiveKit API key", "key").replace("your LiveKit API secret", SECRET)
    return text.replace(f'"{checks.TO_GENERATE}"', "token")


def test_the_example_is_the_file_at_the_top_of_the_repository():
    assert (Path(__file__).parents[3] / "config.example.yaml").read_text() == TEXT


def test_the_example_has_every_key_and_no_other():
    assert sorted(keys_of(DATA)) == sorted(FIELDS)


@pytest.mark.parametrize("key", FIELDS, ids=schema.dotted)
def test_the_example_shows_the_default(key):
    field = FIELDS[key]
    if field.is_required():
        assert value_at(DATA, key) not in (None, "")
    else:
        assert value_at(DATA, key) == field.default


def test_every_key_has_a_comment_above_it(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(TEXT)
    lines = TEXT.splitlines()
    for key, number in document.read(path).lines.items():
        if key[:2] == ("bridge", "permissions") and len(key) > 2:
            continue
        line, above = lines[number - 1], lines[number - 2]
        indent = line[: len(line) - len(line.lstrip())]
        assert above.startswith(f"{indent}# "), f"no comment above {key}"


def test_the_comment_of_a_key_says_whether_it_is_required_and_its_default(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(TEXT)
    lines = TEXT.splitlines()
    places = document.read(path).lines
    for key, field in FIELDS.items():
        above = lines[places[key] - 2]
        assert ("Required" if field.is_required() else "Default: ") in above, key


def test_the_example_unedited_is_refused_for_each_placeholder():
    message = refusal(TEXT, kind=ConfigError)
    keys = [("homeserver", "domain"), ("bridge", "permissions"), *checks.TOKENS]
    for key in [*keys, *checks.PLACEHOLDERS]:
        assert f" {schema.dotted(key)}: " not in message.replace(
            f": {schema.dotted(key)}: ", "", 1
        ), key
        assert f": {schema.dotted(key)}: " in message
    assert message.startswith(f"{len(keys) + len(checks.PLACEHOLDERS)} problems")


def test_the_example_with_its_placeholders_filled_in_is_accepted():
    assert read(edited()).bot_user_id == "@voice:hs.test"


def test_an_example_is_never_written_over_a_file(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("mine")
    with pytest.raises(ConfigError, match="exists already"):
        example.write(path)
    assert path.read_text() == "mine"
