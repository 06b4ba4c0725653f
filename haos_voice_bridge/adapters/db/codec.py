"""Core values as JSON text. Pydantic reads the core's dataclasses; the core knows nothing of it."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from haos_voice_bridge.core.call import Room
from haos_voice_bridge.core.effects import Effect

_ROOM: TypeAdapter[Room] = TypeAdapter(Room)
_EFFECT: TypeAdapter[Effect] = TypeAdapter(Annotated[Effect, Field(discriminator="kind")])


def room_to_text(room: Room) -> str:
    """A room as JSON."""
    return _ROOM.dump_json(room).decode()


def room_from_text(text: str) -> Room:
    """The room that `room_to_text` wrote; fields added since take their defaults."""
    return _ROOM.validate_json(text)


def effect_to_text(effect: Effect) -> str:
    """An effect as JSON."""
    return _EFFECT.dump_json(effect).decode()


def effect_from_text(text: str) -> Effect:
    """The effect that `effect_to_text` wrote."""
    return _EFFECT.validate_json(text)
