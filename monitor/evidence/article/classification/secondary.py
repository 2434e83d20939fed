"""Is the record a further look at a trial (its subgroups, costs, conduct, extension) or its main report? Pure."""

from __future__ import annotations

from dataclasses import replace

from monitor.evidence.article.classification.case import Case, Finding, names_a_trial
from monitor.evidence.article.classification.rules import pattern
from monitor.evidence.article.text import Reading, lowered, sentences
from monitor.model import Basis, Design, Level, Role


def secondary(case: Case) -> Finding | None:
    """A further look at a trial, or the extension of one; None for its main report."""
    if not names_a_trial(case) or not (spoken := _secondary_words(case)):
        return None
    allocated = case.says_any("random_title", "random_act", "random_design", "random_weak")
    if not allocated and not _draws_on_a_trial(spoken):
        return None
    extension = case.says("extension")
    role = Role.EXTENSION if extension else Role.SECONDARY_ANALYSIS
    basis = tuple(b for b in (extension, spoken, allocated) if b)
    return Finding(Design.SECONDARY_ANALYSIS, Level.STATED, basis, role)


def _secondary_words(case: Case) -> Basis | None:
    """A statement that this is a further look at a trial; a title about predictors is one unless it claims one."""
    spoken = case.says("secondary")
    if spoken and spoken.field == "title" and _tells_the_result(case):
        spoken = case.book.find("secondary", _without_additions(case))
    return spoken or (None if case.says("random_title") else case.says("secondary_kind"))


def _without_additions(case: Case) -> Reading:
    """The record without what its title says it reports beside the result: "… and economic evaluation"."""
    title = pattern("main.reports_beside").sub(lambda found: "·" * len(found[0]), case.reading.plain_title)
    return replace(case.reading, plain_title=title)


def _tells_the_result(case: Case) -> bool:
    """Whether the abstract allocates people and compares them on something else than costs and conduct."""
    if not case.says("random_act") and not case.says("random_title"):
        return False
    compared = case.book.groups["results_compared"]
    return any(
        rule.pattern.search(low) and not pattern("main.costs_or_conduct").search(low)
        for low in (lowered(text) for _, text in sentences(case.reading.raw_abstract))
        for rule in compared
    )


def _draws_on_a_trial(spoken: Basis) -> bool:
    """Without words of allocation a further look needs more than a title about predictors or costs."""
    return spoken.rule != "secondary.title_kind" and not spoken.words.lower().startswith(("cost", "economic"))
