"""Who says that an article cites the seed: told with the article."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from monitor import store
from monitor.language.messages import DAY, message
from monitor.model import Change, ChangeKind
from monitor.store import Tx
from monitor.watch.ask import PollSnapshot

_NOW_IN_PUBMED = message(
    "change", "now in PubMed; it was told on %(day)s as a citing work that PubMed did not have", day=DAY
)


def with_sources(tx: Tx, snapshot: PollSnapshot, reported: Iterable[Change]) -> list[Change]:
    """The same changes; those of an article that cites the seed say who lists it, and whether it was told before."""
    reported = list(reported)
    if all(change.kind is not ChangeKind.CITING for change in reported):
        return reported
    known = store.citations.citing(tx, snapshot.seed)
    clinical = store.citations.clinical(tx, snapshot.seed)

    def completed(change: Change) -> Change:
        if change.kind is not ChangeKind.CITING:
            return change
        told = store.citing_works.told_before(tx, change.topic, snapshot.seed).get(change.pmid)
        by_pubmed = ("elink",) * (change.pmid in snapshot.linked)
        others = known[change.pmid][1] if change.pmid in known else ()
        return replace(
            change,
            sources=tuple(dict.fromkeys((*by_pubmed, *others))),
            is_clinical=change.pmid in clinical,
            why=_NOW_IN_PUBMED(day=_day(told.told_at)) if told and told.told_at else change.why,
        )

    return [completed(change) for change in reported]


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
