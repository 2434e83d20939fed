"""Small articles and the CCSVI question, for tests about evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from monitor import config, evidence
from monitor.model import (
    AbstractSection,
    Article,
    Author,
    Judged,
    KnownTrial,
    Notice,
    NoticeKind,
    PublicationType,
    Question,
    Registration,
    Terms,
    Topic,
)
from monitor.resources import folder

TOPIC = Topic(
    "ccsvi",
    "CCSVI in MS",
    Question(
        "Does opening narrowed neck veins help people with multiple sclerosis?",
        population_name="multiple sclerosis",
        intervention_name="venous angioplasty",
        population=Terms(("multiple sclerosis", "MS"), ("Multiple Sclerosis",)),
        intervention=Terms(
            (
                "venous angioplasty",
                "vein angioplasty",
                "venoplasty",
                "percutaneous transluminal angioplasty",
                "balloon angioplasty",
                "transvascular autonomic modulation",
                "endovascular treatment",
                "extracranial venous therapy",
                "cutting balloons",
                "stent*",
            ),
        ),
        comparator=Terms(("sham", "wait list", "delayed treatment", "medical therapy")),
        exclude=Terms(("climate change social vulnerability index", "ménière*", "meniere*")),
    ),
    (),
)


@cache
def shipped_topic() -> Topic:
    """The topic `ccsvi` of the shipped configuration."""
    return next(topic for topic in config.load_topics(folder("config") / "monitor.yaml") if topic.key == "ccsvi")


def article(pmid: str, title: str, text: str = "", day: str = "2014-06-27", **fields: Any) -> Article:
    """An article as PubMed would first list it; `types` are publication type names."""
    types = tuple(PublicationType("", name) for name in fields.pop("types", ("Journal Article",)))
    authors = tuple(Author(last=name, initials="A") for name in fields.pop("authors", ()))
    numbers = tuple(Registration("", number, "databank") for number in fields.pop("numbers", ()))
    seen = datetime.fromisoformat(day).replace(tzinfo=UTC)
    blank = Article(pmid, 1, title, created_at=seen, publication_types=types, authors=authors, registrations=numbers)
    return replace(blank, abstract=(AbstractSection(text),) if text else (), **fields)


def indexed(one: Article, *types: str, method: str = "") -> Article:
    """The same record after indexing."""
    added = tuple(PublicationType("", name) for name in types)
    return replace(one, status="MEDLINE", indexing_method=method, publication_types=(*one.publication_types, *added))


def notice(ref_type: str, kind: NoticeKind, pmid: str) -> Notice:
    """A link as CommentsCorrections has it; its ending says whose it is."""
    return Notice(kind, ref_type, about_this=ref_type.endswith("In"), pmid=pmid)


def judged(*found: Article, topic: Topic = TOPIC) -> list[Judged]:
    """The articles with the rules' verdicts."""
    return [Judged(one, evidence.assess(one, topic)) for one in found]


def sham_trial(
    pmid: str, people: int, *, says: str = "Angioplasty showed no benefit over sham.", **fields: Any
) -> Article:
    """The main report of a randomised sham-controlled trial of the question."""
    allocated = "were randomly assigned to venous angioplasty or a sham procedure"
    text = f"{people} patients with multiple sclerosis {allocated}. {says}"
    return article(pmid, f"Venous angioplasty in multiple sclerosis: a randomized trial {pmid}", text, **fields)


SILENT = KnownTrial("NCT01089686", "Albany", "terminated", date(2010, 3, 17))
