"""The rules as data: patterns with ids, read once from `rules.toml`, and how one rule speaks about one record."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from monitor.evidence.article.guarded import Guarded, guarded
from monitor.evidence.article.stems import Needs, Stems
from monitor.evidence.article.text import Reading, windows
from monitor.model import Basis

_FOLDER = Path(__file__).parents[2]
_FILES = ("rules.toml", "result.toml", "model.json", "result_model.json")


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern. It is tried only where one of `needs` occurs; `field` is "title", "abstract" or "any".

    With `is_plain` it reads the words before blanking: "a larger randomised trial" is a wish in most
    sentences, and the trial that this record draws on in others.
    """

    id: str
    group: str
    field: str
    needs: Needs
    pattern: re.Pattern[str]
    is_plain: bool

    def find(self, reading: Reading) -> Basis | None:
        """What this rule has to say about a record: the field and the exact words, or None."""
        if not (needs := self.needs.among(reading.stems)):
            return None
        if self.field != "abstract":
            title = reading.plain_title if self.is_plain else reading.title
            spoken = self._search(title, reading.raw_title, "title", needs)
            if spoken or self.field == "title":
                return spoken
        abstract = reading.plain_abstract if self.is_plain else reading.abstract
        return self._search(abstract, reading.raw_abstract, "abstract", needs)

    def _search(self, text: str, raw: str, field: str, needs: tuple[str, ...]) -> Basis | None:
        for start, end in windows(text, needs):
            if match := self.pattern.search(text, start, end):
                return Basis(self.id, field, raw[match.start() : match.end()].strip())
        return None


@dataclass(frozen=True, slots=True)
class Blank:
    """Words that state nothing about the record they stand in; blanked before the rules read it.

    With `field` "abstract" they stay in titles: a title wishes for nothing. A dear expression is only tried on a
    sentence that holds one of `also`, too.
    """

    id: str
    field: str
    needs: Needs
    also: tuple[str, ...]
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules, by group, in the order of the file."""

    blanks: tuple[Blank, ...]
    groups: dict[str, tuple[Rule, ...]]
    patterns: dict[str, Guarded]
    stems: Stems

    def find(self, group: str, reading: Reading) -> Basis | None:
        """The first rule of `group` that speaks, as a Basis."""
        for rule in self.groups[group]:
            if spoken := rule.find(reading):
                return spoken
        return None

    def rule_ids(self) -> tuple[str, ...]:
        """Every id, as `monitor explain` lists them."""
        return tuple(rule.id for rules in self.groups.values() for rule in rules)


def _version() -> str:
    """The declared version and a digest of the packaged rules and model: any change in them is a new version."""
    digest = hashlib.sha256()
    for name in _FILES:
        path = _FOLDER / name
        if path.exists():
            digest.update(path.read_bytes())
    return f"{_DECLARED}+{digest.hexdigest()[:8]}"


#: Raised by hand when the code that applies the rules changes what it decides.
_DECLARED = "6"

#: Stored with every verdict; a stored verdict of another version is judged again by `monitor reassess`.
RULES_VERSION = _version()


@cache
def book() -> RuleBook:
    """The rules of `rules.toml`, compiled at first use."""
    raw = tomllib.loads((_FOLDER / "rules.toml").read_text(encoding="utf-8"))
    groups: dict[str, list[Rule]] = defaultdict(list)
    for entry in raw["rule"]:
        rule = _rule(entry)
        groups[rule.group].append(rule)
    blanks = tuple(_blank(entry) for entry in raw["blank"])
    patterns = guarded({name: re.compile(text) for name, text in raw["patterns"].items()}, raw["needs"])
    needs = [blank.needs for blank in blanks] + [rule.needs for rules in groups.values() for rule in rules]
    return RuleBook(blanks, {name: tuple(rules) for name, rules in groups.items()}, patterns, Stems(needs))


def pattern(name: str) -> re.Pattern[str]:
    """One of the expressions for details, directions and relevance, by its id."""
    return book().patterns[name].regex


def find(name: str, text: str) -> re.Match[str] | None:
    """The first match of one of these in a lower-case text; a dear one is only tried where it may match."""
    return book().patterns[name].search(text)


def _blank(entry: dict[str, Any]) -> Blank:
    needs, also = Needs(entry["needs"]), tuple(entry.get("also", ()))
    return Blank(entry["id"], entry.get("field", "any"), needs, also, re.compile(entry["pattern"]))


def _rule(entry: dict[str, Any]) -> Rule:
    needs, is_plain = Needs(entry["needs"]), entry.get("is_plain", False)
    return Rule(entry["id"], entry["group"], entry["field"], needs, re.compile(entry["pattern"]), is_plain)
