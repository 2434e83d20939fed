"""The blocks under `topics`: a clinical question, its searches, its seed, its digests."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from monitor.config.values import Doi, Interval, Language, Line, LocalTime, Pmid, Quiet, Weekday, Zone

Frequency = Literal["at_once", "daily", "weekly", "monthly"]
Name = Annotated[Line, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Words = list[Line]


class Part(BaseModel):
    """A block of the configuration: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TermsPart(Part):
    """Words that mean one concept."""

    words: Words = Field(
        default=[],
        description="Words and phrases as they stand in titles and abstracts. Case does not matter; a final * stands "
        "for any ending.",
        examples=[["venoplasty", "stent*"]],
    )
    mesh: Words = Field(default=[], description="MeSH heading names, exactly as NLM writes them.")


class NamedTermsPart(TermsPart):
    """Words that mean one concept, and its short name in sentences."""

    name: Line = Field(description="The short name used in sentences, such as “venous angioplasty”.")


class QuestionPart(Part):
    """The clinical question in parts. An article answers it when it tests the intervention in the population."""

    text: Line = Field(description="The question as a reader asks it. Stands in every digest.")
    population: NamedTermsPart = Field(description="Who is treated.")
    intervention: NamedTermsPart = Field(description="What is done to them.")
    comparator: TermsPart = Field(default=TermsPart(), description="What it is compared with.")
    exclude: TermsPart = Field(
        default=TermsPart(), description="Words that show that an article is about something else with the same name."
    )


class SeedPart(Part):
    """The article whose citing references are tracked and whose claim is tested. Give `doi`, `pmid` or both."""

    doi: Doi | None = Field(
        default=None,
        description="Its DOI. Monitor asks PubMed for the PMID at first use and keeps it.",
        examples=["10.1007/s11936-012-0168-7"],
    )
    pmid: Pmid | None = Field(default=None, description="Its PubMed identifier.")
    citation: Line | None = Field(default=None, description="How to cite it, for people.")
    claim: Line | None = Field(default=None, description="What it claims, in your own words: the sentence under test.")


class SearchPart(Part):
    """One saved search strategy: a PubMed query, or the articles linked to the seed."""

    name: Name = Field(description="Its name, unique within the topic: lower-case letters, digits, - and _.")
    kind: Literal["query", "citing", "similar"] = Field(
        default="query",
        description="`query` asks PubMed the query below; `citing` finds articles that cite the seed; `similar` finds "
        "what PubMed calls similar to the seed (many, and rarely to the point).",
    )
    query: Line | None = Field(
        default=None, description="The query, exactly as you would type it in PubMed. Only for kind `query`."
    )
    every: Interval | None = Field(
        default=None, description="Time between two polls, where it differs from the topic's."
    )
    enabled: bool = Field(default=True, description="Write `false` to keep a search in the file without running it.")


class DigestPart(Part):
    """When digests are made."""

    frequency: Frequency = Field(
        default="weekly",
        description="What subscribers get who chose none. `at_once` mails when the answer changes, "
        "or one of its trials is retracted or doubted.",
    )
    weekday: Weekday = Field(
        default=0, description="The day of weekly digests.", json_schema_extra={"default": "monday"}
    )
    monthday: int = Field(default=1, ge=1, le=28, description="The day of monthly digests, 1 to 28.")
    at: LocalTime = Field(
        default=time(7), description="The local time of day, 24-hour clock.", json_schema_extra={"default": "07:00"}
    )
    timezone: Zone = Field(
        default="UTC", description="The time zone of `at`, as an IANA name.", examples=["Europe/Rome"]
    )
    quiet_every: Quiet = Field(
        default=timedelta(days=28),
        description="When nothing changed, a “nothing new” digest goes out after this long: a length of time, `always` "
        "(with every daily, weekly and monthly digest) or `never`.",
        json_schema_extra={"default": "28d"},
    )


class AnswerPart(Part):
    """How the answer may change."""

    requires_screening: bool = Field(
        default=False,
        description="`true`: a new trial changes the answer only after a person has screened it with `monitor screen`.",
    )


class KnownTrialPart(Part):
    """A trial known from a registry; shown even when no article ever reports it."""

    number: Line = Field(description="Its registry number.", examples=["NCT01089686", "ACTRN12612000302853"])
    name: Line | None = Field(default=None, description="What it is called.")
    status: Literal[
        "not yet recruiting", "recruiting", "active", "completed", "suspended", "terminated", "withdrawn", "unknown"
    ] = Field(default="unknown", description="The registry's word for how it stands.")
    registered_on: date | None = Field(default=None, description="The day it was registered, as 2012-03-16.")
    sample_size: int | None = Field(default=None, ge=0, description="How many people took part, where known.")
    note: Line | None = Field(default=None, description="One sentence for readers.")


class TopicPart(Part):
    """One clinical question under surveillance."""

    name: Line = Field(description="Its name in subjects and headings.", examples=["CCSVI in MS"])
    language: Language | None = Field(
        default=None, description="The language of its mails and pages, where it differs from the service's."
    )
    question: QuestionPart = Field(description="The clinical question.")
    seed: SeedPart | None = Field(default=None, description="The article it all starts from.")
    every: Interval = Field(
        default=timedelta(hours=12),
        description="Time between two polls of each search: 15m to 31d. PubMed changes once a day.",
        json_schema_extra={"default": "12h"},
    )
    searches: list[SearchPart] = Field(min_length=1, description="The searches, at least one.")
    preprints_query: Line | None = Field(
        default=None,
        description="What preprints are searched for, in the syntax of Europe PMC. Default: the words of "
        "population and intervention, in titles and abstracts.",
        examples=['TITLE_ABS:"venous angioplasty" AND TITLE_ABS:"multiple sclerosis"'],
    )
    digest: DigestPart = Field(default=DigestPart(), description="When digests are made.")
    answer: AnswerPart = Field(default=AnswerPart(), description="How the answer may change.")
    known_trials: list[KnownTrialPart] = Field(
        default=[], description="Trials known from registries; needed for registries that cannot be asked."
    )
    registry_query: Line | None = Field(
        default=None,
        description="What trial registries are asked instead of the words of `question`: an expression with AND, OR, "
        "brackets and quoted phrases. Only for registries; PubMed is asked the searches.",
        examples=['"multiple sclerosis" AND (venoplasty OR "venous angioplasty" OR CCSVI)'],
    )
