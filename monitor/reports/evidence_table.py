"""The trials of a topic's answer as a systematic review tabulates them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from monitor import store
from monitor.evidence.conclude import standing
from monitor.evidence.question.in_words.for_readers import TrialRow, trial_table
from monitor.export.document import Block, Document, Grid, Paragraph, document, titled
from monitor.model import AnswerRecord, Topic, Trial
from monitor.reports.searches import MADE_BY
from monitor.store import Tx

COLUMNS = (
    "trial",
    "n",
    "control",
    "blinding",
    "primary outcome",
    "result as stated",
    "certainty of the result",
    "sentence of the authors",
    "registry",
    "status",
    "counted",
    "appraised by",
    "PMIDs of its reports",
    "status in the registry",
)


def rows(tx: Tx, key: str, topic: Topic | None, now: datetime) -> list[tuple[str, ...]]:
    """A row for each trial of the answer that holds, in the order of COLUMNS; `topic` as for `evidence_table`."""
    held = _held(tx, key, topic, now)
    return list(_rows(held)) if held else []


def _held(tx: Tx, key: str, topic: Topic | None, now: datetime) -> AnswerRecord | None:
    """The answer with what registries show today; as it was stored when the topic is no longer configured."""
    return standing(tx, topic, now) if topic else store.answers.current(tx, key)


def _rows(held: AnswerRecord) -> Iterator[tuple[str, ...]]:
    trials = (*held.answer.trials, *held.answer.silent_trials)
    for trial, row in zip(trials, trial_table(held.answer), strict=True):
        yield _cells(trial, row, is_reported=trial in held.answer.trials)


def _cells(trial: Trial, row: TrialRow, *, is_reported: bool) -> tuple[str, ...]:
    return (
        row.trial,
        "" if row.people is None else str(row.people),
        row.control,
        row.blinding,
        row.primary,
        row.result,
        row.sure,
        row.sentence,
        "; ".join(row.registry),
        row.status,
        "yes" if is_reported and trial.is_counted else "no",
        row.appraised_by or "rules",
        "; ".join(report.pmid for report in trial.reports if report.pmid),
        row.registry_status,
    )


def evidence_table(tx: Tx, key: str, topic: Topic | None, now: datetime) -> Document:
    """The table with the answer above it; `topic` is None when it is no longer configured."""
    held = _held(tx, key, topic, now)
    answer = held.answer.sentence if held else "There is no answer yet."
    blocks: list[Block] = [
        Paragraph(topic.question.text if topic else f"Topic {key}, no longer configured."),
        Paragraph(f"Answer as of {now:%Y-%m-%d}: {answer}"),
        Paragraph(
            "Results are those that the authors state, not appraised. Where the direction is not certain only their "
            f"sentence is given. Written by {MADE_BY} from records of PubMed and of registries, not from full texts."
        ),
        Grid(titled(COLUMNS), tuple(rows(tx, key, topic, now))),
    ]
    return document(f"Evidence table: {topic.name if topic else key}", MADE_BY, now, blocks)
