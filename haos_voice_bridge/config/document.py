"""The configuration file as plain data, with the line of each key. Knows no key by name."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node
from ruamel.yaml.parser import ParserError
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scanner import ScannerError

from haos_voice_bridge.config.problems import Problem
from haos_voice_bridge.config.schema import KeyPath
from haos_voice_bridge.errors import ConfigError

_DEPTH = 8
"""Deeper than any key of ours. An alias can make a document contain itself, so stop somewhere."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read: its data, and where each key stands (lines count from 1)."""

    name: str
    data: dict[str, object]
    lines: Mapping[KeyPath, int]
    repeated: tuple[Problem, ...]

    def line_of(self, key: KeyPath) -> int | None:
        """The line of the key, or of the nearest section around it."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key)

    def place_of(self, key: KeyPath) -> str:
        """`config.yaml:12`, or the file alone for a key at the top that is not there."""
        line = self.line_of(key)
        return f"{self.name}:{line}" if line else self.name


def read(path: Path) -> Document:
    """Read a YAML file whose top level is a mapping; anything else is a ConfigError."""
    text = read_text(path)
    root = compose(text, str(path))
    data = _construct(text, str(path))
    if not isinstance(data, dict) or not isinstance(root, MappingNode):
        what = "is empty" if data is None else "does not consist of `key: value` lines"
        raise ConfigError(f"{path}: {what}; fill it in, or remove it and have it written anew")
    lines: dict[KeyPath, int] = {}
    repeated: list[Problem] = []
    for key, line in _places(root, ()):
        if key in lines:
            words = f"is given twice, first on line {lines[key]}; keep one of them"
            repeated.append(Problem(key, words, origin=f"{path}:{line}"))
        else:
            lines[key] = line
    return Document(str(path), with_text_keys(data), lines, tuple(repeated))


def read_text(path: Path) -> str:
    """The file's text with its line ends as they are."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such file; write an example with: haos-voice-bridge -e -c {path}"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: is not UTF-8 text; save the file as UTF-8") from None


def compose(text: str, name: str) -> Node | None:
    """The tree of YAML nodes, each with its position in the text."""
    try:
        root: Node | None = _yaml().compose(text)
    except (YAMLError, RecursionError) as error:
        # `from None`, here and below: the parser's own message quotes the line, secret or not.
        raise ConfigError(_syntax(error, text, name)) from None
    return root


def with_text_keys(data: Mapping[object, object], depth: int = 1) -> dict[str, object]:
    """The same, where `1: x` has the key "1"."""
    return {
        str(key): with_text_keys(value, depth + 1)
        if isinstance(value, dict) and depth < _DEPTH
        else value
        for key, value in data.items()
    }


def _construct(text: str, name: str) -> object:
    try:
        data: object = _yaml().load(text)
    except (YAMLError, RecursionError, ValueError) as error:
        raise ConfigError(_syntax(error, text, name)) from None
    return data


def _yaml() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_duplicate_keys = True  # they are reported by `read`, together with the rest
    return yaml


def _places(node: MappingNode, prefix: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    for key, value in node.value:
        path = (*prefix, str(key.value))
        yield path, key.start_mark.line + 1
        if isinstance(value, MappingNode) and len(path) < _DEPTH:
            yield from _places(value, path)


def _syntax(error: Exception, text: str, name: str) -> str:
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return f"{name}:{line}: not valid YAML: contains a control character; remove it"
    if not isinstance(error, MarkedYAMLError):
        return f"{name}: not valid YAML: put dates and other unusual values in quotes"
    mark, problem = error.problem_mark, error.problem or "cannot be read"
    if "end" in problem and error.context_mark:  # where it opened says more than where it ended
        mark = error.context_mark
    if "another document" in problem:
        problem = "holds a second document; remove the line ---"
    elif not isinstance(error, ScannerError | ParserError):
        problem = 'put a value or key that starts with * & or ! in quotes, such as "*"'
    place = f"{name}:{mark.line + 1}" if mark else name
    context = f" {error.context}" if error.context and "quoted" in error.context else ""
    return f"{place}: not valid YAML: {_without_values(problem)}{context}"


def _without_values(problem: str) -> str:
    """Keep names of YAML's own tokens and single characters; drop what was quoted of the file."""
    if "'\\t'" in problem:
        return "indent with spaces; this line has a tab"
    return re.sub(r" '(?!<)[^']{2,}'", "", problem)
