"""What `load` accepts, and how it says what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge.config.load import load
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.errors import ConfigError
from tests.unit.config.sample import SECRET, TEXT, line_of, read, refusal, with_line

SECTIONS = ["homeserver", "appservice", "database", "livekit", "bridge"]


def test_a_file_with_the_required_keys_is_enough():
    config = read()
    assert config.bot_user_id == "@voice:hs.test"
    assert config.appservice.port == 29345
    assert config.bridge.permissions == {"*": Role.JOIN, "@ann:hs.test": Role.ADMIN}
    assert config.livekit.rpc_url == "https://sfu.test"
    assert config.logging.format == "text"


def test_a_slash_at_the_end_of_an_address_does_not_matter():
    text = with_line("public_url: https://voice.test", "public_url: https://voice.test/")
    assert read(text).bridge.public_url == "https://voice.test"


def test_a_repeated_section_may_come_from_an_anchor():
    text = TEXT.replace('    "*": join\n', '    <<: &all {"*": join}\n')
    assert read(text).bridge.permissions["*"] is Role.JOIN


def test_an_unknown_key_is_named_with_its_line_and_the_key_that_was_meant():
    text = with_line("  api_secret:", "  api_sekret:")
    line = line_of(text, "api_sekret")
    message = refusal(text, kind=ConfigError)
    assert (
        f"config.yaml:{line}: livekit.api_sekret: unknown key (did you mean api_secret?)" in message
    )
    assert "config.yaml:10: livekit: missing key 'api_secret'" in message


def test_a_key_in_the_wrong_section_is_told_where_it_belongs():
    text = with_line("  domain: hs.test\n", "  domain: hs.test\n  public_url: https://x.test\n")
    assert refusal(text) == (
        "config.yaml:4: homeserver.public_url: unknown key (did you mean bridge.public_url?)"
    )


def test_a_missing_key_is_named_at_its_section():
    assert refusal(with_line("  domain: hs.test\n", "")) == (
        "config.yaml:1: homeserver: missing key 'domain'"
    )


def test_a_missing_section_is_named():
    text = with_line("database:\n  uri: sqlite:voice.db\n", "")
    assert refusal(text) == "config.yaml: missing section 'database'"


def test_all_problems_come_in_one_message_in_the_order_of_the_file():
    text = with_line("  domain: hs.test\n", "  domain: example.com\n")
    text = text.replace("uri: sqlite:", "uri: mysql:").replace('"*": join', '"*": owner')
    text = text.replace("as-token-of-the-test", "generate with -g") + "logging:\n  leval: info\n"
    heading, *lines = refusal(text, kind=ConfigError).splitlines()
    assert heading == "5 problems in the configuration:"
    assert [line.split(": ")[1] for line in lines] == [
        "homeserver.domain",
        "appservice.as_token",
        "database.uri",
        "bridge.permissions.*",
        "logging.leval",
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("address: http://hs.test:8008", "address: hs.test", "must start with http:// or https://"),
        ("address: http://hs.test:8008", "address: http://u:p@hs.test", "without a user name"),
        ("url: wss://sfu.test", "url: https://sfu.test", "must start with ws:// or wss://"),
        ("uri: sqlite:voice.db", "uri: 5", 'must be text; put the value in "quotes"'),
        ("uri: sqlite:voice.db", "uri: 2001-01-01", 'must be text; put the value in "quotes"'),
        ("uri: sqlite:voice.db", 'uri: ""', "must start with sqlite: or postgres://"),
        ("api_key: key", 'api_key: ""', "must not be empty"),
        ("api_key: key", "api_url: 7\n  api_key: key", "must be text"),
        ("hs_token:", "port: '80'\n  hs_token:", "must be a whole number, without quotes"),
        ("hs_token:", "port: true\n  hs_token:", "must be a whole number"),
        ("hs_token:", "port: 70000\n  hs_token:", "must be less than or equal to 65535"),
        ("hs_token:", "bot: voice\n  hs_token:", "must be a block of keys"),
        ("hs_token:", "bot: {username: Voice}\n  hs_token:", "may hold only the letters a-z"),
        ("hs_token:", "bot: {avatar: x.png}\n  hs_token:", "must be an mxc:// address"),
        ("api_key: key", "startup_timeout_s: .nan\n  api_key: key", "must be a finite number"),
        ("api_key: key", "startup_timeout_s: soon\n  api_key: key", "must be a number"),
        (
            '"*": join',
            '"*": owner',
            "must be one of 'block', 'join', 'start', 'moderate' or 'admin'",
        ),
        ('"*": join', '"*": [join]', "must be one of 'block'"),
        ("database:\n  uri: sqlite:voice.db", "database:", "must be a block of keys"),
        ("database:\n", "logging: {level: loud}\ndatabase:\n", "must be one of 'debug', 'info'"),
    ],
)
def test_a_wrong_value_is_answered_by_what_belongs_there(old, new, problem):
    message = refusal(with_line(old, new), kind=ConfigError)
    assert message.startswith("config.yaml:")
    assert problem in message
    assert "problems" not in message


_KEYS = st.from_regex(r"[a-z][a-z_]{2,12}_zz", fullmatch=True)


@given(section=st.sampled_from(SECTIONS), key=_KEYS, nested=st.booleans())
def test_any_unknown_key_is_named_with_its_line(section, key, nested):
    value = "{a: {b: 1}}" if nested else "1"
    text = TEXT.replace(f"{section}:\n", f"{section}:\n  # note\n  {key}: {value}\n")
    line = line_of(text, f"  {key}:")
    assert refusal(text).startswith(f"config.yaml:{line}: {section}.{key}: unknown key")


@given(key=_KEYS)
def test_any_unknown_section_is_named_with_its_line(key):
    text = f"{TEXT}\n{key}:\n  a: b\n"
    assert refusal(text).startswith(f"config.yaml:{line_of(text, key)}: {key}: unknown key")


def test_a_file_that_is_not_there_says_how_to_get_one(tmp_path):
    path = tmp_path / "none.yaml"
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert str(caught.value) == (
        f"{path}: no such file; write an example with: haos-voice-bridge -e -c {path}"
    )


def test_a_folder_in_place_of_the_file_is_one_clean_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, {})


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "null\n"])
def test_an_empty_file_is_called_empty(text):
    assert refusal(text, kind=ConfigError).startswith("config.yaml: is empty")


@pytest.mark.parametrize("text", ["- a\n- b\n", "text\n", "5\n"])
def test_a_file_without_keys_is_refused(text):
    assert "does not consist of `key: value` lines" in refusal(text, kind=ConfigError)


def test_a_file_that_is_not_utf_8_is_refused_with_the_line():
    message = refusal(b"homeserver:\n  domain: m\xfcnchen\n", kind=ConfigError)
    assert message == "config.yaml:2: is not UTF-8 text; save the file as UTF-8"


def test_a_byte_order_mark_and_windows_line_ends_are_accepted():
    assert read("\ufeff" + TEXT.replace("\n", "\r\n")) == read()


def test_a_key_given_twice_is_named_with_both_lines():
    text = with_line("  domain: hs.test\n", "  domain: hs.test\n  domain: hs.test\n")
    assert refusal(text) == (
        "config.yaml:4: homeserver.domain: is given twice, first on line 3; keep one of them"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 'b\nc: d\n", "config.yaml:1: not valid YAML: found unexpected end of stream while"),
        ("a: b: c\n", "config.yaml:1: not valid YAML: mapping values are not allowed here"),
        ("a: 1\n\tb: 2\n", "config.yaml:2: not valid YAML: indent with spaces"),
        ("a: [1\n", "config.yaml:1: not valid YAML: expected"),
        ("a: 1\nb: \x07\n", "config.yaml:2: not valid YAML: contains a control character"),
        ("a:\n  *: join\n", "config.yaml:2: not valid YAML: put a value or key that starts with *"),
        ("a: *b\n", "config.yaml:1: not valid YAML: put a value or key that starts with *"),
        ("a: !b c\n", "config.yaml:1: not valid YAML: put a value or key that starts with *"),
        ("a: b\n---\nc: d\n", "config.yaml:2: not valid YAML: holds a second document"),
        ("a: 2001-13-45\n", "config.yaml: not valid YAML: put dates and other unusual values"),
        ("[" * 5000, "config.yaml"),
    ],
)
def test_a_syntax_error_is_one_line_with_its_place(text, message):
    told = refusal(text, kind=ConfigError)
    assert told.startswith(message)
    assert "\n" not in told


def test_a_file_that_contains_itself_is_refused():
    assert "unknown key" in refusal(TEXT + "other: &a\n  deep: *a\n", kind=ConfigError)


@pytest.mark.parametrize(
    "line",
    [
        f"api_secret: '{SECRET}",
        f"api_secret: !{SECRET}",
        f"api_secret: !{SECRET}! x",
        f"api_secret: *{SECRET}",
        f"api_secret: [{SECRET}]",
        f"api_secret: {{{SECRET}: 1}}",
        f"api_secret: {SECRET}: {SECRET}",
        f"api_secret: {SECRET}\n  api_secret: {SECRET}2",
        f"api_secret: |\n   {SECRET}\n  bad",
        f'api_secret: "\\x{SECRET}"',
        f"api_secret:{SECRET}",
        f"? api_secret:{SECRET}\n  : x",
        f"api_key: {SECRET}: x",
        f"url: {SECRET}",
        f"api_url: {SECRET}",
        f"startup_timeout_s: {SECRET}",
    ],
)
def test_no_mistake_in_writing_a_secret_shows_it(line):
    assert SECRET not in refusal(with_line(f"api_secret: {SECRET}", line), kind=ConfigError)


@given(st.text(min_size=1, max_size=20).map(lambda text: f"zq{text}qz"))
def test_no_value_is_ever_repeated(value):
    """Whatever stands unquoted after the key, the message does not show it."""
    text = with_line(f"api_secret: {SECRET}", f"api_secret: 'x'\n  api_url: {value}")
    assert value not in refusal(text, kind=ConfigError)


def test_secrets_are_not_in_the_representation_of_the_config():
    shown = repr(read(with_line("sqlite:voice.db", "postgres://me:hush@db/voice")))
    for secret in (SECRET, "as-token-of-the-test", "hs-token-of-the-test", "hush"):
        assert secret not in shown
