"""Overrides from the environment: HAOS_VOICE_LIVEKIT__API_SECRET, or ..._FILE to read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_origin

from pydantic.fields import FieldInfo
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from haos_voice_bridge.config import schema
from haos_voice_bridge.config.document import with_text_keys
from haos_voice_bridge.config.problems import Problem, suggestion
from haos_voice_bridge.config.schema import KeyPath

PREFIX = "HAOS_VOICE_"
NOT_KEYS = ("HAOS_VOICE_CONFIG", "HAOS_VOICE_CACHE")
"""Read by the command line and by `up`; not keys of the file."""


@dataclass(frozen=True, slots=True)
class Override:
    """A value for one key, and the variable that it came from."""

    key: KeyPath
    variable: str
    value: object


def variable_of(key: KeyPath) -> str:
    """The variable that overrides a key."""
    return PREFIX + "__".join(key).upper()


def overrides(environ: Mapping[str, str]) -> Iterator[Override | Problem]:
    """What the environment sets, and what is wrong with it."""
    known: list[str] = list(NOT_KEYS)
    for key, field in schema.leaves():
        plain = variable_of(key)
        from_file = f"{plain}_FILE"
        known += [plain, from_file]
        if plain in environ and from_file in environ:
            yield Problem(key, f"{from_file} is set as well; keep one of them", origin=plain)
        elif plain in environ:
            yield _override(key, field, plain, environ[plain])
        elif from_file in environ:
            yield _read(key, field, from_file, environ[from_file])
    for name in environ:
        if name.startswith(PREFIX) and name not in known:
            yield Problem((), f"unknown variable{suggestion(name, known)}", origin=name)


def applied(data: Mapping[str, object], changes: list[Override]) -> dict[str, object]:
    """The data with the overrides put in; the sections they need are made."""
    result = dict(data)
    for change in changes:
        _put(result, change.key, change.value)
    return result


def _put(section: dict[str, object], key: KeyPath, value: object) -> None:
    name, *rest = key
    if not rest:
        section[name] = value
        return
    inner = section.get(name)
    if inner is not None and not isinstance(inner, dict):
        return  # the file has something else than a section here, which the model will report
    section[name] = copy = dict(cast("dict[str, object]", inner or {}))
    _put(copy, tuple(rest), value)


def _read(key: KeyPath, field: FieldInfo, variable: str, path: str) -> Override | Problem:
    # The path is not repeated: somebody may have put the secret itself there.
    try:
        text = Path(path).read_bytes().decode()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        return Problem(key, f"the file it names cannot be read: {reason}", origin=variable)
    return _override(key, field, variable, text.removesuffix("\n").removesuffix("\r"))


def _override(key: KeyPath, field: FieldInfo, variable: str, text: str) -> Override | Problem:
    kind = field.annotation
    if kind not in (int, float, bool) and get_origin(kind) not in (dict, list):
        return Override(key, variable, text)
    try:
        value = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError):
        return Problem(key, "is not valid YAML", origin=variable)
    return Override(key, variable, with_text_keys(value) if isinstance(value, dict) else value)
