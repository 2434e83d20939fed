"""Who says that an article cites the seed, and whether readers were told of it before PubMed had it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from monitor import store
from monitor.language.messages import DAY, message
from monitor.model import Article, Change, ChangeKind
from monitor.store import Tx

_NOW_IN_PUBMED = message(
    "change", "now in PubMed; it was told on %(day)s as a citing work that PubMed did not have", day=DAY
)
_ARRIVALS = (ChangeKind.CITING, ChangeKind.NEW)


def with_sources(
    tx: Tx, seed: str, linked: frozenset[str], articles: Mapping[str, Article], reported: Sequence[Change]
) -> list[Change]:
    """The changes; those of an article that cites `seed` say who lists it, `linked` being what PubMed links.

    One that was told while PubMed did not have it says so: once, of whatever is told of it now.
    """
    if not seed or all(change.kind not in _ARRIVALS for change in reported):
        return list(reported)
    known, clinical = store.citations.citing(tx, seed), store.citations.clinical(tx, seed)
    told = {topic: _told_before(tx, topic, seed) for topic in {change.topic for change in reported}}
    citing = {(change.topic, change.pmid) for change in reported if change.kind is ChangeKind.CITING}

    def completed(change: Change) -> Change:
        if change.kind not in _ARRIVALS:
            return change
        article = articles.get(change.pmid)
        names = (change.pmid, article.doi.lower() if article else "")
        told_at = next((at for name in names if (at := told[change.topic].get(name))), None)
        if change.kind is ChangeKind.NEW:
            is_said_elsewhere = (change.topic, change.pmid) in citing
            return replace(change, why=_why(told_at)) if told_at and not is_said_elsewhere else change
        others = known[change.pmid][1] if change.pmid in known else ()
        return replace(
            change,
            sources=tuple(dict.fromkeys((*(("elink",) * (change.pmid in linked)), *others))),
            is_clinical=change.pmid in clinical,
            why=_why(told_at) if told_at else change.why,
        )

    return [completed(change) for change in reported]


def _told_before(tx: Tx, topic: str, seed: str) -> dict[str, datetime]:
    """By PMID and DOI, when readers were told of works while PubMed did not have them."""
    works = store.citing_works.told(tx, topic, seed)
    names = [(name, one.told_at) for one in works for name in (one.work.pmid, *one.work.dois) if name]
    return {name: at for name, at in names if at}


def _why(told_at: datetime) -> str:
    return _NOW_IN_PUBMED(day=f"{told_at.day} {told_at:%B %Y}")
