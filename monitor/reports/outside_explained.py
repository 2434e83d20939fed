"""Everything known of something that PubMed does not hold: where it comes from, its history, what readers were told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import pairwise

import msgspec

from monitor import store
from monitor.errors import ConfigError
from monitor.evidence.explain import Revised
from monitor.evidence.question.registered import is_controlled
from monitor.model import (
    Answer,
    Change,
    Frequency,
    HeldPreprint,
    ListedWork,
    Preprint,
    RegistryEntry,
    Revision,
    Topic,
)
from monitor.model.outside.preprint import doi_of_all_versions
from monitor.model.values.doi import normal_doi
from monitor.reports.outside_records import OutsideRecord, records
from monitor.store import Tx


@dataclass(frozen=True, slots=True)
class LinkedArticle:
    """An article that belongs to it, by PMID, else by DOI, and why."""

    pmid: str
    doi: str
    why: str


@dataclass(frozen=True, slots=True)
class ToldIn:
    """A digest that told it, and until when that digest reports."""

    digest: int
    frequency: Frequency
    until: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What there was to tell of it, and the digests that did."""

    change: Change
    digests: tuple[ToldIn, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """One record of it, as one source or several have it; `compares` is None for what is no registry entry.

    `is_listed` says that the operator lists its number among the `known_trials`.
    """

    found: OutsideRecord
    compares: bool | None
    is_listed: bool
    revisions: tuple[Revised, ...]
    articles: tuple[LinkedArticle, ...]


@dataclass(frozen=True, slots=True)
class OutsideExplanation:
    """All records that are called `id`, for one topic, and what readers were told of them, oldest first."""

    topic: str
    id: str
    explained: tuple[Explained, ...]
    told: tuple[Told, ...]


def read_outside(tx: Tx, topic: Topic, name: str) -> OutsideExplanation:
    """By a registry number, Europe PMC's id or the DOI of a preprint, or the DOI of a citing work.

    Raises ConfigError when nothing is called so.
    """
    found = [one for one in records(tx, topic.key, topic, all_works=True) if _is_called(one, name)]
    if not found:
        raise ConfigError(
            f"{name} is not stored for {topic.name}: neither as a PMID or a registry number, nor as a preprint or a "
            "citing work, by DOI."
        )
    held = store.answers.current(tx, topic.key)
    explained = [_explained(tx, topic, one, held.answer if held else None) for one in found]
    keys = {key for one in found for key in _keys(one)}
    told = [Told(change, tuple(_digests(tx, change))) for change in store.changes.about_items(tx, topic.key, keys)]
    return OutsideExplanation(topic.key, name, tuple(explained), tuple(told))


def _is_called(one: OutsideRecord, name: str) -> bool:
    doi = normal_doi(name.strip())
    is_doi = bool(doi) and any(doi_of_all_versions(doi) == doi_of_all_versions(known) for known in _dois(one))
    return is_doi or "".join(name.upper().split()) in {key.upper() for key in _keys(one)}


def _dois(one: OutsideRecord) -> Iterable[str]:
    if isinstance(one.record, HeldPreprint):
        return filter(None, (one.record.preprint.doi,))
    return one.record.work.dois if isinstance(one.record, ListedWork) else ()


def _keys(one: OutsideRecord) -> Iterable[str]:
    """What it is called, here and in changes: all numbers of a trial, the ids of all versions of a preprint."""
    if isinstance(one.record, RegistryEntry):
        return one.record.numbers
    return one.record.preprint.ids if isinstance(one.record, HeldPreprint) else (one.record.key,)


def _explained(tx: Tx, topic: Topic, one: OutsideRecord, answer: Answer | None) -> Explained:
    record = one.record
    if isinstance(record, RegistryEntry):
        rows = store.registry_entries.revisions(tx, topic.key, record.source, record.number)
        revisions = [Revised(at, revision) for at, revision in rows]
        is_listed = any(known.number in record.numbers for known in topic.known_trials)
        return Explained(one, is_controlled(record), is_listed, tuple(revisions), tuple(_of_trial(record, answer)))
    if isinstance(record, HeldPreprint):
        states = store.preprints.states(tx, topic.key, record.preprint.id)
        return Explained(one, None, False, tuple(_between(states)), tuple(_of_preprint(record.preprint)))
    pmid = record.work.pmid
    articles = [LinkedArticle(pmid, "", "its record in PubMed")] if pmid else []
    return Explained(one, None, False, (), tuple(articles))


def _between(states: list[tuple[datetime, Preprint]]) -> Iterator[Revised]:
    """Each field that differs between two successive states, both values as JSON."""
    for (_, before), (at, after) in pairwise(states):
        for name in (one.name for one in fields(after)):
            old, new = getattr(before, name), getattr(after, name)
            if old != new:
                yield Revised(at, Revision(name, _as_json(old), _as_json(new)))


def _as_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _of_trial(entry: RegistryEntry, answer: Answer | None) -> Iterator[LinkedArticle]:
    """The articles that the registry names, then the reports of the trial in the answer."""
    for reference in entry.references:
        yield LinkedArticle(reference.pmid, "", f"named by the registry ({reference.kind})")
    trials = (*answer.trials, *answer.silent_trials) if answer else ()
    for trial in trials:
        if set(trial.numbers) & set(entry.numbers):
            yield from (LinkedArticle(one.pmid, one.doi, f"{one.role} of {trial.name}") for one in trial.reports)


def _of_preprint(preprint: Preprint) -> Iterator[LinkedArticle]:
    if preprint.pmid:
        yield LinkedArticle(preprint.pmid, "", "its own record in PubMed")
    if article := preprint.article:
        yield LinkedArticle(article.pmid, article.doi, f"published as: {article.why}")


def _digests(tx: Tx, change: Change) -> Iterator[ToldIn]:
    for frequency, number in store.digests.digested_in(tx, change.id).items():
        digest, _ = store.digests.get(tx, number)
        yield ToldIn(number, frequency, digest.until)
