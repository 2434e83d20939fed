"""Every rule tried on one record and what it matched: for `monitor explain` and the pages that explain a claim."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.evidence.article.classification.rules import book
from monitor.evidence.article.text import read
from monitor.model import Article


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule; `field` and `words` are "" where it did not speak."""

    rule: str
    field: str = ""
    words: str = ""


def rules_tried(article: Article) -> list[Tried]:
    """All rules in the order of the file, those that spoke with the field and the exact words."""
    rules = book()
    reading = read(article, rules.blanks, rules.stems)
    found = []
    for group in rules.groups.values():
        for rule in group:
            spoken = rule.find(reading)
            found.append(Tried(rule.id, spoken.field, spoken.words) if spoken else Tried(rule.id))
    return found
