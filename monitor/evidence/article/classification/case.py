"""One record on the table, and what is found of its design."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from monitor.evidence.article.classification import publication_types
from monitor.evidence.article.classification.rules import RuleBook
from monitor.evidence.article.text import Reading
from monitor.model import Article, Basis, Design, Level, NoticeKind, Role

#: A trial is named; "atrial" and "industrial" name none.
_TRIAL = re.compile(r"\b(?:(?<!field )trials?|rcts?|further report)\b")


@dataclass(frozen=True, slots=True)
class Finding:
    """A design with its level, its role in a trial if it has one, and the reasons in the order they counted."""

    design: Design
    level: Level
    basis: tuple[Basis, ...]
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One record on the table: the article, its words, its types and the rules; `heard` keeps what they said.

    `is_of_animals`: the question is about animals, so that a trial in them is a trial.
    """

    article: Article
    reading: Reading
    types: dict[str, str]
    book: RuleBook
    is_of_animals: bool
    heard: dict[str, Basis | None] = field(default_factory=dict)

    def says(self, group: str) -> Basis | None:
        """The first rule of `group` that speaks about this record."""
        if group not in self.heard:
            self.heard[group] = self.book.find(group, self.reading)
        return self.heard[group]

    def says_any(self, *groups: str) -> Basis | None:
        """The first of these groups that speaks about this record."""
        return next(filter(None, map(self.says, groups)), None)

    def typed(self, *uis: str) -> Basis | None:
        """The first of these publication types that the record carries."""
        return next((Basis("type", "publication types", self.types[ui]) for ui in uis if ui in self.types), None)

    def level(self, spoken: Basis) -> Level:
        """INDEXED for a type set by people, STATED for words of the record."""
        if spoken.field != "publication types":
            return Level.STATED
        return Level.INDEXED if publication_types.is_indexed_by_people(self.article) else Level.STATED


def linked_as(article: Article, kind: NoticeKind) -> Basis | None:
    """The first link by which this record is a notice of this kind about another one."""
    links = (n for n in article.notices if n.kind is kind and not n.about_this)
    return next((Basis("link", "notices", n.ref_type) for n in links), None)


def comment_role(case: Case) -> Role | None:
    """The role of a letter or an editorial: a comment where it is linked as one."""
    return Role.COMMENT if linked_as(case.article, NoticeKind.COMMENT) else None


def names_a_trial(case: Case) -> bool:
    """Whether the record speaks of a trial, or of random allocation, at all."""
    texts = (case.reading.plain_title, case.reading.plain_abstract)
    return any("random" in text or (_may_name_one(text) and _TRIAL.search(text)) for text in texts)


def _may_name_one(text: str) -> bool:
    """Whether it is worth looking for the name of a trial, which takes much longer."""
    return "trial" in text or "rct" in text or "further report" in text
