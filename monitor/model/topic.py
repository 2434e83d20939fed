"""Topic: one clinical question under surveillance, with its searches and its seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum


class SearchKind(StrEnum):
    """How a Search finds articles."""

    QUERY = "query"
    CITING = "citing"
    SIMILAR = "similar"


@dataclass(frozen=True, slots=True)
class Search:
    """One saved search strategy. `query` is in PubMed syntax, "" for searches by links.

    `every` is the time between polls. `name` is unique within its topic.
    """

    topic: str
    name: str
    kind: SearchKind
    every: timedelta
    query: str = ""


@dataclass(frozen=True, slots=True)
class Seed:
    """The article whose citing references we track and whose claim we test; known by DOI or PMID."""

    doi: str = ""
    pmid: str = ""
    citation: str = ""
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms for one concept: free-text `words` (case-insensitive, a final `*` truncates) and MeSH heading names.

    A word of up to six capitals beside a longer one is its abbreviation: it counts in capitals only, and not where a
    record spells it out as something else.
    """

    words: tuple[str, ...] = ()
    mesh: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """The clinical question in parts. `text` is the question as a reader asks it.

    `intervention_name` and `population_name` are the short names used in sentences.
    """

    text: str
    population_name: str
    intervention_name: str
    population: Terms
    intervention: Terms
    comparator: Terms = Terms()
    exclude: Terms = Terms()


class Frequency(StrEnum):
    """How often a Subscription wants a Digest."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class DigestPlan:
    """When digests of a topic are composed.

    `frequency` is the default for subscribers. `at` is the local time in `timezone`
    (IANA name); `weekday` counts from Monday = 0, `monthday` from 1. When nothing changed, a
    "nothing new" digest goes out once `quiet_every` has passed since the last digest; zero
    means every time, None means never.
    """

    frequency: Frequency = Frequency.WEEKLY
    weekday: int = 0
    monthday: int = 1
    at: time = time(7, 0)
    timezone: str = "UTC"
    quiet_every: timedelta | None = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class KnownTrial:
    """A registered trial that the operator lists; shown even if no article reports it.

    `status` is the registry's term (recruiting, completed, terminated, withdrawn, unknown).
    """

    number: str
    name: str = ""
    status: str = "unknown"
    registered_on: date | None = None
    sample_size: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """One clinical question under surveillance. `key` identifies it in YAML, tables, URLs and logs.

    `language` is that of its mails and pages, "" for that of the service. `registry_query` is what trial registries are
    asked, `preprints_query`, in its own syntax, what Europe PMC is asked; "" for the words of the question.
    """

    key: str
    name: str
    question: Question
    searches: tuple[Search, ...]
    seed: Seed | None = None
    digest: DigestPlan = field(default_factory=DigestPlan)
    known_trials: tuple[KnownTrial, ...] = ()
    requires_screening: bool = False
    language: str = ""
    registry_query: str = ""
    preprints_query: str = ""
