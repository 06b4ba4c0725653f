"""The keys that the model knows, as paths: for overrides, suggestions and tests."""

from collections.abc import Iterator

from pydantic.fields import FieldInfo

from haos_voice_bridge.config.model import Config, Section

KeyPath = tuple[str, ...]


def leaves(
    model: type[Section] = Config, prefix: KeyPath = ()
) -> Iterator[tuple[KeyPath, FieldInfo]]:
    """Every key that holds a value, in the order of the model."""
    for name, field in model.model_fields.items():
        section = _section_of(field)
        if section is None:
            yield (*prefix, name), field
        else:
            yield from leaves(section, (*prefix, name))


def names_in(path: KeyPath) -> list[str]:
    """The keys of the section at this path; none if there is no such section."""
    model: type[Section] | None = Config
    for name in path:
        field = model.model_fields.get(name) if model else None
        model = _section_of(field) if field else None
    return list(model.model_fields) if model else []


def dotted(path: KeyPath) -> str:
    """`livekit.api_key`."""
    return ".".join(path)


def _section_of(field: FieldInfo) -> type[Section] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None
