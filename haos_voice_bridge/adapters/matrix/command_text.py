"""What a person typed, read from a message's content, and whether it is meant for the bot.

A mention of a user or a room is a link to matrix.to in `formatted_body` (spec, mentions). What it
shows may be any text, so the ID (or alias) of the link takes its place. `m.mentions` is not read:
it may name people whom the text does not.
"""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

from haos_voice_bridge.core.ids import is_clean

LONGEST = 4_000
_LINK = "https://matrix.to/#/"
_BLOCKS = frozenset({"p", "br", "div", "li", "ul", "ol", "blockquote", "pre", "h1", "h2", "h3"})


def typed(content: Mapping[str, Any]) -> str | None:
    """The text of a message that a person wrote just now; None for notices, edits and media."""
    body = content.get("body")
    if content.get("msgtype") not in ("m.text", "m.emote") or not isinstance(body, str):
        return None  # never a notice: bots must not answer bots
    relation = content.get("m.relates_to")
    relation = relation if isinstance(relation, Mapping) else {}
    if relation.get("rel_type") == "m.replace":
        return None  # it was answered as it was first sent
    html = content.get("formatted_body")
    if isinstance(html, str) and _LINK in html:
        text = _with_ids(html[: 4 * LONGEST])
    else:
        text = _without_quote(body) if "m.in_reply_to" in relation else body
    return " ".join(text[:LONGEST].split()) or None


def thread_of(content: Mapping[str, Any]) -> str:
    """The root of the thread that a message belongs to, or nothing."""
    relation = content.get("m.relates_to")
    if not isinstance(relation, Mapping) or relation.get("rel_type") != "m.thread":
        return ""
    root = relation.get("event_id")
    return root if isinstance(root, str) and len(root) <= 255 and is_clean(root) else ""


def addressed(text: str, prefix: str, bot_user_id: str, bot_name: str) -> str | None:
    """What follows the prefix, or a mention of the bot, at the start of the text; else None."""
    first, _, rest = text.partition(" ")
    if first.lower() == prefix.lower():
        return rest.strip()
    if first.rstrip(":,") == bot_user_id:
        return rest.lstrip(":, ").strip()
    for name in (bot_name, f"@{bot_name}"):
        for mark in (":", ","):
            called = f"{name}{mark}".lower()
            if bot_name and text.lower().startswith(called):
                return text[len(called) :].strip()
    return None


def _without_quote(body: str) -> str:
    """The body without the quotation that older clients put in front of a reply."""
    lines = body.split("\n")
    while lines and lines[0].startswith(">"):
        lines.pop(0)
    return "\n".join(lines)


def _with_ids(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)


class _Text(HTMLParser):
    """The text of HTML, with the ID in place of each mention."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden:
            return
        if tag == "mx-reply":
            self._hidden = tag
        elif tag == "a" and (name := _mentioned(dict(attrs).get("href"))):
            self.parts.append(f" {name} ")
            self._hidden = tag
        elif tag in _BLOCKS:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""
        elif tag in _BLOCKS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def _mentioned(href: str | None) -> str:
    if href is None or not href.startswith(_LINK):
        return ""
    name = unquote(href.removeprefix(_LINK)).partition("?")[0]
    is_user_or_alias = name[:1] in ("@", "#") and ":" in name
    # Rooms of version 12 have no server in their ID; what follows a “/” is an event in the room.
    is_room = name.startswith("!") and "/" not in name
    is_known = (is_user_or_alias or is_room) and len(name) <= 255
    return name if is_known and is_clean(name) and " " not in name else ""
