"""What the models say, for editors (JSON Schema) and for people (docs/configuration.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from monitor.config.document import DocumentPart
from monitor.config.secrets import OTHER, VARIABLES

#: One schema object as pydantic makes it.
Schema = dict[str, Any]

INTRODUCTION = """\
# Configuration

<!-- Made by `monitor config docs > docs/configuration.md`; edit the descriptions in monitor/config instead. -->

Monitor reads one YAML file, by default `config/monitor.yaml` (name another with `--config FILE` or the variable
`MONITOR_CONFIG`), and a few secrets from the environment. `monitor check` tells every mistake at once, with its line.
The shipped file is complete for its topic; three places are marked FILL IN.

Values are taken as typed: `no`, `07:00` and `12h` need no quotes. Lengths of time are a number and a unit:
`30m`, `12h`, `1d`, `2w`. A key that is not listed here is a mistake, not ignored.

Editors that know JSON Schema complete and check the file as you type: `config/monitor.schema.json` (printed by
`monitor config schema`), named in the first line of the shipped file.
"""
ENVIRONMENT = """\
## Secrets and the environment

Secrets never stand in the file. Each of the first six variables has a twin ending in `_FILE` that names a file
holding the value; set one of the two, or mount a folder of files and name it in `MONITOR_SECRETS`.

| variable | what for |
|---|---|
"""


def schema() -> Schema:
    """The JSON Schema of the configuration file."""
    made = DocumentPart.model_json_schema()
    _strip_titles(made)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of Monitor",
        **{key: value for key, value in made.items() if key != "title"},
    }


def schema_text() -> str:
    """The schema as committed in config/monitor.schema.json."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def docs_text() -> str:
    """docs/configuration.md, whole."""
    made = schema()
    parts = [INTRODUCTION, *_section(made, made, "The top level", "", {}), ENVIRONMENT.rstrip()]
    rows = [f"| `{name}` | {text} |" for name, text in {**VARIABLES, **OTHER}.items()]
    return "\n".join([*parts, *rows, ""])


def _strip_titles(node: object) -> None:
    """Pydantic repeats each key as a title; editors show the description without it."""
    if isinstance(node, dict):
        if isinstance(node.get("title"), str):
            del node["title"]
        for value in node.values():
            _strip_titles(value)
    elif isinstance(node, list):
        for value in node:
            _strip_titles(value)


def _section(root: Schema, part: Schema, heading: str, path: str, told: dict[int, str]) -> Iterator[str]:
    """One table a block; a kind of block that was told before only says where (`told`: its path by identity)."""
    yield f"## {heading}\n"
    if path:
        yield f"{part.get('description', '')}\n"
    if id(part) in told:
        yield f"Keys as in `{told[id(part)]}`.\n"
        return
    told[id(part)] = path
    yield "| key | kind | default | meaning |\n|---|---|---|---|"
    deeper = []
    for name, field in part["properties"].items():
        inner, is_list = _inner_part(root, field)
        yield _row(name, {**(inner or {}), **field}, is_required=name in part.get("required", ()))
        if inner:
            suffix = "[]" if is_list else ".<topic>" if name == "topics" else ""
            deeper.append((inner, f"{path}.{name}{suffix}".lstrip(".")))
    yield ""
    for inner, inner_path in deeper:
        yield from _section(root, inner, f"`{inner_path}`", inner_path, told)


def _inner_part(root: Schema, field: Schema) -> tuple[Schema | None, bool]:
    """The block a key opens, and whether it is a list of them."""
    for candidate in [field, *field.get("anyOf", ())]:
        free_keys = candidate.get("additionalProperties")
        for place in (candidate, candidate.get("items"), free_keys):
            if isinstance(place, dict) and "$ref" in place:
                return root["$defs"][place["$ref"].rpartition("/")[2]], place is candidate.get("items")
    return None, False


def _row(name: str, field: Schema, *, is_required: bool) -> str:
    default = "**required**" if is_required else _default(field.get("default"))
    examples = field.get("examples")
    example = f" Example: `{_plain(examples[0])}`." if examples else ""
    meaning = (field.get("description", "") + example).replace("|", "\\|")
    return f"| `{name}` | {_kind(field)} | {default} | {meaning} |"


def _default(value: object) -> str:
    return "" if value is None or value == [] or isinstance(value, dict) else f"`{_plain(value)}`"


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _kind(field: Schema) -> str:
    choices = [field, *field.get("anyOf", ())]
    if words := next((choice["enum"] for choice in choices if "enum" in choice), None):
        return " · ".join(f"`{word}`" for word in words)
    if any("$ref" in choice or "additionalProperties" in choice or "allOf" in choice for choice in choices):
        return "block"
    kinds = [choice.get("format") or choice.get("type") for choice in choices if choice.get("type") != "null"]
    named = {"array": "list", "string": "text", "integer": "whole number", "boolean": "true or false", "uri": "address"}
    kind = next((kind for kind in kinds if kind), "text")
    return "text" if isinstance(kind, list) else named.get(kind, kind)
