"""The operator's own templates: read from their folder and compared with the shipped ones that they replace.

A template may show what the shipped one of its name shows, in any of its branches. It may build on other templates,
also on the one that it replaces, and must keep what others need of it: its blocks, and its macros.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from monitor.config.problems import did_you_mean, shown
from monitor.errors import ConfigError
from monitor.model import OwnTemplate
from monitor.render import template_parts
from monitor.render.template_parts import SyntaxMistake, TemplateParts
from monitor.render.templates import SHIPPED, shipped_names
from monitor.resources import folder

_INTRODUCTION = """\
# Templates and their fields

<!-- Made by `monitor config templates > docs/templates.md`. -->

These are the templates that yours may replace, and what each of them may show; [branding.md](branding.md) says how.
`trials[].name` is the name of each of the trials: `{% for trial in trials %}{{ trial.name }}{% endfor %}`.

## Every template"""
_SEE = "`monitor config templates` lists them."
#: What `loop` has in a `for`, the groups of `groupby`, and a `cycler`.
_PYTHON = (
    "index",
    "index0",
    "revindex",
    "revindex0",
    "first",
    "last",
    "length",
    "cycle",
    "previtem",
    "nextitem",
    "changed",
    *("grouper", "list", "next", "current", "reset"),
)


@dataclass(frozen=True, slots=True)
class Allowed:
    """The fields that a template may show: their paths, and last names where the path cannot be known."""

    fields: frozenset[str]
    names: frozenset[str]


def read(place: Path) -> tuple[tuple[OwnTemplate, ...], list[str]]:
    """The templates in the folder `place`, and a sentence for each mistake, beginning with its file and line."""
    if not place.is_dir():
        return (), [f"{place} is not a folder. Make it, or delete the key."]
    found: list[OwnTemplate] = []
    mistakes: list[str] = []
    for file in sorted(place.rglob("*")):
        name = file.relative_to(place).as_posix()
        if not file.is_file() or name.startswith(".") or "/." in name or name.endswith(("~", "#")):
            continue  # hidden, or an editor's
        if name not in shipped_names():
            mistakes.append(f"{name}: no template of this name ships.{_similar(name)} {_SEE}")
            continue
        try:
            found.append(OwnTemplate(name, file, file.read_text(encoding="utf-8-sig")))
        except OSError as error:
            mistakes.append(f"{name}: cannot be read: {error.strerror}.")
        except UnicodeDecodeError:
            mistakes.append(f"{name}: not UTF-8 text. Save the file as UTF-8.")
    for template in found:
        mistakes.extend(f"{template.name}, line {line}: {text}" for line, text in sorted(_problems(template)))
    return tuple(found), mistakes


def fields_of(name: str) -> tuple[str, ...]:
    """The fields that the template `name` may show, as paths; a list's elements are marked with []."""
    return tuple(sorted(_allowed(name).fields))


def reference_text() -> str:
    """The text of docs/templates.md."""
    parts = [_INTRODUCTION, _listed(_GIVEN)]
    parts += [f"## `{name}`\n\n{_listed(_allowed(name).fields - _GIVEN)}" for name in shipped_names()]
    return "\n\n".join(parts) + "\n"


def _listed(fields: Iterable[str]) -> str:
    """The fields in a line; one that has fields itself is named by those."""
    every = sorted(fields)
    outer = {path for path in every if any(other.startswith((f"{path}.", f"{path}[")) for other in every)}
    return " · ".join(f"`{path}`" for path in every if path not in outer) or "Only what every template may show."


def shipped_text(name: str) -> str:
    """The shipped template `name`. Raises ConfigError when there is none."""
    if name not in shipped_names():
        raise ConfigError(f"{shown(name)}: no template of this name ships.{_similar(name)} {_SEE}")
    return (folder("templates") / name).read_text(encoding="utf-8")


def _similar(name: str) -> str:
    if not name.endswith((".html", ".txt")):
        return " Only .html and .txt files belong there; colours and logo are set under branding:."
    by_last = [known for known in shipped_names() if known.rpartition("/")[2] == name.rpartition("/")[2]]
    return f' Did you mean "{by_last[0]}"?' if len(by_last) == 1 else did_you_mean(name, shipped_names())


def _problems(template: OwnTemplate) -> Iterator[tuple[int, str]]:
    """Every mistake in a template, with its line."""
    is_html = template.name.endswith(".html")
    try:
        parts = template_parts.read(template.text, is_html=is_html)
    except SyntaxMistake as mistake:
        yield mistake.line, f"{str(mistake).rstrip('.')}."
        return
    allowed, shipped = _allowed(template.name), _shipped(template.name)
    yield from _unknown(parts.fields, lambda path: _is_allowed(path, allowed, template.name), allowed.fields)
    last_names = {path.rpartition(".")[2] for path in allowed.fields}
    known_names = allowed.names | last_names | _exported(parts) | parts.defined | set(_PYTHON)
    yield from _unknown(parts.names, known_names.__contains__, known_names)
    for what, line in parts.unknown.items():
        yield line, f"there is no {what}."
    yield from _references(template.name, parts, allowed)
    yield from _lost(template.name, parts, shipped)


def _references(name: str, parts: TemplateParts, allowed: Allowed) -> Iterator[tuple[int, str]]:
    """Templates that cannot be built on: none of that name, the same again, one that shows what is not there."""
    for other, line in parts.references.items():
        bare = other.removeprefix(f"{SHIPPED}/")
        if bare not in shipped_names():
            yield line, f"builds on {shown(other)}, which does not ship.{did_you_mean(other, shipped_names())}"
        elif other == name:
            yield line, f'builds on itself. Write "{SHIPPED}/{name}" to build on the shipped one.'
        elif absent := sorted(_roots(_allowed(bare).fields) - _roots(allowed.fields)):
            yield line, f"builds on {other}, which shows {', '.join(absent)}, and that is not there in {name}."


def _roots(fields: Iterable[str]) -> set[str]:
    return {path.partition(".")[0].partition("[")[0] for path in fields}


def _unknown(
    used: Mapping[str, int], is_known: Callable[[str], bool], known: Iterable[str]
) -> Iterator[tuple[int, str]]:
    """The fields that are not known; of a path only its first unknown part."""
    wrong = [path for path in used if not is_known(path)]
    for path in wrong:
        if not any(path.startswith((f"{other}.", f"{other}[")) for other in wrong):
            yield used[path], f'"{path}" is not a field of this template.{did_you_mean(path, known)} {_SEE}'


def _is_allowed(path: str, allowed: Allowed, name: str) -> bool:
    """Mails show what the shipped ones show; pages also hand values to macros, where only the last name is known."""
    if path in allowed.fields:
        return True
    outer, _, last = path.rpartition(".")
    return name.startswith("pages/") and bool(outer) and last in allowed.names


def _lost(name: str, parts: TemplateParts, shipped: TemplateParts) -> Iterator[tuple[int, str]]:
    """What other templates need of this one and it does not have."""
    if parts.extends:
        there = _inherited(parts.extends)
        for block in sorted(parts.blocks.keys() - there):
            yield parts.blocks[block], f'"{block}" is no block of {parts.extends}.{did_you_mean(block, there)}'
    elif not shipped.extends:
        for block in sorted(shipped.blocks.keys() - parts.defined):
            yield 1, f"lacks {{% block {block} %}}{{% endblock %}}, where other templates put their part."
    others = any(name in _shipped(other).references for other in shipped_names() if other != name)
    for exported, parameters in sorted(shipped.exports.items()) if others and not parts.extends else ():
        if exported not in parts.exports:
            yield 1, f"lacks {exported}, which other templates use."
        elif parts.exports[exported][: len(parameters)] != parameters:
            yield 1, f"{exported} must have the parameters {', '.join(parameters)}, as other templates call it so."


def _inherited(name: str) -> set[str]:
    """The blocks of a template and of those that it extends; none for what does not ship, which is told already."""
    name = name.removeprefix(f"{SHIPPED}/")
    if name not in shipped_names():
        return set()
    return _shipped(name).defined | (_inherited(_shipped(name).extends) if _shipped(name).extends else set())


def _exported(parts: TemplateParts) -> set[str]:
    """The names that the templates on which this one builds give it."""
    names = (name.removeprefix(f"{SHIPPED}/") for name in parts.references)
    return {exported for name in names if name in shipped_names() for exported in _shipped(name).exports}


@cache
def _allowed(name: str) -> Allowed:
    """What the shipped template shows, with those that it builds on, and with its other form, text or HTML."""
    family: dict[str, TemplateParts] = {}
    waiting = [name]
    if name.rpartition("/")[2].startswith("body."):
        waiting += [other for other in shipped_names() if other.startswith(name.rpartition(".")[0] + ".")]
    while waiting:
        if (one := waiting.pop()) not in family:
            family[one] = _shipped(one)
            waiting += family[one].references
    fields = {path for parts in family.values() for path in parts.fields}
    names = {last for parts in family.values() for last in (*parts.names, *parts.exports)}
    return Allowed(frozenset(fields | _GIVEN), frozenset(names))


#: What every template knows of the language and of the branding.
_GIVEN = frozenset(
    (
        "language",
        "direction",
        "brand",
        "brand.name",
        "brand.footer",
        "brand.footer_lines",
        "brand.logo",
        "brand.logo.scaled",
        "brand.light",
        "brand.dark",
        *(f"brand.{mode}.{colour}" for mode in ("light", "dark") for colour in ("accent", "background", "on_accent")),
    )
)


@cache
def _shipped(name: str) -> TemplateParts:
    return template_parts.read(shipped_text(name), is_html=name.endswith(".html"))
