"""How many records were found, read, judged and counted in the answer, as in the flow diagram of PRISMA 2020."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor import store
from monitor.model import Answer, Verdict
from monitor.store import Tx

#: Designs named in the flow; the rest are summed up.
_NAMED = 6


@dataclass(frozen=True, slots=True)
class Flow:
    """The numbers of each step; each step is the one before without what was left out there.

    `found` is the records that each search ever listed, `distinct` the different ones of them. `not_read` have no
    record that could be read; `not_judged` are held under another PMID, or not judged yet. `not_about` has reasons with
    numbers, `not_counted` designs with numbers. `reports` are those of the `trials` that the answer counts;
    `linked` of these are not among the records about the question, but known to be of the same trials.
    """

    found: tuple[tuple[str, int], ...]
    distinct: int
    not_read: int
    read: int
    not_judged: int
    judged: int
    by_people: int
    not_about: tuple[tuple[str, int], ...]
    about: int
    not_counted: tuple[tuple[str, int], ...]
    reports: int
    linked: int
    trials: int

    @property
    def duplicates(self) -> int:
        """Records that more than one search found, each counted as often as it was found again."""
        return sum(number for _, number in self.found) - self.distinct

    def steps(self) -> list[tuple[list[str], list[str]]]:
        """Each step in words, with what was left out there."""
        found = [f"{name}: {number:,}" for name, number in self.found]
        total = sum(number for _, number in self.found)
        return [
            ([f"Found by the searches: {total:,} records", *found], [f"Duplicates (same PMID): {self.duplicates:,}"]),
            ([f"Different records: {self.distinct:,}"], [f"Not read: {self.not_read:,}"]),
            ([f"Read (screened): {self.read:,}"], [f"Not judged: {self.not_judged:,}"]),
            (
                [f"Judged: {self.judged:,}", f"by a person: {self.by_people:,}"],
                _listed("Not about the question", self.not_about),
            ),
            ([f"About the question: {self.about:,}"], _listed("Not in a counted trial", self.not_counted)),
            ([f"Counted in the answer: {self.trials:,} trials", self._reports()], []),
        ]

    def _reports(self) -> str:
        return f"in {self.reports:,} reports" + (f", {self.linked:,} of them linked to a trial" if self.linked else "")


def _listed(what: str, parts: Sequence[tuple[str, int]]) -> list[str]:
    return [f"{what}: {sum(number for _, number in parts):,}", *(f"{name}: {number:,}" for name, number in parts)]


def flow(tx: Tx, topic: str) -> Flow:
    """The flow of a topic as it stands."""
    verdicts = _effective(tx, topic)
    held = store.answers.current(tx, topic)
    counted = _counted(held.answer if held else None)
    about = {pmid for pmid, verdict in verdicts.items() if verdict.relevance.is_match}
    read, distinct = store.articles.count_on_record(tx, topic), store.matches.count_ever(tx, topic)
    reports = {pmid for pmids in counted for pmid in pmids}
    return Flow(
        found=tuple(store.matches.counts_ever(tx, topic).items()),
        distinct=distinct,
        not_read=distinct - read,
        read=read,
        not_judged=read - len(verdicts),
        judged=len(verdicts),
        by_people=sum(verdict.by != "rules" for verdict in verdicts.values()),
        not_about=_most_common(_why_not(one) for one in verdicts.values() if not one.relevance.is_match),
        about=len(about),
        not_counted=_most_common(str(verdicts[pmid].design) for pmid in sorted(about - reports)),
        reports=len(reports),
        linked=len(reports - about),
        trials=len(counted),
    )


def _effective(tx: Tx, topic: str) -> dict[str, Verdict]:
    """The verdict that counts on each article of the topic that was read: a person's if there is one."""
    on_record = set(store.articles.pmids_in_topic(tx, topic))
    by_rules = {verdict.pmid: verdict for verdict in store.verdicts.all_current(tx, topic)}
    every = by_rules | store.screenings.current(tx, topic)
    return {pmid: verdict for pmid, verdict in every.items() if pmid in on_record}


def _counted(answer: Answer | None) -> list[list[str]]:
    """The PMIDs of the reports of each trial that the answer counts."""
    trials = answer.trials if answer else ()
    return [[report.pmid for report in trial.reports if report.pmid] for trial in trials if trial.is_counted]


def _why_not(verdict: Verdict) -> str:
    if verdict.by != "rules":
        return "by a person's judgement"
    relevance = verdict.relevance
    if not relevance.intervention and not relevance.population:
        return "names neither treatment nor condition"
    if not relevance.intervention:
        return "does not name the treatment"
    return "names both in another role" if relevance.population else "does not name the condition"


def _most_common(reasons: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts = Counter(reasons).most_common()
    rest = sum(number for _, number in counts[_NAMED:])
    return (*counts[:_NAMED], *([("others", rest)] if rest else []))
