"""Published search filters for randomised trials, run on the same records as the rules for comparison.

Sources: PubMed's publication type; Cochrane's highly sensitive search strategy in both versions
(Lefebvre and others, Cochrane Handbook); PubMed Clinical Queries, therapy (Haynes and others); one keyword.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from dataset import Row

_RANDOMIZED_TYPE = "Randomized Controlled Trial"
_CONTROLLED_TYPE = "Controlled Clinical Trial"


def _words(pattern: str, *, where: str = "title and abstract") -> Callable[[Row], bool]:
    compiled = re.compile(pattern, re.IGNORECASE)
    if where == "title":
        return lambda row: bool(compiled.search(row.title))
    return lambda row: bool(compiled.search(row.title) or compiled.search(row.abstract))


_randomized = _words(r"\brandomi[sz]ed\b")
_placebo = _words(r"\bplacebo\b")
_randomly = _words(r"\brandomly\b")
_trial = _words(r"\btrial\b")
_groups = _words(r"\bgroups\b")
_trial_title = _words(r"\btrial\b", where="title")
_random = _words(r"\brandom")
_clinical = _words(r"\bclinical\b")
_controlled = _words(r"\bcontrolled\b")


def publication_type(row: Row) -> bool:
    """Randomized Controlled Trial [pt]."""
    return _RANDOMIZED_TYPE in row.types


def _is_animal_only(row: Row) -> bool:
    return "Animals" in row.mesh and "Humans" not in row.mesh


def sensitive_strategy(row: Row) -> bool:
    """Highly sensitive search strategy, sensitivity version; subheadings are not in these rows."""
    typed = publication_type(row) or _CONTROLLED_TYPE in row.types
    said = any(has(row) for has in (_randomized, _placebo, _randomly, _trial, _groups))
    return (typed or said) and not _is_animal_only(row)


def precise_strategy(row: Row) -> bool:
    """The same, sensitivity- and precision-maximizing version."""
    typed = publication_type(row) or _CONTROLLED_TYPE in row.types or "Clinical Trials as Topic" in row.mesh
    said = any(has(row) for has in (_randomized, _placebo, _randomly, _trial_title))
    return (typed or said) and not _is_animal_only(row)


def clinical_queries_broad(row: Row) -> bool:
    """Clinical Queries, therapy, broad."""
    typed = any(name.startswith("Clinical Trial") for name in row.types) or publication_type(row)
    return typed or (_clinical(row) and _trial(row)) or _random(row) or "Random Allocation" in row.mesh


def clinical_queries_narrow(row: Row) -> bool:
    """Clinical Queries, therapy, narrow."""
    return publication_type(row) or (_randomized(row) and _controlled(row) and _trial(row))


def keyword(row: Row) -> bool:
    """One line: "randomized" or "randomised" in title or abstract."""
    return _randomized(row)


FILTERS: dict[str, Callable[[Row], bool]] = {
    "publication type": publication_type,
    "highly sensitive strategy, sensitivity": sensitive_strategy,
    "highly sensitive strategy, precision": precise_strategy,
    "Clinical Queries, broad": clinical_queries_broad,
    "Clinical Queries, narrow": clinical_queries_narrow,
    "one keyword: randomi[sz]ed": keyword,
}
