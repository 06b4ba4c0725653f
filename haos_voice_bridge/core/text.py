"""Short texts for people: names, lists of names, durations."""

import unicodedata
from collections.abc import Sequence

NAME_LIMIT = 60


def plain(text: str) -> str:
    """One line that cannot hide or reverse what stands around it.

    Control and format characters go (among them the bidirectional overrides), and runs of white
    space become one space.
    """
    # ZWJ and the variation selectors are kept: emoji and several scripts need them.
    kept = (
        char if char == "\u200d" or unicodedata.category(char) not in {"Cf", "Cs", "Co"} else ""
        for char in text
    )
    spaced = "".join(
        " " if unicodedata.category(char)[0] in "CZ" and char != "\u200d" else char
        for char in "".join(kept)
    )
    return " ".join(spaced.split()).strip("\u200d ")


def shown_name(name: object, user_id: str) -> str:
    """A display name as one plain line of at most `NAME_LIMIT` characters; else the user ID."""
    return _cut(plain(name if isinstance(name, str) else ""), NAME_LIMIT) or user_id


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def visible(text: str) -> str:
    """An identifier as it can be shown: what is invisible or turns the text is left out."""
    return "".join(char for char in text if unicodedata.category(char)[0] not in "CZ")


def listed(names: Sequence[str]) -> str:
    """`Ana`, `Ana and Ben`, `Ana, Ben and Cleo`."""
    if len(names) <= 1:
        return "".join(names)
    return ", ".join(names[:-1]) + " and " + names[-1]


def either(names: Sequence[str]) -> str:
    """`Ana`, `Ana or Ben`, `Ana, Ben or Cleo`."""
    if len(names) <= 1:
        return "".join(names)
    return ", ".join(names[:-1]) + " or " + names[-1]


def clipped(text: str, limit: int = 40) -> str:
    """What somebody typed, short enough to be quoted."""
    return _cut(plain(text), limit) or "?"


def duration(ms: int) -> str:
    """`45 s`, `12 min`, `1 h 5 min`: rounded down, as clocks are."""
    seconds = max(0, ms) // 1000
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
