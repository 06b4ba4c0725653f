"""From a file and the environment to a `Config`, or to one error that lists all problems."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from haos_voice_bridge.config import checks, document, environment, problems, schema
from haos_voice_bridge.config.document import Document
from haos_voice_bridge.config.environment import Override
from haos_voice_bridge.config.model import TO_GENERATE, Config
from haos_voice_bridge.config.problems import Problem
from haos_voice_bridge.config.schema import KeyPath
from haos_voice_bridge.errors import ConfigError, RegistrationError


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration that the program runs with.

    Raises:
        ConfigError: Something is wrong; the text lists everything that is.
        RegistrationError: All is well but the tokens, which are still to be generated.
    """
    draft = _Draft.read(path, environ)
    generate = f"haos-voice-bridge -c {path} -g -r registration.yaml"
    missing_tokens = list(checks.tokens(draft.data, generate))
    wrong = [*draft.problems, *checks.problems(draft.data)]
    if wrong:
        raise ConfigError(draft.report([*wrong, *missing_tokens]))
    if missing_tokens:
        raise RegistrationError(draft.report(missing_tokens))
    return draft.config()


def load_for_registration(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """The same, where tokens (and LiveKit, and permissions) may still be the example's.

    Tokens that are missing or empty come back as the placeholder.
    """
    draft = _Draft.read(path, environ, tokens_may_be_missing=True)
    wrong = [*draft.problems, *checks.domain(draft.data)]
    if wrong:
        raise ConfigError(draft.report(wrong))
    return draft.config()


@dataclass(frozen=True, slots=True)
class _Draft:
    """A configuration that may still be wrong."""

    source: Document
    data: Mapping[str, object]
    variables: Mapping[KeyPath, str]
    problems: list[Problem]

    @classmethod
    def read(
        cls, path: Path, environ: Mapping[str, str], *, tokens_may_be_missing: bool = False
    ) -> "_Draft":
        source = document.read(path)
        found = list(environment.overrides(environ))
        changes = [item for item in found if isinstance(item, Override)]
        data = environment.applied(source.data, changes)
        if tokens_may_be_missing:
            absent = [key for key in checks.TOKENS if checks.value_at(data, key) in (None, "")]
            fill = [Override(key, "", TO_GENERATE) for key in absent]
            data = environment.applied(data, fill)
        wrong = [*source.repeated, *(item for item in found if isinstance(item, Problem))]
        try:
            Config.model_validate(data)
        except ValidationError as error:
            wrong += problems.from_validation(error)
        return cls(source, data, {change.key: change.variable for change in changes}, wrong)

    def config(self) -> Config:
        return Config.model_validate(self.data)

    def report(self, wrong: Iterable[Problem]) -> str:
        """One message, in the order of the file."""
        ordered = sorted(wrong, key=lambda problem: self.source.line_of(problem.key) or 0)
        lines = [self._line(problem) for problem in ordered]
        if len(lines) == 1:
            return lines[0]
        return "\n  ".join([f"{len(lines)} problems in the configuration:", *lines])

    def _line(self, problem: Problem) -> str:
        parts = [problem.origin or self._origin(problem.key), schema.dotted(problem.key)]
        return ": ".join([*(part for part in parts if part), problem.text])

    def _origin(self, key: KeyPath) -> str:
        for length in range(len(key), 0, -1):
            if key[:length] in self.variables:
                return self.variables[key[:length]]
        return self.source.place_of(key)
