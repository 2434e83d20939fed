"""The frozen values of the model, dataclasses and Structs alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from msgspec import Struct, structs


def field_names(thing: Any) -> tuple[str, ...]:
    """The names of the fields of a dataclass or Struct; () of anything else."""
    if isinstance(thing, Struct):
        return thing.__struct_fields__
    return tuple(f.name for f in fields(thing)) if is_dataclass(thing) and not isinstance(thing, type) else ()


def with_fields(thing: Any, changed: Mapping[str, Any]) -> Any:
    """A dataclass or Struct with these fields changed."""
    return structs.replace(thing, **changed) if isinstance(thing, Struct) else replace(thing, **changed)
