"""Whom a command is about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haos_voice_bridge import commands
from haos_voice_bridge.commands.targets import MOST, Unclear, people_named
from haos_voice_bridge.core.events import CommandGiven
from tests.fakes.people import ANA, BEN, BOT, CLEO, NOW, SITE, lounge
from tests.unit.commands.typing import World

BENS = {"@ben:hs": "Ben", "@ben:other": "Ben", ANA: "Ana Maria", BOT: "Voice"}


def named(text, names=None):
    """The user IDs of those whom a text names."""
    world = World() if names is None else World(names=dict(names))
    request = commands.Request(
        room=lounge(),
        given=CommandGiven("$c", f"mute {text}", world.standing(ANA)),
        now=NOW,
        bot_user_id=BOT,
        prefix="!voice",
        admins=(),
        site=SITE,
    )
    steps = people_named(request, text)
    try:
        question = next(steps)
        while True:
            question = steps.send(world.answer(question))
    except StopIteration as done:
        return [person.user_id for person in done.value]


@pytest.mark.parametrize(
    "text",
    [
        "@ben:hs",
        "Ben",
        "ben",
        "BEN",
        "@ben",
        '"Ben"',
        "“Ben”",
        "https://matrix.to/#/@ben:hs",
        "matrix:u/ben:hs",
    ],
)
def test_a_person_has_many_names(text):
    assert named(text) == [BEN]


def test_several_people_and_nobody_twice():
    assert named("Ben Cleo @ben:hs") == [BEN, CLEO]
    assert named("Ben, Cleo") == [BEN, CLEO]


def test_a_name_may_have_spaces():
    assert named("Ana Maria", BENS) == [ANA]
    assert named('"Ana Maria" @ben:hs', BENS) == [ANA, "@ben:hs"]
    assert named("Ana Maria, @ben:hs", BENS) == [ANA, "@ben:hs"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Who? Type, for example: !voice mute @user:server"),
        ("@dora:hs", "@dora:hs is not in this room."),
        ("Bne", "Nobody in this room is called “Bne”."),
        ("Cloe", "Did you mean Cleo?"),
        ("Voice", "Nobody in this room is called “Voice”."),
    ],
)
def test_who_cannot_be_found_is_said(text, told):
    with pytest.raises(Unclear) as unclear:
        named(text)
    assert told in str(unclear.value)


def test_a_name_that_two_have_is_not_guessed():
    with pytest.raises(Unclear) as unclear:
        named("Ben", BENS)
    assert str(unclear.value) == ("2 people here are called “Ben”. Use one of: @ben:hs, @ben:other")


def test_the_local_part_counts_where_nobody_has_it_as_a_name():
    names = {"@ben:hs": "Benjamin", ANA: "Ana", BOT: "Voice"}
    assert named("ben", names) == ["@ben:hs"]


def test_at_most_so_many_at_once():
    names = {f"@p{number}:hs": f"P{number}" for number in range(MOST + 1)}
    with pytest.raises(Unclear):
        named(" ".join(names), names)


@given(st.text(max_size=200))
def test_any_text_names_somebody_or_is_unclear_in_one_short_line(text):
    try:
        assert set(named(text)) <= {ANA, BEN, CLEO}
    except Unclear as unclear:
        told = str(unclear)
        assert "\n" not in told
        assert len(told) < 200
        assert "\u202e" not in told


def test_a_puppet_stands_for_whom_it_shows():
    puppet = "@_voice_ana=3ahs:hs"
    assert named(puppet) == [ANA]
    assert named(f"{puppet}, Ben") == [ANA, BEN]
    assert named(f"https://matrix.to/#/{puppet}") == [ANA]
