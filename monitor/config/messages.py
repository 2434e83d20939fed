"""Validation errors of pydantic → messages for the operator: what is wrong and what to do, with the line."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from difflib import get_close_matches

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from monitor.config.document import DocumentPart
from monitor.config.problems import Problem, Where, did_you_mean, dotted, shown
from monitor.config.yaml_lines import Document

#: Keys that would contain a secret, and the environment variable for it.
SECRETS = {
    "password": "MONITOR_SMTP_PASSWORD",
    "smtp_password": "MONITOR_SMTP_PASSWORD",
    "api_key": "MONITOR_NCBI_API_KEY",
    "ncbi_api_key": "MONITOR_NCBI_API_KEY",
    "imap_password": "MONITOR_IMAP_PASSWORD",
    "dkim_key": "MONITOR_DKIM_KEY",
    "private_key": "MONITOR_DKIM_KEY",
    "secret_key": "MONITOR_SECRET_KEY",
    "secret_keys": "MONITOR_SECRET_KEY",
}
MISPLACED = (
    "a secret does not belong in this file. Delete it here, change it where it came from, and set {0} or {0}_FILE."
)

#: What was expected, by pydantic's error type.
EXPECTED = {
    "string_type": "must be text, not a list or a block of keys.",
    "list_type": 'must be a list: one line "- …" for each entry.',
    "dict_type": "must be a block: keys on indented lines below.",
    "model_type": "must be a block: keys on indented lines below.",
    "bool_type": "must be true or false.",
    "bool_parsing": "must be true or false.",
    "int_type": "must be a whole number.",
    "int_parsing": "must be a whole number.",
    "int_parsing_size": "is far too large a number.",
    "float_type": "must be a number.",
    "float_parsing": "must be a number.",
    "finite_number": "must be a number.",
    "string_too_short": "empty. Write a value, or delete the key.",
    "too_short": "empty. At least one entry is needed.",
}


def problems(error: ValidationError, document: Document) -> list[Problem]:
    """Every validation error with the line of its key."""
    return [_problem(detail, document) for detail in error.errors(include_url=False)]


def _problem(detail: ErrorDetails, document: Document) -> Problem:
    where: Where = tuple(part for part in detail["loc"] if part != "[key]")
    return Problem(document.line(where), dotted(where), _sentence(detail, where))


def _sentence(detail: ErrorDetails, where: Where) -> str:
    kind, value = detail["type"], detail["input"]
    context = detail.get("ctx", {})
    if kind == "monitor":
        return str(context["text"])
    if kind == "extra_forbidden":
        return _unknown_key(where)
    if kind == "missing":
        return f"missing.{_describe(where)}"
    if value is None or value in ("", [], {}):
        return f"empty.{_describe(where)}"
    if kind == "literal_error":
        choices = [part.strip("' ") for part in str(context["expected"]).replace(" or ", ", ").split(",")]
        return f"{shown(value)} is none of {', '.join(choices)}.{did_you_mean(str(value), choices)}"
    if kind == "string_pattern_mismatch":
        return f"{shown(value)} is not a name. Use lower-case letters, digits, - and _, no spaces."
    if kind.startswith("date"):
        return f"{shown(value)} is not a day. Write it as 2012-03-16."
    if kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than"):
        return f"{shown(value)} is out of range: {detail['msg'].removeprefix('Input ')}."
    text = EXPECTED.get(kind, f"cannot be used: {detail['msg']}.")
    return f"{shown(value)} {text}" if isinstance(value, str) and not text.startswith("empty") else text


def _unknown_key(where: Where) -> str:
    key = str(where[-1])
    siblings = set(_fields(where[:-1]))
    if secret := _secret(where, siblings):
        return MISPLACED.format(secret)
    if guess := did_you_mean(key, siblings):
        return f"unknown key.{guess}"
    homes = [place or "the top level" for place, fields in _all_parts(DocumentPart, "") if key in fields]
    return (
        f"unknown key. It belongs under {homes[0]}." if homes else f"unknown key. Known: {', '.join(sorted(siblings))}."
    )


def _secret(where: Where, siblings: set[str]) -> str:
    """The environment variable for a key that would contain a secret, also if it is misspelt; "" for other keys."""
    near = get_close_matches(str(where[-1]).casefold(), [*SECRETS, *siblings], n=1, cutoff=0.8)
    if near == ["password"] and "bounces" in where:
        return SECRETS["imap_password"]
    return SECRETS.get(near[0], "") if near else ""


def _describe(where: Where) -> str:
    """The description of the key at `where` and an example."""
    name = str(where[-1]) if where else ""
    field = _fields(where[:-1]).get(name)
    if field is None:
        return " Write a value, or delete the key."
    example = f" For example: {field.examples[0]}" if field.examples else ""
    return f" {field.description}{example}"


def _fields(where: Where) -> dict[str, FieldInfo]:
    """The fields of the block at `where`; {} when there is no such block."""
    kind: object = DocumentPart
    for step in where:
        if _is_part(kind):
            field = kind.model_fields.get(str(step))
            kind = _unwrapped(field.annotation) if field else None
        else:
            kind = _unwrapped(typing.get_args(kind)[-1]) if typing.get_args(kind) else None
    return dict(kind.model_fields) if _is_part(kind) else {}


def _is_part(candidate: object) -> typing.TypeGuard[type[BaseModel]]:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def _unwrapped(annotation: object) -> object:
    """The type without `| None` and without Annotated."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _unwrapped(typing.get_args(annotation)[0])
    if isinstance(annotation, types.UnionType):
        return _unwrapped(typing.get_args(annotation)[0])
    return annotation


def _element(annotation: object) -> object:
    """The element type of a list or of a block with free keys; otherwise the type itself."""
    kind = _unwrapped(annotation)
    arguments = typing.get_args(kind)
    return _unwrapped(arguments[-1]) if arguments else kind


def _all_parts(part: type[BaseModel], path: str) -> Iterator[tuple[str, set[str]]]:
    yield path, set(part.model_fields)
    for name, field in part.model_fields.items():
        inner = _element(field.annotation)
        if _is_part(inner):
            middle = f"{name}.<topic>" if name == "topics" else name
            yield from _all_parts(inner, f"{path}.{middle}".lstrip("."))
