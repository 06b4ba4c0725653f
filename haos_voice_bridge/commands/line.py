"""A typed line, in words."""

import re
from dataclasses import dataclass

LONGEST = 2_000
"""Nobody types more to a bot; what follows is not read."""
_WORDS = re.compile(r"[“\"]([^”\"]*)[”\"]|(\S+)")


@dataclass(frozen=True, slots=True)
class Line:
    """`name`: the command, in lower case; `rest`: what follows it; `words`: the same, in words."""

    name: str
    rest: str
    words: tuple[str, ...]

    @staticmethod
    def read(text: str) -> "Line":
        """Read it; quotation marks hold a word with spaces together."""
        parts = text[:LONGEST].split(maxsplit=1)
        name = parts[0].lower() if parts else ""
        rest = parts[1].strip() if len(parts) > 1 else ""
        return Line(name, rest, words_of(rest))


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(
        quoted or bare for quoted, bare in _WORDS.findall(text) if (quoted or bare).strip()
    )
