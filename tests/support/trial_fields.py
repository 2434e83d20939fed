"""Trials of several fields that are told in the same words, and the direction that is stated of each."""

from __future__ import annotations

from dataclasses import dataclass

from monitor import evidence
from monitor.evidence.article import json_lines
from monitor.model import Direction


@dataclass(frozen=True, slots=True)
class Field:
    """What a trial is of: its treatment, comparator and outcome, and what is told before the results."""

    new: str
    old: str
    outcome: str
    people: str

    def before(self) -> str:
        """Background, allocation and method of a trial of two arms, so long that the trained vote decides."""
        return (
            f"{self.people.capitalize()} need treatment for {self.outcome}, and little is known of how the choice "
            f"between the two that are in use matters to them. We enrolled {self.people} at four centres between 2009 "
            f"and 2012 after written consent. In all, 124 {self.people} were randomly assigned to {self.new} (n = 62) "
            f"or {self.old} (n = 62) for twelve weeks. Assessors did not know the allocation. We recorded "
            f"{self.outcome} at the start and at four, eight and twelve weeks. Analysis was by intention to treat."
        )

    def told(self, text: str) -> str:
        """A result in the words of this field."""
        return text.format(new=self.new, New=self.new.capitalize(), old=self.old, outcome=self.outcome)


FIELDS = [
    Field("lemon balm tea", "chamomile tea", "poor sleep", "nurses on night duty"),
    Field("silver dressings", "honey dressings", "leg ulcers", "patients"),
    Field("a once-daily inhaler", "a twice-daily inhaler", "night-time cough", "adolescents"),
    Field("group counselling", "single counselling", "smoking relapse", "smokers"),
    Field("gel eye drops", "watery eye drops", "dry eye", "office workers"),
    Field("heated mattresses", "plain mattresses", "back pain", "pensioners"),
]


def direction_of(title: str, abstract: str) -> Direction | None:
    """The direction that is stated of one report."""
    text = {"pmid": "1", "title": title, "abstract": abstract, "publication_types": ["Journal Article"]}
    verdict = evidence.assess(json_lines.article_of(text), None)
    stated = verdict.statement.direction if verdict.statement else None
    return None if stated is Direction.NOT_STATED else stated


def in_every_field(text: str, title: str = "{New} or {old} for {outcome}: a randomised trial") -> set[Direction | None]:
    """What is stated where the same is told in each field."""
    return {direction_of(one.told(title), f"{one.before()} {one.told(text)}") for one in FIELDS}
