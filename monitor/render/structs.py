"""What the JSON API returns and webhooks get: structs that msgspec encodes and describes as JSON Schema.

What only the API returns is in `monitor.web.api.bodies`.

Docstrings and `Meta` descriptions are the public documentation. Names and meanings stay whatever becomes of the
classes in `monitor.model`; fields may be added. Text is "" and a list is empty where there is nothing to say.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from monitor.model import (
    LISTED_KINDS,
    AnswerState,
    ChangeKind,
    Control,
    Design,
    Direction,
    Frequency,
    Level,
    Role,
)

#: An instant in UTC as text: msgspec would write a datetime with "Z" where the API has always had "+00:00".
Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Url = Annotated[str, Meta(extra_json_schema={"format": "uri"})]
Pmid = Annotated[str, Meta(pattern="^[0-9]{1,10}$")]
Count = Annotated[int, Meta(ge=0)]
Score = Annotated[float, Meta(ge=0, le=1)]

Doi = Annotated[str, Meta(description="Empty when the article has none.")]
ListedKind = Annotated[str, Meta(extra_json_schema={"enum": [kind.value for kind in LISTED_KINDS]})]

FirstPublicOn = Annotated[date | None, Meta(description="The day of first publication, online or in print.")]
RulesVersion = Annotated[str, Meta(description="The version of the classification rules.")]


class Seed(Struct):
    """The article whose claim is followed."""

    doi: Doi
    citation: str
    claim: str


class Topic(Struct):
    """A clinical question under surveillance."""

    key: Annotated[str, Meta(description="Identifies the topic in URLs.")]
    name: str
    question: str
    seed: Annotated[Seed | None, Meta(description="The article whose claim is followed, if the topic has one.")]
    page: Annotated[Url, Meta(description="Its page for readers.")]


class Report(Struct):
    """An article about a trial."""

    pmid: Pmid
    role: Role
    title: str
    journal: str
    first_public_on: FirstPublicOn
    doi: Doi
    why: Annotated[str, Meta(description="What links it to this trial.")]


class Trial(Struct):
    """A study that assigns people to interventions; it may have several reports."""

    key: Annotated[str, Meta(description='Its registry number, else "pmid:" and its first report.')]
    name: str
    registry_numbers: list[str]
    is_randomized: Annotated[bool | None, Meta(description="Null when it is not stated.")]
    control: Control
    blinding: Annotated[str, Meta(description="Empty when it is not stated.")]
    sample_size: Annotated[Count | None, Meta(description="The number of participants.")]
    status: Annotated[str, Meta(description='"reported", "protocol only", or the status in the registry.')]
    registry_status: Annotated[str, Meta(description="The status there and who says so; empty where none was read.")]
    direction: Annotated[Direction, Meta(description="What its authors report of the result, in their own terms.")]
    quote: Annotated[str, Meta(description="The authors' sentence that states the direction.")]
    first_public_on: FirstPublicOn
    flags: Annotated[list[str], Meta(description='"retracted", "expression of concern", "corrected", whichever apply.')]
    appraised_by: Annotated[str, Meta(description="Who screened it; empty when only the rules classified it.")]
    reports: list[Report]


class Answer(Struct):
    """What the evidence of a topic shows, from `at` on."""

    at: Instant
    previous: Annotated[AnswerState | None, Meta(description="The state before; null for the first answer.")]
    is_baseline: Annotated[bool, Meta(description="True until the first digest is sent.")]
    state: AnswerState
    sentence: Annotated[str, Meta(description="The answer in one sentence.")]
    since: Annotated[date | None, Meta(description="When the evidence for this state was first public.")]
    lines: Annotated[list[str], Meta(description="Further sentences: protocols, reviews, corrections.")]
    association: Annotated[
        str, Meta(description="What is reported of an association, which says nothing about treatment; often empty.")
    ]
    is_appraised: Annotated[bool, Meta(description="Whether a person screened the articles it rests on.")]
    causes: Annotated[list[Pmid], Meta(description="The articles that made it differ from the answer before.")]
    basis: Annotated[list[str], Meta(description="The reasons for the state.")]
    rules_version: RulesVersion
    trials: list[Trial]
    silent_trials: Annotated[list[Trial], Meta(description="Registered trials without a public result.")]


class Revision(Struct):
    """A field that was revised."""

    field: str
    old: str
    new: str


class OutsideItem(Struct):
    """What PubMed does not hold: a registry entry, a preprint, a citing work."""

    key: Annotated[str, Meta(description='Its identifier: "NCT01234567", "PPR123456", "doi:10.1234/abc".')]
    title: str
    url: Annotated[str, Meta(description="Where it is; empty when it has no address.")]
    source: Annotated[str, Meta(description="Who tells of it.")]
    sentences: Annotated[list[str], Meta(description="What happened.")]
    details: str
    on: Annotated[date | None, Meta(description="The day of it, by the source.")]
    pmids: Annotated[list[Pmid], Meta(description="The articles of PubMed that belong to it.")]


class Change(Struct):
    """One reportable difference."""

    id: Count
    kind: ChangeKind
    at: Instant
    pmid: Annotated[Pmid | None, Meta(description="Null when the answer, a search or the question changed.")]
    title: Annotated[str | None, Meta(description="The title of the article.")]
    search: Annotated[str, Meta(description="The search that saw it first.")]
    why: Annotated[str, Meta(description="Why it is reported.")]
    revisions: list[Revision]
    merged_into: Annotated[Pmid | None, Meta(description="The PMID under which PubMed has the article now.")]
    item: Annotated[OutsideItem | None, Meta(description="What is not in PubMed, where the change is about that.")]


class MatchedRule(Struct):
    """A rule that matched, the field it read, and the words it matched there."""

    rule: str
    field: str
    words: str


class Verdict(Struct):
    """How the rules, or a person, classified an article, and why."""

    design: Design
    level: Annotated[Level, Meta(description="How the design is known.")]
    role: Role | None
    is_relevant: Annotated[bool, Meta(description="Whether it addresses the question.")]
    why_not_relevant: str
    score: Annotated[Score, Meta(description="Ranks likely main reports of randomized trials.")]
    by: Annotated[str, Meta(description='"rules", or the name of a person.')]
    because: Annotated[str, Meta(description="The person's reason; empty for the rules.")]
    rules_version: RulesVersion
    basis: list[MatchedRule]


class Article(Struct):
    """The record of an article without its abstract, which belongs to its publisher, and the verdicts on it."""

    pmid: Pmid
    doi: Doi
    pmcid: Annotated[str, Meta(description="Empty when it is not in PubMed Central.")]
    title: str
    authors: list[str]
    journal: str
    first_public_on: FirstPublicOn
    publication_types: list[str]
    registry_numbers: list[str]
    is_retracted: bool
    verdict: Annotated[Verdict | None, Meta(description="How the rules classified it.")]
    screening: Annotated[
        Verdict | None, Meta(description="A person's verdict, which outranks the rules; null when nobody screened it.")
    ]


class Digest(Struct):
    """An issue mailed to the topic's subscribers of one frequency."""

    id: Count
    kind: ListedKind
    frequency: Frequency
    since: Instant | None
    until: Instant
    subject: str
    answer_changed: bool
    page: Annotated[Url, Meta(description="Where it can be read.")]


class DigestMessage(Struct):
    """What a webhook gets: one digest. `changes` are those it shows, in its order."""

    version: Annotated[int, Meta(description="1; fields that are added do not change it.")]
    id: Annotated[str, Meta(description="The Message-ID of the delivery, the same in every copy.")]
    topic: Topic
    digest: Digest
    answer: Answer
    notes: Annotated[list[str], Meta(description="Changes of the question and of searches.")]
    changes: list[Change]
    outside: Annotated[list[OutsideItem], Meta(description="News of what PubMed does not hold.")]
    left_out: Annotated[list[Pmid], Meta(description="Articles for which the digest had no room.")]
