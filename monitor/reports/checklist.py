"""The items of PRISMA-S, answered from what is stored, "not recorded" where only a person can tell.

The items are those of Rethlefsen ML and others, PRISMA-S, Syst Rev 2021;10:39 (doi:10.1186/s13643-020-01542-z);
the words are ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import Search, SearchEdit, SearchKind, SourceName
from monitor.reports.flow import Flow
from monitor.reports.runs import Run, at, span
from monitor.reports.sources_section import TITLE, AskedSource
from monitor.watch.outside import plan

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
    """What the answers rest on: each search (and whether it is active), its runs, the edits, the flow, the source.

    `source` is how PubMed is asked, `others` are the sources besides PubMed.
    """

    source: str
    searches: Sequence[tuple[Search, bool]]
    runs: dict[str, list[Run]]
    edits: Sequence[SearchEdit]
    flow: Flow
    others: Sequence[AskedSource] = ()


def answers(facts: Facts) -> list[tuple[str, str, str]]:
    """Number, subject and answer of each of the 16 items."""
    by_kind = {kind: [one.name for one, _ in facts.searches if one.kind is kind] for kind in SearchKind}
    return [
        ("1", "Database and platform", f"PubMed; {facts.source}.{_listed(facts, plan.PREPRINTS, 'Preprints')}"),
        ("2", "Several databases at once", _at_once(facts)),
        ("3", "Study registries", _listed(facts, plan.REGISTRIES, "Searched").strip() or _NO_REGISTRY),
        ("4", "Online resources and browsing", _online(facts)),
        ("5", "Citation searching", _cited(facts, by_kind[SearchKind.CITING])),
        ("6", "Contacts", "Nobody is asked for further studies; the contact persons that registries name are neither "
         "stored nor written to."),
        ("7", "Other methods", _by_links(by_kind[SearchKind.SIMILAR], "articles similar to the seed")),
        ("8", "Full strategies", _strategies(facts)),
        ("9", "Limits and restrictions", _limits(facts)),
        ("10", "Search filters", f"None is added by Monitor. A published filter within a query: {NOT_RECORDED}"),
        ("11", "Strategies of earlier work", NOT_RECORDED),
        ("12", "Updates", _updates(facts)),
        ("13", "Dates of the searches", _dates(facts)),
        ("14", "Peer review of the strategy", NOT_RECORDED),
        ("15", "Records found", _total(facts)),
        ("16", "Deduplication", f"{DEDUPLICATION}{_JOINED if facts.others else ''}"),
    ]  # fmt: skip


DEDUPLICATION = (
    "By PMID: a record that several searches find is held once, and records that PubMed merges are followed to the one "
    "that remains. Reports of one trial are grouped by registry number and by a person's decisions."
)


_NO_REGISTRY = (
    "No registry is searched. Registry numbers are taken from PubMed's records; trials that the operator lists are "
    "shown without a result until one is published."
)
_JOINED = (
    " Registry entries are joined with each other and with reports by registry number, citing works by PMID, then by "
    "DOI, preprints with their articles by links and relations, else by title and authors, notices by DOI, "
    "then by PMID."
)


def _listed(facts: Facts, group: Sequence[SourceName], what: str) -> str:
    """The sources of a group with their interface and when they last answered; "" when none was ever asked."""
    its = [one for one in facts.others if one.name in group]
    each = "; ".join(f"{one.name.label}, {one.interface} ({_last(one)})" for one in its)
    return f" {what}: {each}." if each else ""


def _last(one: AskedSource) -> str:
    ended = "" if one.is_on else ", no longer asked"
    last = one.state.last_success_at
    return (f"last answer {at(last)}" if last else "no answer yet") + ended


def _at_once(facts: Facts) -> str:
    return "Not applicable: each source is asked by itself." if facts.others else f"Not applicable: {_SEARCHED}."


def _online(facts: Facts) -> str:
    return _listed(facts, plan.RETRACTIONS, "Lists of retractions").strip() or (
        "No website or list is browsed." if facts.others else f"Not applicable: {_SEARCHED}."
    )


def _cited(facts: Facts, searches: Sequence[str]) -> str:
    indexes = _listed(facts, plan.INDEXES, "Citation indexes, asked for works that cite the seed")
    if not searches and indexes:
        return indexes.strip()
    return _by_links(searches, "articles that cite the seed") + indexes


def _strategies(facts: Facts) -> str:
    others = f" and under “{TITLE}”" if facts.others else ""
    return f"Under “Searches as run”{others}, exactly as sent."


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
    others = f" Sources besides PubMed: see “{TITLE}”." if facts.others else ""
    return f"Every {every}; each poll asks for the whole list of matches, without a window of dates.{others}"


def _dates(facts: Facts) -> str:
    told = [
        f"{name}: {found[0].first_at:%Y-%m-%d} to {found[-1].last_at:%Y-%m-%d}"
        for name, found in facts.runs.items()
        if found
    ]
    others = [
        f"{one.name.label}: last answer {one.state.last_success_at:%Y-%m-%d}"
        for one in facts.others
        if one.state.last_success_at
    ]
    return "; ".join((*told, *others)) + "." if told else "No search has been run yet."


def _total(facts: Facts) -> str:
    each = "; ".join(f"{name}: {number:,}" for name, number in facts.flow.found)
    found = f"{facts.flow.distinct:,} different records" + (f" ({each})." if each else ".")
    others = "; ".join(f"{one.name.label}: {one.in_words}" for one in facts.others if one.held)
    return f"{found} Besides PubMed: {others}." if others else found
