"""Ten thousand odd lines, read and answered as the bridge does it, except for the servers."""

import os
import random
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from unicodedata import category

import pytest

from haos_voice_bridge import commands
from haos_voice_bridge.adapters.matrix.translate import matrix_event
from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.effects import MergeState, SendMessage, StartEcho, StopEcho
from haos_voice_bridge.core.permissions import Role
from haos_voice_bridge.core.text import shown_name
from tests.adapters.raw import READING, arrival, event
from tests.fakes.people import ANA, BEN, BOT, CLEO, joined, lounge, play
from tests.unit.commands.typing import World, answers

LINES = int(os.environ.get("FUZZ_LINES", "10000"))
SEED = int(os.environ.get("FUZZ_SEED", "20261124"))
ONES_OWN = (StartEcho, StopEcho)
"""What everybody may have done to themselves alone."""
TAGS = frozenset({"p", "b", "strong", "em", "code", "pre", "br", "ul", "ol", "li", "a"})
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
NAMES = [n for command in commands.COMMANDS for n in command.names]
PREFIXES = ["!voice", "!VOICE", BOT, f"{BOT}:", "Voice:", "@Voice,", "!voice\u200b", " !voice\n"]
ODD = [
    *(
        "",
        " ",
        "\u200b\u200d\ufeff",
        "\u202eevil\u202c",
        "\u2067\u05e9\u05dc\u05d5\u05dd\u2069",
        "مرحبا",
        "🎉👩‍👩‍👧",
        "\x00\x07",
    ),
    *("<script>alert(1)</script>", "<b>x", "</li><img src=x onerror=y>", "&lt;b&gt;", "&#8238;x"),
    *("**bold**", "[x](javascript:alert(1))", "`code`", "@room", "@ana:hs", "@ben:hs,@cleo:hs"),
    *("https://matrix.to/#/@ben:hs", "matrix:u/ben:hs", "https://matrix.to/#/@\u202ex:hs", "Ana"),
    *("0", "-1", "99999999999999999999", "1e9", "٣", "½", "NaN", "64k", "10%", "1h", "on", "off"),
    *("stop", "status", "--all", "-h", "$(id)", "'; DROP TABLE rooms;--", "%s%n{0}", "\\", '"'),
    *(
        "“un",
        "a" * 5_000,
        "é" * 3_000,
        "\u0301" * 900,
        "x y " * 900,
        "\ud800",
        "\U0010ffff",
        "null",
    ),
]
EVIL = ["<b>Ana</b>", "\u202eneB", "Ben\n!voice end", "@room", "a" * 900, "\u200b", "Cleo & <i>"]


class Tags(HTMLParser):
    """Refuses what the bot never writes."""

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS, tag
        for name, value in attrs:
            assert (tag, name) == ("a", "href"), (tag, name)
            assert value.startswith("https://"), value

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def line(chance):
    """What somebody typed."""
    name = chance.choice([*NAMES, "help", "", chance.choice(ODD), "dance"])
    if chance.random() < 0.1:
        name = "".join(chance.choice([c, c.upper(), "", "\u200d"]) for c in name)
    words = [chance.choice([*ODD, *NAMES]) for _ in range(chance.choice([0, 0, 1, 1, 2, 3, 6]))]
    if chance.random() < 0.2:
        words.append("".join(chr(chance.randrange(0x20, 0x3000)) for _ in range(20)))
    return chance.choice([" ", "  ", "\t"]).join([chance.choice(PREFIXES), name, *words])


def message(chance):
    """The event that carries it, as honest or as lying clients send it."""
    text = line(chance)
    content = {"msgtype": chance.choice(["m.text", "m.text", "m.emote"]), "body": text}
    if chance.random() < 0.3:
        who = chance.choice([ANA, BEN, BOT, "@\u202eneb:hs", "@<b>:hs", "@x"])
        shown = chance.choice(["Cleo", "<b>Ben</b>", "@room", ""])
        link = f'<a href="https://matrix.to/#/{who}">{shown}</a>'
        content |= {
            "format": "org.matrix.custom.html",
            "formatted_body": chance.choice(
                [f"{text} {link}", f"<p>{text}</p>{link}", link + text]
            ),
            "m.mentions": {"user_ids": [CLEO], "room": True},
        }
    if chance.random() < 0.1:
        content["m.relates_to"] = {"rel_type": "m.thread", "event_id": chance.choice(["$t", "\n"])}
    return event("m.room.message", content, sender=ANA, event_id="$c")


def rooms():
    running, _ = play(lounge(), joined(ANA), joined(BEN))
    named = replace(running, name=shown_name("<b>\u202egnuoL", ""), room_id="!<b>:hs")
    many = tuple(
        Room(f"!\u202e{n}{'x' * 200}:hs", bot="joined", name=shown_name(EVIL[n % 7], ""))
        for n in range(60)
    )
    return (
        [lounge(), named, replace(lounge(), channel=None), replace(lounge(), direct=ANA)],
        (named, *many),
    )


def contents_of(answer):
    match answer:
        case SendMessage():
            return [answer.content]
        case MergeState() if answer.told is not None:
            return [answer.told]
    return []


def check(answered):
    """At most one reply, and nothing in it that the person smuggled in."""
    replies = [content for answer in answered for content in contents_of(answer)]
    assert len(replies) <= 1
    for content in replies:
        assert content["m.mentions"] == {}
        for text in (content["body"], content.get("formatted_body", "")):
            assert len(text.encode()) < 10_000
            assert not BIDI & set(text)
            assert all(category(char) not in HIDDEN or char in "\n\u200d" for char in text), ascii(
                text
            )
        parser = Tags()
        parser.feed(content.get("formatted_body", ""))
        parser.close()
    return replies


@pytest.mark.parametrize("standing", ["nobody", "member", "admin"])
def test_no_line_breaks_anything_or_smuggles_anything_in(standing):
    chance = random.Random(f"{SEED} {standing}")
    level, role = {
        "nobody": (-1, Role.JOIN),
        "member": (0, Role.START),
        "admin": (100, Role.ADMIN),
    }[standing]
    names = {ANA: shown_name(EVIL[0], ANA), BOT: "Voice"}
    names |= {f"@u{n}:hs": shown_name(name, f"@u{n}:hs") for n, name in enumerate(EVIL)}
    places, known = rooms()
    seen = Counter()
    for number in range(LINES // 3 + 1):
        raw = message(chance)
        where = f"seed {SEED}, {standing}, line {number}: {ascii(raw['content'])[:500]}"
        world = World(levels={BOT: 100, ANA: level}, names=names, roles={ANA: role}, rooms=known)
        hint = matrix_event(READING, arrival(raw))
        if hint is None:
            seen["not ours"] += 1
            continue
        given = hint.event(world.standing(ANA))
        room = chance.choice(places)
        if not given.is_addressed and room.direct != ANA:
            seen["not addressed"] += 1
            continue
        try:
            answered = answers(given, room, world)
            replies = check(answered)
        except Exception as error:
            raise AssertionError(where) from error
        seen["answered"] += bool(replies)
        if standing != "admin":
            allowed = (SendMessage,) if standing == "nobody" else (SendMessage, *ONES_OWN)
            assert all(isinstance(answer, allowed) for answer in answered), where
        seen["acted"] += any(not isinstance(answer, SendMessage) for answer in answered)
    assert seen["answered"] > LINES / 8, seen
    assert (seen["acted"] > 0) == (standing != "nobody"), seen
