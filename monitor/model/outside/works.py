"""What sources other than PubMed know: citing works, registry entries, preprints, notices of retraction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from monitor.model.outside.preprint import HeldPreprint
from monitor.model.outside.registry import RegistryEntry
from monitor.model.outside.source_name import SourceName


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One source beside PubMed that is asked: where, how often, and how long it may take.

    `location` is its base URL, or the file or URL of a list that the operator names. `rate` is in requests per second,
    the timeouts in seconds. `key` is a secret, "" for none; `contact` is the operator's address, which the source
    asks to be sent.
    """

    name: SourceName
    location: str
    every: timedelta
    contact: str = ""
    key: str = field(default="", repr=False)
    rate: float = 1.0
    connect_timeout: float = 10.0
    read_timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class SourceState:
    """How one source stands with one topic: when it is due, and what became of asking it.

    `watermark` is up to which moment of the source's own data everything has been seen, as the source writes it, "" for
    nothing yet; it moves on only after a complete answer. `doubt` says since `doubt_since` why the last answer was not
    believed, "" while it is. From `outage_from` until `outage_until` it gave no usable answer, the last time that it
    gave none for a while. `remark` is what its operator should know of the last good answer.
    """

    source: SourceName
    topic: str
    due_at: datetime
    has_baseline: bool = False
    watermark: str = ""
    last_success_at: datetime | None = None
    failures_in_row: int = 0
    first_failure_at: datetime | None = None
    last_error: str = ""
    doubt: str = ""
    doubt_since: datetime | None = None
    requests: int = 0
    remark: str = ""
    outage_from: datetime | None = None
    outage_until: datetime | None = None

    @property
    def unusable_since(self) -> datetime | None:
        """Since when it has given no usable answer; None while it gives one, and before it was ever asked."""
        return min(filter(None, (self.first_failure_at, self.doubt_since)), default=None)


@dataclass(frozen=True, slots=True)
class OutsideItem:
    """What a change is about that is no article of PubMed: a registry entry, a preprint, a citing work.

    `key` identifies it: "NCT01234567", "PPR123456", "doi:10.1234/abc". `source` is the name for people of who tells it.
    `sentences` say what happened, each made of messages of the context "outside" and stored in English. `details` are
    facts as the source writes them (authors, server, year). `on` is the source's own date of what happened. `pmids` are
    the articles of PubMed that belong to it.
    """

    key: str
    title: str
    url: str
    source: str
    sentences: tuple[str, ...] = ()
    details: str = ""
    on: date | None = None
    pmids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutsideNews:
    """An item in a section of a digest, with all the sentences of the period."""

    section: str
    item: OutsideItem


@dataclass(frozen=True, slots=True)
class Outside:
    """What sources other than PubMed hold that bears on a topic's answer: it makes lines and no other headline.

    `registry_entries` are all that is held of the topic, whether of its question or not; `preprints` are those that the
    rules judge to be randomised trials of the question.
    """

    registry_entries: tuple[RegistryEntry, ...] = ()
    preprints: tuple[HeldPreprint, ...] = ()


NOTHING_OUTSIDE = Outside()
