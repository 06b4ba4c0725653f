"""Numbers that people type."""

from haos_voice_bridge.commands.targets import Unclear
from haos_voice_bridge.core.text import clipped

_THOUSANDS = {"k": 1_000, "kbit": 1_000, "kbit/s": 1_000, "kbps": 1_000}


def whole_number(word: str, span: tuple[int, int], example: str) -> int:
    """A whole number in the span.

    Raises:
        Unclear: It is none; `example` is a line that would do.
    """
    low, high = span
    if word.isascii() and word.isdecimal() and len(word) < 12 and low <= int(word) <= high:
        return int(word)
    raise Unclear(
        f"“{clipped(word)}” is no number from {low} to {high}. Type, for example: {example}"
    )


def with_thousands(words: tuple[str, ...]) -> str:
    """`64k`, `64 kbit/s` and `64000` as `64000`."""
    text = "".join(words).lower()
    for unit, factor in sorted(_THOUSANDS.items(), key=lambda entry: -len(entry[0])):
        number = text.removesuffix(unit)
        if number != text and number.isascii() and number.isdecimal() and len(number) < 6:
            return str(int(number) * factor)
    return text
