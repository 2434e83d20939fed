"""What sources besides PubMed hold of a topic, one record each with where it comes from: to export, and to explain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from monitor import store
from monitor.evidence.question.registered import why_not_of_question
from monitor.model import HeldPreprint, ListedWork, RegistryEntry, SourceName, Topic
from monitor.render import urls
from monitor.store import Tx
from monitor.watch.outside.preprints.sentences import url as preprint_url

#: The columns of the CSV, in order.
COLUMNS = (
    "kind",
    "id",
    "source",
    "first_seen_at",
    "title",
    "doi",
    "other_numbers",
    "published_on",
    "status",
    "answers_the_question",
    "why_not",
    "people",
    "results",
    "pmids",
    "url",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A source that has the record, its name for it there, and since when it was seen to."""

    source: SourceName
    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OutsideRecord:
    """A registry entry, a preprint or a citing work outside PubMed; `seen_by` are its sources, the first first.

    `is_of_question` is None where nobody judges that: of citing works, and when the topic is no longer configured;
    `why_not` is why it is not, "" otherwise.
    """

    kind: str
    topic: str
    seen_by: tuple[Seen, ...]
    is_of_question: bool | None
    why_not: str
    record: RegistryEntry | HeldPreprint | ListedWork


def records(tx: Tx, key: str, topic: Topic | None, *, all_works: bool = False) -> Iterator[OutsideRecord]:
    """All that is held of the topic `key`: registry entries, preprints, citing works that PubMed does not have.

    With `all_works` those that PubMed has, too.
    """
    seen = store.registry_entries.first_seen(tx, key)
    for entry in store.registry_entries.of_topic(tx, key):
        yield _entry(key, topic, entry, seen[entry.source, entry.number])
    for held in store.preprints.of_topic(tx, key):
        yield _preprint(key, held)
    for work in store.citing_works.of(tx, key, store.topics.seed_pmid(tx, key)):
        if all_works or not work.work.pmid:
            yield _citing_work(key, work)


def _entry(key: str, topic: Topic | None, entry: RegistryEntry, at: datetime) -> OutsideRecord:
    why_not = why_not_of_question(entry, topic.question) if topic else ""
    is_of_question = not why_not if topic else None
    return OutsideRecord("registry entry", key, (Seen(entry.source, entry.number, at),), is_of_question, why_not, entry)


def _preprint(key: str, held: HeldPreprint) -> OutsideRecord:
    seen, bearing = Seen(SourceName.PREPRINTS, held.preprint.id, held.seen_at), held.verdict.relevance
    return OutsideRecord("preprint", key, (seen,), bearing.is_match, bearing.why_not, held)


def _citing_work(key: str, work: ListedWork) -> OutsideRecord:
    seen = tuple(Seen(one.source, one.key, one.at) for one in work.seen_by)
    return OutsideRecord("citing work", key, seen, None, "", work)


def cells(one: OutsideRecord) -> tuple[str, ...]:
    """A record as a row with the columns COLUMNS."""
    facts = _facts(one.record) | {
        "kind": one.kind,
        "source": "; ".join(dict.fromkeys(seen.source.label for seen in one.seen_by)),
        "first_seen_at": one.seen_by[0].at.isoformat(),
        "answers_the_question": {True: "yes", False: "no", None: ""}[one.is_of_question],
        "why_not": one.why_not,
    }
    return tuple(str(value) if (value := facts.get(name)) is not None else "" for name in COLUMNS)


def _facts(record: RegistryEntry | HeldPreprint | ListedWork) -> dict[str, object]:
    if isinstance(record, RegistryEntry):
        return _of_entry(record)
    return _of_preprint(record) if isinstance(record, HeldPreprint) else _of_work(record)


def _of_entry(entry: RegistryEntry) -> dict[str, object]:
    stopped = f": {entry.why_stopped}" if entry.why_stopped else ""
    posted = f"posted {entry.results_posted_on}" if entry.results_posted_on else "posted"
    return {
        "id": entry.number,
        "title": entry.title,
        "other_numbers": "; ".join(entry.other_numbers),
        "published_on": entry.registered_on,
        "status": f"{entry.status}{stopped}",
        "people": entry.enrolment,
        "results": posted if entry.has_results else "",
        "pmids": "; ".join(one.pmid for one in entry.references),
        "url": entry.url,
    }


def _of_preprint(held: HeldPreprint) -> dict[str, object]:
    preprint, article = held.preprint, held.preprint.article
    published = "published" if article else "preprint, not peer-reviewed"
    return {
        "id": preprint.id,
        "title": preprint.title,
        "doi": preprint.doi,
        "other_numbers": "; ".join(dict.fromkeys(one.number for one in preprint.registrations)),
        "published_on": preprint.posted_on,
        "status": "withdrawn" if preprint.is_withdrawn else published,
        "people": held.verdict.sample_size,
        "pmids": "; ".join(filter(None, (preprint.pmid, article.pmid if article else ""))),
        "url": preprint_url(preprint),
    }


def _of_work(listed: ListedWork) -> dict[str, object]:
    work = listed.work
    return {
        "id": listed.key,
        "title": work.title,
        "doi": "; ".join(work.dois),
        "published_on": work.year,
        "status": work.kind,
        "pmids": work.pmid,
        "url": urls.doi(work.dois[0]) if work.dois else "",
    }
