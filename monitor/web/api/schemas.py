"""What `monitor.web.api.serialize` says, described as JSON Schemas: the components of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from monitor.model import (
    Access,
    AnswerState,
    ChangeKind,
    Control,
    Design,
    Direction,
    Frequency,
    FreshnessState,
    Level,
    Role,
    SearchKind,
)
from monitor.web.pages.topic import LISTED

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
PMID: Schema = {"type": "string", "pattern": "^[0-9]{1,10}$"}
_MAYBE_PMID: Schema = {"type": ["string", "null"], "pattern": PMID["pattern"]}
_WHOLE: Schema = {"type": "integer", "minimum": 0}
_YES_NO: Schema = {"type": "boolean"}
_MAYBE_WHOLE: Schema = {"type": ["integer", "null"], "minimum": 0}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_MAYBE_INSTANT: Schema = {"type": ["string", "null"], "format": "date-time"}
_MAYBE_DAY: Schema = {"type": ["string", "null"], "format": "date"}
_ADDRESS: Schema = {"type": "string", "format": "uri"}
_TEXTS: Schema = {"type": "array", "items": TEXT}


def holds(**fields: Schema) -> Schema:
    """An object that always has all of `fields`; later versions may add some."""
    return {"type": "object", "properties": fields, "required": list(fields)}


def ref(name: str) -> Schema:
    """The schema of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def many(name: str) -> Schema:
    """A list of them."""
    return {"type": "array", "items": ref(name)}


def _of(about: str, **fields: Schema) -> Schema:
    return {"description": about, **holds(**fields)}


def _said(schema: Schema, about: str) -> Schema:
    return {**schema, "description": about}


def _one_of(words: Iterable[StrEnum]) -> Schema:
    return {"type": "string", "enum": [word.value for word in words]}


def _maybe_one_of(words: Iterable[StrEnum]) -> Schema:
    return {"type": ["string", "null"], "enum": [*(word.value for word in words), None]}


def _maybe(name: str, about: str) -> Schema:
    return {"oneOf": [ref(name), {"type": "null"}], "description": about}


_DOI = _said(TEXT, "Empty when it has none.")
_FIRST_PUBLIC = _said(_MAYBE_DAY, "The day it was first public, online or in print.")
_RULES = _said(TEXT, "The version of the rules that judged.")
_SEEN = _said(_MAYBE_INSTANT, "PubMed's last answer that named any; null before.")
_TOPIC = {
    "key": _said(TEXT, "Its name in addresses."),
    "name": TEXT,
    "question": TEXT,
    "seed": _maybe("Seed", "The article whose claim is followed, where the topic has one."),
    "page": _said(_ADDRESS, "Its page for people."),
}

SCHEMAS: dict[str, Schema] = {
    "Seed": _of("The article whose claim is followed.", doi=_DOI, citation=TEXT, claim=TEXT),
    "SeedNow": _of(
        "The seed, who cites it, and what PubMed ties to it.",
        pmid=_said(_MAYBE_PMID, "Null until it is known."),
        doi=_DOI,
        citation=TEXT,
        claim=TEXT,
        cited_by=many("CitedBy"),
        references=ref("Entries"),
        similar=ref("Entries"),
        full_texts=_said(many("FullText"), "Where providers say that its full text is, from LinkOut."),
        full_texts_seen_at=_SEEN,
        asked_at=_said(_MAYBE_INSTANT, "When PubMed last answered all of it; null until it did."),
    ),
    "CitedBy": _of(
        "How often one source saw the seed cited.",
        source=TEXT,
        total=_WHOLE,
        by_year={"type": "array", "items": _of("By when the citing article was public.", year=_WHOLE, count=_WHOLE)},
    ),
    "Entries": _of(
        "A list of articles, of which the first are named.", total=_WHOLE, seen_at=_SEEN, named=many("Entry")
    ),
    "Entry": _of(
        "An article as a list names it. It need not be one that the searches have found.",
        pmid=PMID,
        title=_said(TEXT, "Empty when PubMed did not show it."),
        journal=TEXT,
        year=_MAYBE_WHOLE,
        doi=_DOI,
    ),
    "FullText": _of("A place to read.", provider=TEXT, url=_ADDRESS, access=_one_of(Access)),
    "Topic": _of("A clinical question under surveillance.", **_TOPIC),
    "TopicNow": _of(
        "A topic as it stands.",
        **_TOPIC,
        answer=_maybe("Answer", "The answer that stands; null before the first poll."),
        articles=_said(_WHOLE, "How many articles its searches have found."),
        searches=many("Search"),
    ),
    "Search": _of(
        "A search as it is run, and how it is going.",
        name=TEXT,
        kind=_one_of(SearchKind),
        query=_said(TEXT, "As sent to PubMed."),
        translation=_said(TEXT, "How PubMed understood it."),
        count=_said(_MAYBE_WHOLE, "How many articles it matched last."),
        freshness=_one_of(FreshnessState),
        last_success_at=_MAYBE_INSTANT,
        failures_in_row=_WHOLE,
        next_due_at=_INSTANT,
    ),
    "Answer": _of(
        "What the evidence of a topic shows, from `at` on.",
        at=_INSTANT,
        previous=_said(_maybe_one_of(AnswerState), "The state before; null for the first answer."),
        is_baseline=_said(_YES_NO, "True until the first digest goes out."),
        state=_one_of(AnswerState),
        sentence=_said(TEXT, "The answer."),
        since=_said(_MAYBE_DAY, "When the evidence for this state was first public."),
        lines=_said(_TEXTS, "Further sentences: protocols, reviews, corrections."),
        association=_said(TEXT, "What is said of an association, which is no word on treatment; often empty."),
        is_appraised=_said(_YES_NO, "Whether a person judged the articles it rests on."),
        causes=_said({"type": "array", "items": PMID}, "The articles that made it differ from the one before."),
        basis=_said(_TEXTS, "Why it is so."),
        rules_version=_RULES,
        trials=many("Trial"),
        silent_trials=_said(many("Trial"), "Registered, and no result is public."),
    ),
    "Trial": _of(
        "A study that assigns people to interventions; it may have several reports.",
        key=_said(TEXT, 'Its registry number, else "pmid:" and its first report.'),
        name=TEXT,
        registry_numbers=_TEXTS,
        is_randomized=_said({"type": ["boolean", "null"]}, "Null when it is not stated."),
        control=_one_of(Control),
        blinding=_said(TEXT, "Empty when it is not stated."),
        sample_size=_said(_MAYBE_WHOLE, "How many people."),
        status=_said(TEXT, '"reported", "protocol only", or the word of the registry.'),
        direction=_said(_one_of(Direction), "What its authors say of the result, in their own terms."),
        quote=_said(TEXT, "The authors' sentence that says so."),
        first_public_on=_FIRST_PUBLIC,
        flags=_said(_TEXTS, '"retracted", "expression of concern", "corrected", as they apply.'),
        appraised_by=_said(TEXT, "The person who judged it; empty when only the rules did."),
        reports=many("Report"),
    ),
    "Report": _of(
        "An article about a trial.",
        pmid=PMID,
        role=_one_of(Role),
        title=TEXT,
        journal=TEXT,
        first_public_on=_FIRST_PUBLIC,
        doi=_DOI,
        why=_said(TEXT, "Why it counts to this trial."),
    ),
    "Change": _of(
        "One thing that was worth telling.",
        id=_WHOLE,
        kind=_one_of(ChangeKind),
        at=_INSTANT,
        pmid=_said(_MAYBE_PMID, "Null when the answer changed."),
        title=_said({"type": ["string", "null"]}, "Of the article."),
        search=_said(TEXT, "The search that saw it first."),
        why=_said(TEXT, "Why it is told."),
        revisions={"type": "array", "items": _of("A field that was revised.", field=TEXT, old=TEXT, new=TEXT)},
    ),
    "Article": _of(
        "The record of an article, and what was made of it.",
        pmid=PMID,
        doi=_DOI,
        pmcid=_said(TEXT, "Empty when it is not in PMC."),
        title=TEXT,
        authors=_TEXTS,
        journal=TEXT,
        first_public_on=_FIRST_PUBLIC,
        publication_types=_TEXTS,
        registry_numbers=_TEXTS,
        is_retracted=_YES_NO,
        verdict=_maybe("Verdict", "What the rules made of it."),
        screening=_maybe("Verdict", "What a person made of it, which outranks the rules; null when nobody did."),
    ),
    "Verdict": _of(
        "What the rules, or a person, made of an article, and why.",
        design=_one_of(Design),
        level=_said(_one_of(Level), "How sure that is."),
        role=_maybe_one_of(Role),
        is_relevant=_said(_YES_NO, "Whether it is about the question."),
        why_not_relevant=TEXT,
        score=_said({"type": "number", "minimum": 0, "maximum": 1}, "Ranks likely main reports of randomized trials."),
        by=_said(TEXT, '"rules", or the name of a person.'),
        because=_said(TEXT, "The person's reason; empty for the rules."),
        rules_version=_RULES,
        basis={"type": "array", "items": _of("A rule that matched, and on what.", rule=TEXT, field=TEXT, words=TEXT)},
    ),
    "Digest": _of(
        "A mail to those who read the topic in one frequency.",
        id=_WHOLE,
        kind=_one_of(LISTED),
        frequency=_one_of(Frequency),
        since=_MAYBE_INSTANT,
        until=_INSTANT,
        subject=TEXT,
        answer_changed=_YES_NO,
        page=_said(_ADDRESS, "Where it can be read."),
    ),
    "Error": _of("Why there is no answer.", error=_said(TEXT, "A sentence for people.")),
}
