"""Putting tokens into the admin's file. Only they change: comments and spaces stay."""

from collections.abc import Mapping
from pathlib import Path

from ruamel.yaml.nodes import MappingNode, Node

from haos_voice_bridge.config import document, files
from haos_voice_bridge.errors import ConfigError

_SECTION = "appservice"
_NAMES = {
    "appservice": ("as_token and hs_token are", "as_token"),
    "encryption": ("pickle_key is", "pickle_key"),
}


def write_tokens(path: Path, tokens: Mapping[str, str], section: str = _SECTION) -> None:
    """Set `appservice.as_token` and its like in the file."""
    changed = with_tokens(document.read_text(path), tokens, str(path), section)
    try:
        files.replace(path, changed)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None


def with_tokens(
    text: str, tokens: Mapping[str, str], name: str = "config.yaml", section: str = _SECTION
) -> str:
    """The text with these tokens in place of whatever is there.

    Spliced in at the positions that YAML reports, since dumping the file again would re-indent it.

    Raises:
        ConfigError: The tokens are written in a way that this cannot edit.
    """
    block = _section(document.compose(text, name), name, section)
    if block is None:
        lines = [f"\n{section}:\n", *(f'  {key}: "{token}"\n' for key, token in tokens.items())]
        return _checked(text + "".join(lines), tokens, name, section)
    places = {key.value: (key, value) for key, value in block.value}
    splices: list[tuple[int, int, str]] = []
    for key, token in tokens.items():
        if key in places:
            splices.append(_instead_of(*places[key], text, token))
        else:
            splices.append(_before(block, f'{key}: "{token}"'))
    for start, end, new in sorted(splices, reverse=True):
        text = text[:start] + new + text[end:]
    return _checked(text, tokens, name, section)


def _section(root: Node | None, name: str, section: str) -> MappingNode | None:
    """The section's node, or None where the file has none."""
    if not isinstance(root, MappingNode):
        raise _cannot_edit(name, section)
    for key, value in root.value:
        if key.value == section:
            if isinstance(value, MappingNode) and value.value:
                return value
            raise _cannot_edit(name, section)
    return None


def _instead_of(key: Node, value: Node, text: str, token: str) -> tuple[int, int, str]:
    start, end = value.start_mark.index, value.end_mark.index
    if start == end:
        # Nothing is there, and YAML's mark for nothing may be on the next line.
        start = end = text.index(":", key.end_mark.index) + 1
        return start, end, f' "{token}"'
    return start, end, f'"{token}"'


def _before(section: MappingNode, entry: str) -> tuple[int, int, str]:
    first = section.value[0][0].start_mark
    between = ", " if section.flow_style else "\n" + " " * first.column
    return first.index, first.index, entry + between


def _checked(text: str, tokens: Mapping[str, str], name: str, section: str) -> str:
    """Unusual YAML (an anchor, a block of text) could be spliced wrongly: read it again."""
    try:
        block = _section(document.compose(text, name), name, section)
    except ConfigError:
        raise _cannot_edit(name, section) from None
    found = {key.value: value.value for key, value in block.value} if block else {}
    if any(found.get(key) != token for key, token in tokens.items()):
        raise _cannot_edit(name, section)
    return text


def _cannot_edit(name: str, section: str) -> ConfigError:
    names, first = _NAMES[section]
    return ConfigError(
        f"{name}: {section}: {names} written in a way that -g cannot edit; write it below, each "
        f'on its own line, as: {first}: "generate with -g"'
    )
