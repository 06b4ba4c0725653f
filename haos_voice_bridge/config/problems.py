"""What is wrong with a configuration, in words for an admin that never repeat a value."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from haos_voice_bridge.config import schema
from haos_voice_bridge.config.schema import KeyPath

_WORDS = {
    "model_type": "must be a block of keys",
    "dict_type": "must be a block of keys",
    "list_type": "must be a list",
    "string_type": 'must be text; put the value in "quotes"',
    "string_too_short": "must not be empty",
    "int_type": "must be a whole number, without quotes",
    "float_type": "must be a number, without quotes",
    "finite_number": "must be a finite number",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend; `origin` is set where it is not the place of the key in the file."""

    key: KeyPath
    text: str
    origin: str | None = None


def from_validation(error: ValidationError) -> Iterator[Problem]:
    """The problems that the model found."""
    # Pydantic's own text shows the input, which may be a secret.
    for detail in error.errors(include_url=False, include_input=False):
        yield _problem(detail)


def suggestion(name: str, known: list[str]) -> str:
    """` (did you mean x?)`, or nothing."""
    close = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _problem(detail: ErrorDetails) -> Problem:
    path = tuple(str(part) for part in detail["loc"])
    context = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            kind = "section" if schema.names_in(path) else "key"
            return Problem(path[:-1], f"missing {kind} '{path[-1]}'")
        case "extra_forbidden":
            return _unknown(path)
        case "enum" | "literal_error":
            return Problem(path, f"must be one of {context['expected']}")
        case "value_error":
            return Problem(path, str(context["error"]))
        case kind:
            return Problem(path, _WORDS.get(kind) or _in_our_voice(detail["msg"]))


def _in_our_voice(text: str) -> str:
    return text.replace("Input should", "must").replace("String should", "must")


def _unknown(path: KeyPath) -> Problem:
    # "api_secret:value" without a space is one key to YAML, value and all.
    name, colon, _ = path[-1].partition(":")
    shown = (*path[:-1], name)
    hint = suggestion(name, schema.names_in(path[:-1])) or _elsewhere(name)
    if colon:
        hint = " (is a space missing after the colon?)"
    return Problem(shown, f"unknown key{hint}")


def _elsewhere(name: str) -> str:
    places = [schema.dotted(path) for path, _ in schema.leaves() if path[-1] == name]
    return f" (did you mean {' or '.join(places)}?)" if places else ""
