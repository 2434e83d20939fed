"""Trials that are known from elsewhere: which records they are, and whether a replay found them and counted them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from monitor.errors import ConfigError
from monitor.model import Article, Control, SearchKind, Topic, Trial, Verdict
from monitor.model.values.doi import normal_doi
from monitor.ports import Progress
from monitor.strategy.kept_answers import KeptAnswers
from monitor.strategy.past import PastPubMed, listed_on
from monitor.strategy.replay import Replayed
from monitor.strategy.structure import blocks

#: Characters of a part of a query that are shown in a reason.
_SHOWN = 90


@dataclass(frozen=True, slots=True)
class SoughtTrial:
    """A trial as it was named: by PMID, DOI or registry number; `pmids` are its records in PubMed."""

    named: str
    name: str = ""
    pmids: tuple[str, ...] = ()


class Fate(StrEnum):
    """What became of a known trial in a replay, from the best to the worst."""

    COUNTED = "counted"
    JUDGED_OTHERWISE = "found, judged otherwise"
    LATER = "matched, but not yet in the period"
    UNMATCHED = "not matched by the query"
    NOT_LISTED = "never listed in PubMed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One known trial with its fate, the record it is about, the day it counted from, and why in a sentence."""

    trial: SoughtTrial
    fate: Fate
    why: str
    pmid: str = ""
    title: str = ""
    on: date | None = None

    @property
    def is_missed(self) -> bool:
        """Would subscribers not have been told of this trial as one?"""
        return self.fate is not Fate.COUNTED


def of_topic(topic: Topic) -> list[SoughtTrial]:
    """The trials that the configuration of a topic names."""
    return [SoughtTrial(trial.number, trial.name) for trial in topic.known_trials]


def read_file(file: Path) -> list[SoughtTrial]:
    """One PMID, DOI or registry number a line, then perhaps a name; # begins a remark. Raises ConfigError."""
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"Cannot read {file}: {error}. Name a text file with --known.") from error
    rows = (re.split(r"[\s,;]+", line.split("#")[0].strip(), maxsplit=1) for line in lines)
    found = [SoughtTrial(row[0], row[1].strip() if len(row) > 1 else "") for row in rows if row[0]]
    wrong = [one.named for one in found if not (one.named.isdecimal() or "/" in one.named or _is_number(one.named))]
    if wrong:
        raise ConfigError(f"{file}: {', '.join(wrong[:5])}: not a PMID, a DOI or a registry number.")
    return found


def with_records(trials: Iterable[SoughtTrial], kept: KeptAnswers, progress: Progress) -> list[SoughtTrial]:
    """The trials with the PMIDs of their records, each trial once. Raises UpstreamError."""
    return [SoughtTrial(one.named, one.name, _pmids(one, kept, progress)) for one in dict.fromkeys(trials)]


def _pmids(trial: SoughtTrial, kept: KeptAnswers, progress: Progress) -> tuple[str, ...]:
    if trial.named.isdecimal():
        return tuple(kept.fetch([trial.named], progress))
    doi = normal_doi(trial.named) if "/" in trial.named and not _is_number(trial.named) else ""
    query = f'"{doi}"[doi]' if doi else f'{trial.named}[si] OR "{trial.named}"[tiab]'
    listed = sorted(kept.search(query), key=int)[:100]
    # PubMed searches other fields when it does not know a phrase, so the records themselves are checked.
    found = kept.fetch(listed, progress).values()
    return tuple(a.pmid for a in found if (a.doi == doi if doi else trial.named.upper() in a.registry_numbers))


def _is_number(text: str) -> bool:
    return re.match(r"[A-Za-z]{2,}\D{0,3}\d|\d{4}-\d{6}", text) is not None


class Tracing:
    """Finds out what became of known trials: see `outcomes`."""

    def __init__(self, topic: Topic, past: PastPubMed, replayed: Replayed, until: date, kept: KeptAnswers) -> None:
        self._topic, self._past, self._replayed, self._until, self._kept = topic, past, replayed, until, kept
        self._matched = frozenset[str]().union(*(one.pmids for one in past.found.values()), *past.links.values())

    def outcomes(self, trials: Sequence[SoughtTrial], progress: Progress) -> list[Outcome]:
        """The fate of each trial; where several records report it, that of the best. Raises UpstreamError."""
        pmids = sorted({pmid for trial in trials for pmid in trial.pmids}, key=int)
        articles = self._kept.fetch(pmids, progress)
        lacking = self._lacking([pmid for pmid in pmids if pmid not in self._matched])
        return [self._best(trial, articles, lacking) for trial in trials]

    def _best(self, trial: SoughtTrial, articles: dict[str, Article], lacking: dict[str, list[str]]) -> Outcome:
        fates = list(Fate)
        found = [self._outcome(trial, articles[pmid], lacking) for pmid in trial.pmids if pmid in articles]
        found.sort(key=lambda one: fates.index(one.fate))
        return found[0] if found else Outcome(trial, Fate.NOT_LISTED, f"No record in PubMed has {trial.named}.")

    def _outcome(self, trial: SoughtTrial, article: Article, lacking: dict[str, list[str]]) -> Outcome:
        fate, why, on = self._fate(article, lacking)
        return Outcome(trial, fate, why, article.pmid, article.title, on)

    def _fate(self, article: Article, lacking: dict[str, list[str]]) -> tuple[Fate, str, date | None]:
        listed, reasons = listed_on(article), lacking.get(article.pmid, [])
        if reasons:
            return Fate.UNMATCHED, " ".join(reasons), listed
        if counted := self._counted(article.pmid):
            earlier = " It was counted on the first day already." if counted[0] == self._replayed.steps[0].on else ""
            return Fate.COUNTED, _said(counted[1]) + earlier, counted[0]
        if verdict := self._replayed.verdicts.get(article.pmid):
            return Fate.JUDGED_OTHERWISE, judged(verdict, self._trial(article.pmid)), listed
        why = "only its headings match, and it was indexed later" if listed and listed <= self._until else ""
        return Fate.LATER, f"PubMed has it since {listed or 'an unknown day'}{'; ' + why if why else ''}.", listed

    def _counted(self, pmid: str) -> tuple[date, Trial] | None:
        """The first day on which a counted trial had this report, and that trial."""
        for step in self._replayed.steps:
            for trial in step.record.answer.trials:
                if trial.is_counted and trial.status == "reported" and any(r.pmid == pmid for r in trial.reports):
                    return step.on, trial
        return None

    def _trial(self, pmid: str) -> Trial | None:
        last = self._replayed.steps[-1].record.answer if self._replayed.steps else None
        trials = (*last.trials, *last.silent_trials) if last else ()
        return next((trial for trial in trials if any(report.pmid == pmid for report in trial.reports)), None)

    def _lacking(self, pmids: Sequence[str]) -> dict[str, list[str]]:
        """For each of `pmids` that no search matches: what of each search its record lacks, in sentences."""
        searches = [search for search in self._topic.searches if search.kind is SearchKind.QUERY]
        reasons: dict[str, list[str]] = {pmid: [] for pmid in pmids}
        matched: set[str] = set()
        for search in searches if pmids else ():
            parts = list(self._blocks(search.query, pmids))
            failing = {pmid: [block for block, passing in parts if pmid not in passing] for pmid in pmids}
            matched |= {pmid for pmid, failed in failing.items() if not failed}
            for pmid, failed in failing.items():
                reasons[pmid].append(f"Search “{search.name}”: {'; '.join(map(_sentence, failed))}.")
        return {pmid: sentences for pmid, sentences in reasons.items() if pmid not in matched}

    def _blocks(self, query: str, pmids: Sequence[str]) -> Iterator[tuple[str, frozenset[str]]]:
        """Each part of the query that a record must match, with those of `pmids` that match it."""
        among = " OR ".join(f"{pmid}[uid]" for pmid in pmids)
        for block in blocks(query):
            found = self._kept.search(f"({among}) AND ({block.removeprefix('NOT ')})")
            yield block, frozenset(pmids) - found if block.startswith("NOT ") else found


def judged(verdict: Verdict, trial: Trial | None) -> str:
    """Why an article is not counted as a trial of the question, by which words. Pure."""
    words = dict.fromkeys(basis.words.strip() for basis in verdict.basis if basis.words.strip())
    by = f", by the words {' and '.join(f'“{word}”' for word in list(words)[:3])}" if words else ""
    if not verdict.relevance.is_match:
        return f"Not about the question. {verdict.relevance.why_not} Its design: {verdict.design}{by}."
    role = f", {verdict.role}" if verdict.role else ""
    state = f" Its trial: {trial.status}." if trial and trial.status != "reported" else ""
    return f"Judged “{verdict.design}”{role} ({verdict.level}){by}.{state}"


def _said(trial: Trial) -> str:
    size = f", {trial.sample_size:,} people" if trial.sample_size else ""
    said = trial.statement.direction if trial.statement else "not stated"
    control = "" if trial.control is Control.NOT_STATED else f", control: {trial.control}"
    return f"{'Randomised' if trial.randomized else 'Controlled'}{control}{size}; its authors report {said}."


def _sentence(block: str) -> str:
    is_excluding = block.startswith("NOT ")
    text = block.removeprefix("NOT ")
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()} …"
    return f"its NOT excludes the record: {shown}" if is_excluding else f"the record does not match {shown}"
