"""What changed between two dates: the update of a living systematic review."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor import store
from monitor.export.document import Block, Document, Grid, Heading, Paragraph, document, titled
from monitor.model import AnswerRecord, Article, Change, ChangeKind, Topic, Verdict
from monitor.reports import runs
from monitor.reports.searches import MADE_BY
from monitor.store import Tx

COLUMNS = ("at", "change", "pmid", "title", "journal", "first public on", "design", "about the question", "what", "url")

#: The changes by what a reviewer does with them, in the order of the report.
_GROUPS = {
    "New reports": (ChangeKind.NEW, ChangeKind.CITING, ChangeKind.UNREAD),
    "Retractions, concerns and corrections": (
        ChangeKind.RETRACTED,
        ChangeKind.REINSTATED,
        ChangeKind.CONCERN,
        ChangeKind.CORRECTED,
    ),
    "Changed records": (ChangeKind.REVISED, ChangeKind.GONE, ChangeKind.REAPPEARED, ChangeKind.MERGED),
    "Changed searches and question": (ChangeKind.SEARCH_CHANGED, ChangeKind.QUESTION_CHANGED),
}


@dataclass(frozen=True, slots=True)
class Period:
    """From after `start` to `end`, both instants in UTC."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class _Update:
    """The answer at the start and at the end, those between, the changes, and the articles and verdicts they are of.

    `citing` are articles that are new and cite the seed: they are told once.
    """

    before: AnswerRecord | None
    after: AnswerRecord | None
    between: Sequence[AnswerRecord]
    changes: Sequence[Change]
    citing: frozenset[str]
    articles: dict[str, Article]
    verdicts: dict[str, Verdict]


def rows(tx: Tx, key: str, period: Period) -> list[tuple[str, ...]]:
    """The answer at the start, each change, each new answer, the answer at the end; in the order of COLUMNS."""
    found = _read(tx, key, period)
    changes = sorted([*(_cells(found, one) for one in found.changes), *map(_new_answer, found.between)])
    return [
        _answer_row(period.start, "answer at the start", found.before),
        *changes,
        _answer_row(period.end, "answer at the end", found.after),
    ]


def update(tx: Tx, key: str, topic: Topic | None, period: Period, now: datetime) -> Document:
    """The report; `topic` is None when it is no longer configured."""
    found = _read(tx, key, period)
    blocks: list[Block] = [
        Paragraph(topic.question.text if topic else f"Topic {key}, no longer configured."),
        Paragraph(f"Period: {period}. Written by {MADE_BY} on {now:%Y-%m-%d}."),
        Heading("The answer"),
        Paragraph(f"At the start: {_sentence(found.before)}"),
        Paragraph(f"At the end: {_sentence(found.after)}"),
        Paragraph(_comparison(found)),
    ]
    for name, kinds in _GROUPS.items():
        blocks += _group(name, [_cells(found, one) for one in found.changes if one.kind in kinds])
    blocks += [Heading("Searches in this period"), _searches(tx, key, period)]
    return document(f"Update: {topic.name if topic else key}", MADE_BY, now, blocks)


def _read(tx: Tx, key: str, period: Period) -> _Update:
    history = store.answers.history(tx, key)
    between = [one for one in history if period.start < one.at <= period.end]
    changes = [one for one in store.changes.since(tx, key, period.start) if one.at <= period.end]
    pmids = {change.pmid for change in changes if change.pmid}
    people = store.screenings.current(tx, key)
    new = {change.pmid for change in changes if change.kind is ChangeKind.NEW}
    citing = frozenset(change.pmid for change in changes if change.kind is ChangeKind.CITING and change.pmid in new)
    return _Update(
        before=_last(history, period.start),
        after=_last(history, period.end),
        between=between,
        changes=[one for one in changes if one.kind is not ChangeKind.ANSWER and not _is_told(one, citing)],
        citing=citing,
        articles=store.articles.known(tx, pmids),
        verdicts=store.verdicts.current(tx, key, pmids) | {pmid: people[pmid] for pmid in pmids & people.keys()},
    )


def _is_told(change: Change, citing: frozenset[str]) -> bool:
    """Is it told with the article itself, which is new?"""
    return change.kind is ChangeKind.CITING and change.pmid in citing


def _last(history: Sequence[AnswerRecord], at: datetime) -> AnswerRecord | None:
    return next((one for one in reversed(history) if one.at <= at), None)


def _sentence(held: AnswerRecord | None) -> str:
    return held.answer.sentence if held else "There was no answer yet."


def _comparison(found: _Update) -> str:
    if not found.between:
        return "The answer did not change."
    dates = ", ".join(f"{one.at:%Y-%m-%d}" for one in found.between)
    known = {trial.key for trial in found.before.answer.trials} if found.before else set()
    new = [trial.name for trial in (found.after.answer.trials if found.after else ()) if trial.key not in known]
    return f"It changed on {dates}." + (f" Trials that are new in it: {'; '.join(new)}." if new else "")


def _group(name: str, changes: Sequence[tuple[str, ...]]) -> Iterator[Block]:
    yield Heading(f"{name}: {len(changes):,}")
    if changes:
        yield Grid(titled(COLUMNS[:-1]), tuple(row[:-1] for row in changes))
    else:
        yield Paragraph("None.")


def _cells(found: _Update, change: Change) -> tuple[str, ...]:
    article, verdict = found.articles.get(change.pmid), found.verdicts.get(change.pmid)
    return (
        runs.at(change.at),
        "new, cites the seed" if change.kind is ChangeKind.NEW and change.pmid in found.citing else str(change.kind),
        change.pmid,
        article.title if article else "",
        article.journal if article else "",
        str(article.first_public_on or "") if article else "",
        str(verdict.design) if verdict else "",
        ("yes" if verdict.relevance.is_match else "no") if verdict else "",
        _what(change),
        f"https://pubmed.ncbi.nlm.nih.gov/{change.pmid}/" if change.pmid else "",
    )


def _what(change: Change) -> str:
    """What is to be told of a change beyond its kind."""
    parts = [change.why, f"found by {change.search}" if change.search and change.pmid else ""]
    parts += [f"{one.field}: “{one.old}” became “{one.new}”" for one in change.revisions]
    if change.notice:
        said = change.notice
        parts.append(" ".join(part for part in (said.ref_type, said.citation) if part))
        parts += [part for part in (said.source and f"according to {said.source}", said.reason) if part]
    if change.merged_into:
        parts.append(f"now PMID {change.merged_into}")
    return "; ".join(part for part in parts if part)


def _new_answer(held: AnswerRecord) -> tuple[str, ...]:
    return _answer_row(held.at, "answer changed", held)


def _answer_row(at: datetime, what: str, held: AnswerRecord | None) -> tuple[str, ...]:
    return (runs.at(at), what, "", "", "", "", "", "", _sentence(held), "")


def _searches(tx: Tx, key: str, period: Period) -> Block:
    """How each search went: records at its first and last run within the period, and runs that failed."""
    names = store.searches.recorded(tx, key)
    found = [(one.name, *runs.cells(run)) for one in names for run in _runs_within(tx, key, one.name, period)]
    if not found:
        return Paragraph("None was run.")
    return Grid(("Search", *runs.COLUMNS), tuple(found))


def _runs_within(tx: Tx, key: str, name: str, period: Period) -> list[runs.Run]:
    polls = store.polls.since(tx, key, name, period.start)
    return runs.runs(poll for poll in polls if period.start < poll.started_at <= period.end)
