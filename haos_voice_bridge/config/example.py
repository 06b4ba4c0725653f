"""The example configuration that the program carries."""

from importlib import resources
from pathlib import Path

from haos_voice_bridge.config import files
from haos_voice_bridge.errors import ConfigError

_NAME = "config.example.yaml"


def text() -> str:
    """The example: inside the package when installed, at the top of a checkout otherwise."""
    installed = resources.files("haos_voice_bridge") / _NAME
    if installed.is_file():
        return installed.read_text(encoding="utf-8")
    return (Path(__file__).parents[2] / _NAME).read_text(encoding="utf-8")


def write(path: Path) -> None:
    """Write the example where no file is yet."""
    try:
        files.create(path, text())
    except FileExistsError:
        raise ConfigError(
            f"{path}: exists already and is left alone; name another file with -c"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
