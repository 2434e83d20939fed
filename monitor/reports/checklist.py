"""The items of PRISMA-S, answered from what is stored, "not recorded" where only a person can tell.

The items are those of Rethlefsen ML and others, PRISMA-S, Syst Rev 2021;10:39 (doi:10.1186/s13643-020-01542-z);
the words are ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.model import Search, SearchEdit, SearchKind
from monitor.reports.flow import Flow
from monitor.reports.runs import Run

NOT_RECORDED = "Not recorded; to be stated by the authors of the review."
_SEARCHED = "one database was searched, through one platform"
#: Tags of PubMed's fields that limit rather than describe the subject: language, dates, subset, publication type, sex.
_LIMITING = re.compile(
    r"(?:\"[^\"]*\"|[\w/:\-]+)\s*\[\s*(?:la|lang|language|dp|pdat|edat|crdt|mhda|date - \w+|sb|subset|filter|pt|ptyp|"
    r"publication type)\s*\]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the answers rest on: each search (and whether it is active), its runs, the edits, the flow, the source."""

    source: str
    searches: Sequence[tuple[Search, bool]]
    runs: dict[str, list[Run]]
    edits: Sequence[SearchEdit]
    flow: Flow


def answers(facts: Facts) -> list[tuple[str, str, str]]:
    """Number, subject and answer of each of the 16 items."""
    by_kind = {kind: [one.name for one, _ in facts.searches if one.kind is kind] for kind in SearchKind}
    return [
        ("1", "Database and platform", f"PubMed; {facts.source}."),
        ("2", "Several databases at once", f"Not applicable: {_SEARCHED}."),
        ("3", "Study registries", "No registry is searched. Registry numbers are taken from PubMed's records; trials "
         "that the operator lists are shown without a result until one is published."),
        ("4", "Online resources and browsing", f"Not applicable: {_SEARCHED}."),
        ("5", "Citation searching", _by_links(by_kind[SearchKind.CITING], "articles that cite the seed")),
        ("6", "Contacts", "Not applicable: nobody is asked for further studies."),
        ("7", "Other methods", _by_links(by_kind[SearchKind.SIMILAR], "articles similar to the seed")),
        ("8", "Full strategies", "Under “Searches as run”, exactly as sent."),
        ("9", "Limits and restrictions", _limits(facts)),
        ("10", "Search filters", f"None is added by Monitor. A published filter within a query: {NOT_RECORDED}"),
        ("11", "Strategies of earlier work", NOT_RECORDED),
        ("12", "Updates", _updates(facts)),
        ("13", "Dates of the searches", _dates(facts)),
        ("14", "Peer review of the strategy", NOT_RECORDED),
        ("15", "Records found", _total(facts.flow)),
        ("16", "Deduplication", DEDUPLICATION),
    ]  # fmt: skip


DEDUPLICATION = (
    "By PMID: a record that several searches find is held once, and records that PubMed merges are followed to the one "
    "that remains. Reports of one trial are grouped by registry number and by a person's decisions."
)


def _by_links(names: Sequence[str], what: str) -> str:
    if not names:
        return "Not applicable: no search of the topic does this."
    return f"{what.capitalize()}, as PubMed links them (ELink): {', '.join(names)}."


def _limits(facts: Facts) -> str:
    queries = {run.query for runs in facts.runs.values() for run in runs} | {one.query for one, _ in facts.searches}
    limits = sorted({found[0] for query in queries for found in _LIMITING.finditer(query)})
    within = f" Within the queries: {'; '.join(limits)}." if limits else " The queries have no such term either."
    return f"Monitor adds none: no limit of date, language or type.{within}"


def _updates(facts: Facts) -> str:
    active = sorted({one.every for one, is_active in facts.searches if is_active})
    if not active:
        return "No longer updated: no search of the topic is configured any more."
    every = " or ".join(map(span, active))
    return f"Every {every}; each poll asks for the whole list of matches, without a window of dates."


def span(length: timedelta) -> str:
    """ "2 days", "6 hours", "1 day 12 hours"."""
    hours = round(length.total_seconds() / 3600)
    parts = [(hours // 24, "day"), (hours % 24, "hour")] if hours else [(round(length.total_seconds() / 60), "minute")]
    return " ".join(f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in parts if number)


def _dates(facts: Facts) -> str:
    told = [
        f"{name}: {found[0].first_at:%Y-%m-%d} to {found[-1].last_at:%Y-%m-%d}"
        for name, found in facts.runs.items()
        if found
    ]
    return "; ".join(told) + "." if told else "No search has been run yet."


def _total(flow: Flow) -> str:
    each = "; ".join(f"{name}: {number:,}" for name, number in flow.found)
    return f"{flow.distinct:,} different records" + (f" ({each})." if each else ".")
