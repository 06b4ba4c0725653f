"""A configuration that is right, and how tests read it and changed copies of it."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from haos_voice_bridge.config.load import load
from haos_voice_bridge.config.model import Config
from haos_voice_bridge.errors import StartupError

SECRET = "a-livekit-secret-of-more-than-32-bytes"
TEXT = f"""\
homeserver:
  address: http://hs.test:8008
  domain: hs.test
appservice:
  address: http://bridge.test:29345
  as_token: as-token-of-the-test
  hs_token: hs-token-of-the-test
database:
  uri: sqlite:voice.db
livekit:
  url: wss://sfu.test
  api_key: key
  api_secret: {SECRET}
bridge:
  public_url: https://voice.test
  permissions:
    "*": join
    "@ann:hs.test": admin
encryption:
  pickle_key: pickle-key-of-the-test
"""


def read(text: str | bytes = TEXT, environ: Mapping[str, str] | None = None) -> Config:
    """Load a file named `config.yaml` with this content."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(errors="surrogatepass"))
        try:
            return load(path, environ or {})
        except StartupError as error:
            # Tests compare with `config.yaml`, as an admin sees it who is in its folder.
            raise type(error)(str(error).replace(f"{folder}/", "")) from None


def refusal(
    text: str | bytes = TEXT,
    environ: Mapping[str, str] | None = None,
    kind: type[StartupError] = StartupError,
) -> str:
    """The message with which this content is refused."""
    with pytest.raises(kind) as caught:
        read(text, environ)
    return str(caught.value)


def with_line(old: str, new: str) -> str:
    """The sample with one line changed."""
    assert TEXT.count(old) == 1
    return TEXT.replace(old, new)


def line_of(text: str, part: str) -> int:
    """The number of the first line that contains this."""
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)
