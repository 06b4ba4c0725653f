"""What is written is what is read, byte for byte the same value again."""

import json
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haos_voice_bridge.adapters.db import codec
from haos_voice_bridge.core.call import Idle, Room
from haos_voice_bridge.core.effects import Effect
from tests.adapters.db.values import by_kind, rooms


@given(rooms)
@settings(max_examples=150, deadline=None)
def test_a_room_comes_back_as_it_was(room):
    assert codec.room_from_text(codec.room_to_text(room)) == room


@pytest.mark.parametrize("kind", get_args(Effect), ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_an_effect_comes_back_as_it_was(kind, data):
    effect = data.draw(by_kind[kind])
    again = codec.effect_from_text(codec.effect_to_text(effect))
    assert again == effect
    assert type(again) is kind


def test_a_room_of_an_earlier_version_takes_the_defaults():
    earlier = json.dumps({"room_id": "!a:hs", "bot": "joined"})
    room = codec.room_from_text(earlier)
    assert room == Room("!a:hs", bot="joined")
    assert room.call == Idle()
