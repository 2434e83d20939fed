"""Which reports are one trial: grouped by what ties them, with the reason kept; an operator's word outranks all.

A registry number joins reports that name it alone; a record that lists several joins none by itself.
Where numbers are missing, linked notices, then authors with sample size, names or titles tie reports together.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from monitor.evidence.question.likeness import likeness, words_of_the_field
from monitor.language.messages import message
from monitor.model import Article, Design, Judged, NoticeKind, Question, Role, TrialLink

#: Reports that can be part of a trial of the question.
TRIAL_DESIGNS = frozenset({Design.RANDOMIZED, Design.CONTROLLED, Design.PROTOCOL, Design.SECONDARY_ANALYSIS})
_ATTACHED = frozenset(
    {Design.ERRATUM, Design.RETRACTION_NOTICE, Design.CONCERN_NOTICE, Design.COMMENT, Design.EDITORIAL, Design.LETTER}
)
#: What authors write while they have no registry number yet: NCT00000000, NCT12345678, NCT99999999.
_PLACEHOLDER = re.compile(r"[A-Z]+[/-]?(?:(\d)\1{5,}|0?12345678?9?0?)")

#: A DOI in the citation of a link that has no PMID.
_DOI = re.compile(r"\b10\.\d{4,9}/\S+[^\s.;,)]")
_C = "why one trial"
_JOINED = message(_C, "joined by %(person)s: %(reason)s")
_SAME_NUMBER = message(_C, "same registry number %(number)s")
_LINKED = message(_C, "linked as %(kind)s")
_LINKED_TO = message(_C, "linked as %(kind)s %(pmid)s")


@dataclass(slots=True)
class Group:
    """Reports of one trial. `why` says for each PMID what tied it to the others; `unsure` are tied by likeness."""

    reports: list[Judged]
    why: dict[str, str] = field(default_factory=dict)
    attached: list[Judged] = field(default_factory=list)
    unsure: frozenset[str] = frozenset()

    @property
    def numbers(self) -> tuple[str, ...]:
        """Registry numbers of reports that list exactly one."""
        return tuple(dict.fromkeys(n for r in self.reports if (n := single_number(r.article))))


def single_number(article: Article) -> str:
    """The registry number of a record that lists exactly one, else ""; a placeholder is no number."""
    numbers = [number for number in article.registry_numbers if not _PLACEHOLDER.fullmatch(number)]
    return numbers[0] if len(numbers) == 1 else ""


def group(judged: Iterable[Judged], links: Sequence[TrialLink] = (), question: Question | None = None) -> list[Group]:
    """The trials of the question among `judged`, oldest report first; terms of `question` are no names of trials."""
    everything = list(judged)
    reports = [j for j in everything if is_report(j)]
    reports.sort(key=_age)
    groups = _Union(reports, links)
    groups.join_operator()
    groups.join_numbers()
    groups.join_notices()
    groups.join_likeness(words_of_the_field((report.article for report in reports), question))
    found = groups.groups()
    _attach(found, everything)
    return found


def is_report(judged: Judged) -> bool:
    """True for a report of a trial that tests the question's intervention in its population."""
    verdict = judged.effective
    if verdict.design is Design.PROTOCOL and verdict.role is not Role.PROTOCOL and judged.screening is None:
        return False
    return verdict.design in TRIAL_DESIGNS and verdict.relevance.is_match


def _age(judged: Judged) -> tuple[str, str]:
    day = judged.article.first_public_on
    return (day.isoformat() if day else "9999", judged.article.pmid.zfill(12))


class _Union:
    """Disjoint sets of reports that never bring together what an operator split."""

    def __init__(self, reports: Sequence[Judged], links: Sequence[TrialLink]) -> None:
        self.reports = {r.article.pmid: r for r in reports}
        self.links = _latest(links)
        self.parent = {pmid: pmid for pmid in self.reports}
        self.why: dict[str, str] = {}
        self.unsure: set[str] = set()

    def find(self, pmid: str) -> str:
        while self.parent[pmid] != pmid:
            pmid = self.parent[pmid]
        return pmid

    def members(self, pmid: str) -> list[str]:
        root = self.find(pmid)
        return [p for p in self.parent if self.find(p) == root]

    def join(self, pmid: str, other: str, why: str, *, is_sure: bool = True) -> None:
        one, two = self.find(pmid), self.find(other)
        if one == two or any(self._is_split(a, b) for a in self.members(one) for b in self.members(two)):
            return
        order = list(self.reports)
        elder, younger = sorted((one, two), key=order.index)
        self.parent[younger] = elder
        newcomer = pmid if self.find(pmid) != pmid or order.index(pmid) > order.index(other) else other
        self.why.setdefault(newcomer, why)
        if not is_sure:
            self.unsure.add(newcomer)

    def _is_split(self, pmid: str, other: str) -> bool:
        link = self.links.get(frozenset((pmid, other)))
        return link is not None and not link.joined

    def join_operator(self) -> None:
        for link in self.links.values():
            if link.joined and link.pmid in self.reports and link.other_pmid in self.reports:
                self.join(link.pmid, link.other_pmid, _JOINED(person=link.by, reason=link.because))

    def join_numbers(self) -> None:
        holders: dict[str, str] = {}
        for pmid, report in self.reports.items():
            if number := single_number(report.article):
                first = holders.setdefault(number, pmid)
                if first != pmid:
                    self.join(pmid, first, _SAME_NUMBER(number=number))

    def join_notices(self) -> None:
        by_doi = {r.article.doi.lower(): pmid for pmid, r in self.reports.items() if r.article.doi}
        for pmid, report in self.reports.items():
            for notice in report.article.notices:
                cited = _DOI.search(notice.citation.lower())
                other = notice.pmid or (by_doi.get(cited[0], "") if cited else "")
                if other in self.reports and other != pmid and notice.kind is not NoticeKind.COMMENT:
                    self.join(pmid, other, _LINKED(kind=notice.ref_type))

    def join_likeness(self, common: frozenset[str]) -> None:
        pmids = list(self.reports)
        for position, pmid in enumerate(pmids):
            for other in pmids[:position]:
                if self._numbers_differ(pmid, other):
                    continue
                if tie := likeness(self.reports[pmid], self.reports[other], common):
                    self.join(pmid, other, tie.why, is_sure=tie.is_sure)

    def _numbers_differ(self, pmid: str, other: str) -> bool:
        one = {single_number(self.reports[p].article) for p in self.members(pmid)} - {""}
        two = {single_number(self.reports[p].article) for p in self.members(other)} - {""}
        return bool(one and two and not one & two)

    def groups(self) -> list[Group]:
        by_root: dict[str, list[str]] = defaultdict(list)
        for pmid in self.reports:
            by_root[self.find(pmid)].append(pmid)
        return [
            Group(
                [self.reports[p] for p in pmids],
                {p: self.why[p] for p in pmids if p in self.why},
                unsure=frozenset(self.unsure.intersection(pmids)),
            )
            for pmids in by_root.values()
        ]


def _latest(links: Sequence[TrialLink]) -> dict[frozenset[str], TrialLink]:
    """The operator's last word on each pair."""
    return {frozenset((link.pmid, link.other_pmid)): link for link in links}


def _attach(groups: list[Group], everything: list[Judged]) -> None:
    """Errata, notices and comments go to the trial whose report they are linked with."""
    place = {r.article.pmid: g for g in groups for r in g.reports}
    for judged in everything:
        if judged.effective.design not in _ATTACHED or judged.article.pmid in place:
            continue
        for notice in judged.article.notices:
            if not notice.about_this and notice.pmid in place:
                home = place[notice.pmid]
                home.attached.append(judged)
                home.why[judged.article.pmid] = _LINKED_TO(kind=notice.ref_type, pmid=notice.pmid)
                break
